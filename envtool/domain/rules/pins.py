"""Rules on versions: how much of an environment is left to the day of the solve."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from envtool.conda_versions import Strictness, VersionSpec, can_all_hold
from envtool.domain.composition import allowed_versions
from envtool.domain.findings import Violation
from envtool.domain.pip_requirements import RequirementKind, requirement_strictness
from envtool.domain.project import Project
from envtool.domain.rules.rule import rule
from envtool.domain.specs import CondaDependency, PipDependency, Role, Spec

# What each step of the ladder asks for, in words and as it is written.
_STEPS = {
    Strictness.NONE: ("no pin", "{0}"),
    Strictness.LOWER: ("the version that you run as a bound", "{0}>=X.Y"),
    Strictness.COMPATIBLE: ("a range with both ends", "{0}>=X.Y,<X+1"),
    Strictness.MINOR: ("the minor version that you run", "{0}=X.Y"),
    Strictness.FULL: ("the release that you run", "{0}==X.Y.Z"),
    Strictness.BUILD: ("an exact build", "{0}=X.Y.Z=BUILD"),
}


# Where PEP 440 writes it otherwise.
_PIP_STEPS = {
    Strictness.MINOR: "{0}==X.Y.*",
    Strictness.BUILD: "{0}==X.Y.Z --hash=sha256:HASH",
}
_LOWER = re.compile(r">=([0-9]+)((?:\.[0-9]+)*)")


@rule("pins.direct", "warning", "error")
def direct(project: Project) -> Iterator[Violation]:
    """A direct dependency is pinned less than the policy asks for.

    Without a pin the next solve takes what is newest that day, and what was tested is not
    what runs. The ladder: `none`, `lower` (`>=1.2`), `compatible` (`>=1.2,<2`), `minor`
    (`=1.2`), `full` (`=1.2.3`), `build` (`=1.2.3=h1_0`). The policy sets the least step for
    production and development files, layers and packages under `pins`. A lock that is in sync
    is pin enough in the profile `recommended` (`pins.lock-satisfies`).
    """
    for spec in _unlocked(project):
        for each in spec.dependencies:
            if each.spec.name == "python" or each.spec.url or _is_wildcard(each):
                continue
            wanted = project.policy.pin(
                spec.role, project.layer(spec, each.spec.name), each.spec.name
            )
            if each.spec.strictness < wanted:
                yield _loose(each, each.spec.name, wanted)


@rule("pins.pip-direct", "warning", "error")
def pip_direct(project: Project) -> Iterator[Violation]:
    """A line of the `pip:` section is pinned less than the policy asks for.

    pip resolves after conda and without knowing its constraints, so a loose line there moves
    first. The ladder is that of `pins.direct`, by PEP 440: `==1.2.3` is `full`, with
    `--hash` it is `build`.
    """
    for spec in _unlocked(project):
        for line in spec.pip:
            requirement = line.requirement
            if requirement.kind is not RequirementKind.NAMED or requirement.name is None:
                continue
            layer = project.layer(spec, requirement.name)
            wanted = project.policy.pin(spec.role, layer, requirement.name)
            if requirement_strictness(requirement) < wanted:
                yield _loose(line, requirement.name, wanted)


def _unlocked(project: Project) -> Iterator[Spec]:
    """The specs whose own pins count: a lock that is in sync may stand in for them."""
    for spec in project.specs:
        if spec.path not in project.synced or not project.policy.lock_satisfies:
            yield spec


def _loose(line: CondaDependency | PipDependency, name: str, wanted: Strictness) -> Violation:
    if isinstance(line, PipDependency):
        version: str | None = line.requirement.specifier
        extras = f"[{','.join(line.requirement.extras)}]" if line.requirement.extras else ""
        fix = _pin(f"{name}{extras}", version, wanted, _PIP_STEPS)
    else:
        version = line.spec.version
        fix = _pin(name, version, wanted, {})
    step = wanted.name.lower()
    return Violation(
        f"`{line.text}` is looser than `{step}`" if version else f"`{name}` has no pin",
        line.place,
        package=name,
        version=version or None,
        fix=fix,
        summary=f"direct dependencies are looser than `{step}`",
    )


def _pin(name: str, version: str | None, wanted: Strictness, own: Mapping[Strictness, str]) -> str:
    """How to write the pin, with the lower end that is there."""
    words, example = _STEPS[wanted]
    text = own.get(wanted, example).format(name)
    lower = _LOWER.fullmatch(version or "")
    if lower and wanted is Strictness.COMPATIBLE:
        text = f"{name}{lower[0]},<{int(lower[1]) + 1}"
    return f"write {words}: `{text}`"


@rule("pins.wildcard", "warning", "error")
def wildcard(project: Project) -> Iterator[Violation]:
    """A pin that pins nothing.

    `numpy=*` says the same as `numpy`, but reads as if somebody had thought about it.
    """
    for spec in project.specs:
        for each in spec.dependencies:
            if _is_wildcard(each):
                yield Violation(
                    f"`{each.text}` allows every version",
                    each.place,
                    package=each.spec.name,
                    version="*",
                    fix=f"write the version that is meant, or just `{each.spec.name}`",
                )


def _is_wildcard(each: CondaDependency) -> bool:
    version = each.spec.version
    return version is not None and not version.strip("=*") and each.spec.build is None


@rule("pins.python-minor", "warning", "error")
def python_minor(project: Project) -> Iterator[Violation]:
    """Production does not settle on one minor version of python.

    Every minor version breaks something, and each package with compiled parts is built for
    one of them: `python >=3.9` is a new environment each October.
    """
    for spec in project.of(Role.PRODUCTION):
        for each in spec.dependencies:
            if each.spec.name == "python" and not each.spec.url and not _one_minor(each):
                yield Violation(
                    f"`{each.text}` allows several minor versions of python",
                    each.place,
                    package="python",
                    version=each.spec.version,
                    fix="write the minor version: `python=3.X`",
                )


def _one_minor(each: CondaDependency) -> bool:
    """Whether at most one minor series has a member in the range."""
    versions = each.spec.version_spec
    if versions is None:
        return False
    if each.spec.strictness >= Strictness.MINOR:
        return True
    return sum(can_all_hold([versions, minor]) for minor in _minor_series()) <= 1


@cache
def _minor_series() -> tuple[VersionSpec, ...]:
    """Every minor series of python that is or may come to be."""
    return (VersionSpec("2.7.*"), *(VersionSpec(f"3.{minor}.*") for minor in range(40)))


@rule("pins.build-string", "warning", "error")
def build_string(project: Project) -> Iterator[Violation]:
    """A package is pinned to an exact build.

    A build string such as `py312h8753938_0` exists on one platform only, and disappears when
    its channel marks the build as broken. That is what a lock is for; in an environment file
    pin the version. Globs like `=*=mkl*` choose a variant and are fine. A policy that asks
    for `build` (see `pins.direct`) is not contradicted.
    """
    for spec in project.specs:
        exact = (each for each in spec.dependencies if each.spec.build and not each.spec.url)
        for each in exact:
            layer = project.layer(spec, each.spec.name)
            wanted = project.policy.pin(spec.role, layer, each.spec.name)
            if each.spec.strictness >= Strictness.BUILD > wanted:
                yield Violation(
                    f"`{each.text}` is one build for one platform",
                    each.place,
                    package=each.spec.name,
                    version=each.spec.version,
                    fix=f"drop the build: `{each.text.rpartition('=')[0]}`",
                    summary="exact builds, which exist on one platform only",
                )


@rule("pins.url-or-vcs", "warning", "error")
def url_or_vcs(project: Project) -> Iterator[Violation]:
    """A package comes from a URL or repository without saying which bytes.

    A branch moves, a tag can be moved, and a file can be replaced: name the full commit, or
    the hash of the file.
    """
    for spec in project.specs:
        for each in spec.dependencies:
            if each.spec.url and not _has_digest(each.spec.url, ()):
                yield _unfixed(each.text, each.spec.name, each, "add `#sha256:<hash>`")
        for line in spec.pip:
            requirement = line.requirement
            if requirement.kind is RequirementKind.VCS and not requirement.is_commit:
                what = requirement.name or line.text
                yield _unfixed(what, requirement.name, line, "name the full commit: `...@COMMIT`")
            elif requirement.kind is RequirementKind.URL and not _has_digest(
                requirement.url or "", requirement.hashes
            ):
                what = requirement.name or line.text
                yield _unfixed(what, requirement.name, line, "add `#sha256=<hash>`")


def _unfixed(
    what: str, name: str | None, line: CondaDependency | PipDependency, fix: str
) -> Violation:
    return Violation(
        f"`{what}` is whatever stands at that address on the day",
        line.place,
        package=name,
        fix=fix,
        summary="packages from addresses whose content may change",
    )


def _has_digest(url: str, hashes: tuple[str, ...]) -> bool:
    fragment = url.partition("#")[2]
    return bool(hashes) or "sha256" in fragment or (len(fragment) in {32, 64})


@rule("pins.editable", "warning", "error")
def editable(project: Project) -> Iterator[Violation]:
    """Production installs a package in editable mode.

    `-e .` leaves links into the checkout, so what runs changes with every `git pull` and
    breaks when the folder moves. It belongs into the development environment.
    """
    for spec in project.of(Role.PRODUCTION):
        for line in spec.pip:
            if line.requirement.editable:
                yield Violation(
                    f"`{line.text}` is installed in editable mode",
                    line.place,
                    package=line.requirement.name,
                    fix="install it without `-e`, or move it to `environment-dev.yml`",
                )


@rule("pins.constraints", "error", "error")
def constraints(project: Project) -> Iterator[Violation]:
    """A dependency can not be met within the constraints of the policy.

    `constraints` in the policy are ranges that a package must stay in, whether a file lists it
    or not: compatible ranges for what comes in transitively.
    """
    for spec in project.specs:
        for requirement in project.requirements(spec):
            wanted = project.policy.constraints.get(requirement.name)
            has = allowed_versions(requirement.dependency)
            if wanted and has is not None and not can_all_hold([has, VersionSpec(wanted)]):
                yield Violation(
                    f"`{requirement.dependency.text}` excludes the policy's `{wanted}`",
                    requirement.dependency.place,
                    package=requirement.name,
                    version=has.text,
                    fix=f"stay within `{requirement.name} {wanted}`",
                )


RULES = (
    direct,
    pip_direct,
    wildcard,
    python_minor,
    build_string,
    url_or_vcs,
    editable,
    constraints,
)
