"""Pins that follow an update: what a solver is asked instead, and what the file says afterwards.

A pin is a constraint that fences a version in: `=1.26`, `==1.26.4`, `~=1.26`, `>=1.26,<2`. It
keeps its step on the ladder and its spelling. What is loose on purpose (`numpy`, `numpy>=1.26`,
`numpy!=1.26.3`) stays as it is, and so does a range that allows the new version already.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from envtool.conda_versions import InvalidVersion, Strictness, Version, VersionSpec
from envtool.domain.composition import allowed_versions
from envtool.domain.edits import Edit, apply
from envtool.domain.match_specs import InvalidMatchSpec, MatchSpec, parse_match_spec
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.pin_clauses import (
    EXACT,
    SERIES,
    Clause,
    conda_clauses,
    is_pin,
    moved,
    pip_clauses,
)
from envtool.domain.pip_grammar import NAMED, InvalidRequirement
from envtool.domain.pip_requirements import (
    RequirementKind,
    parse_pip_requirement,
    requirement_strictness,
)
from envtool.domain.specs import CondaDependency, PipDependency

Dependency = CondaDependency | PipDependency
Line = TypeVar("Line", CondaDependency, PipDependency)

_NAME = re.compile(r"\s*(?:[^\s=<>!~\[]+::)?[A-Za-z0-9_.-]+")
_FIELD = r"\b{}\s*=\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^\s,\"'\]]+))"
_PIP_END = re.compile(r"\s*(?:;|\s-|\s#)")
# The parts of a build string that are others in each release: a hash, a number, the python.
_PASSING = re.compile(r"h[0-9a-f]{7}|\d+|py\d+")
_HASHES = "it is pinned by hashes, which only fit the version that it has"


class Target(NamedTuple):
    """What a dependency is updated to: a version, and its build where that is one everywhere."""

    version: str
    build: str | None = None


class _Pin(NamedTuple):
    """The parts of a line that an update changes; `build` are the offsets of an exact one."""

    clauses: tuple[Clause, ...]
    build: tuple[int, int] | None = None

    @property
    def is_movable(self) -> bool:
        return is_pin(self.clauses)


def why_fixed(dependency: Dependency) -> str | None:
    """Why no update can move a line at all; None when one may."""
    if isinstance(dependency, CondaDependency):
        if dependency.spec.url is not None:
            return "it is given by its address"
        keys = {key for key, _ in dependency.spec.fields}
        return _HASHES if keys & {"md5", "sha256", "fn", "url"} else None
    if dependency.requirement.kind is not RequirementKind.NAMED:
        return "it is given by its address"
    return _HASHES if dependency.requirement.hashes else None


def asked(dependency: Line, allowed: str) -> Line:
    """What is asked for in place of a line that is updated within the conda range `allowed`.

    Versions that the line excludes stay excluded, and what is loose holds besides. A build string
    gives way but for the variant that it names: of `cuda126_py312h1a2b3c4_0` that is `cuda126`.
    """
    if isinstance(dependency, CondaDependency):
        return dependency._replace(spec=_asked_spec(dependency.spec, dependency.text, allowed))
    pin, text = _pip_pin(dependency.text), dependency.text
    start, end = _pip_stretch(text)
    ranges = ",".join(f"=={each}" if each[0].isdigit() else each for each in allowed.split(","))
    kept = _kept(dependency.requirement.specifier, pin)
    new = f"{text[:start]}{','.join(filter(None, (kept, ranges)))}{text[end:]}"
    return dependency._replace(text=new, requirement=parse_pip_requirement(new))


def _asked_spec(spec: MatchSpec, text: str, allowed: str) -> MatchSpec:
    pin = _conda_pin(text, spec)
    kept = _kept(spec.version or "", pin)
    kept = f"({kept})" if "|" in kept else kept
    return spec._replace(
        version_spec=VersionSpec(",".join(filter(None, (kept, allowed)))),
        build=_variant(spec.build or "") if pin.build else spec.build,
    )


def _kept(versions: str, pin: _Pin) -> str:
    """What of a constraint still holds when its package is updated."""
    if not pin.is_movable:
        return versions
    return ",".join(each for each in versions.split(",") if each.startswith("!="))


def _variant(build: str) -> str | None:
    words = ["*" if _PASSING.fullmatch(each) else each for each in build.split("_")]
    words = [re.sub(r"^(?:py\d+)?h[0-9a-f]{7}$", "*", each) for each in words]
    glob = re.sub(r"\*(?:_\*)+", "*", "_".join(words))
    return None if glob == "*" else glob


def updated_text(dependency: Dependency, target: Target) -> str:
    """The line as it allows `target`: the same text when it does already.

    Raises `LeftAloneError` when no such line can be written.
    """
    fixed = why_fixed(dependency)
    if fixed is not None:
        raise LeftAloneError(fixed)
    if isinstance(dependency, CondaDependency):
        edits = tuple(_conda_edits(dependency, target))
    else:
        edits = tuple(_pip_edits(dependency, target))
    new = apply(dependency.text, edits)
    if edits and not _is_meant(dependency, new, target):
        raise LeftAloneError("its versions are written in an unusual way")
    return new


def followed(dependency: Dependency, targets: Sequence[Target]) -> str | None:
    """The line as it allows all of `targets`, one of each platform; None when no one line does.

    Raises `LeftAloneError` as `updated_text`.
    """
    builds = {each.build for each in targets}
    lowest = min(targets, key=lambda each: Version(each.version))
    build = lowest.build if len(builds) == 1 else None
    text = updated_text(dependency, Target(lowest.version, build))
    line = _read(dependency, text)
    return text if all(_allows(line, each.version) for each in targets) else None


def _read(dependency: Dependency, text: str) -> Dependency:
    if isinstance(dependency, CondaDependency):
        return dependency._replace(spec=parse_match_spec(text))
    return dependency._replace(requirement=parse_pip_requirement(text))


def _conda_edits(dependency: CondaDependency, target: Target) -> Iterator[Edit]:
    spec = dependency.spec
    pin = _conda_pin(dependency.text, spec)
    if not _allows(dependency, target.version):
        yield from _moved(pin, target.version)
    if pin.build is not None and spec.build != target.build:
        if target.build is None:
            raise LeftAloneError("it names a build, and the new one is another on each platform")
        yield Edit(*pin.build, target.build)


def _pip_edits(dependency: PipDependency, target: Target) -> Iterator[Edit]:
    if not _allows(dependency, target.version):
        yield from _moved(_pip_pin(dependency.text), target.version)


def _moved(pin: _Pin, version: str) -> Iterator[Edit]:
    if not pin.is_movable:
        raise LeftAloneError(f"it does not allow {version}, and is no pin that could follow")
    try:
        yield from moved(pin.clauses, version)
    except ValueError as error:
        raise LeftAloneError(str(error)) from error


def _allows(dependency: Dependency, version: str) -> bool:
    if isinstance(dependency, PipDependency) and "===" in dependency.requirement.specifier:
        return dependency.requirement.specifier == f"==={version}"
    versions = allowed_versions(dependency)
    try:
        return versions is None or versions.matches(version)
    except InvalidVersion:
        return False


def _is_meant(dependency: Dependency, text: str, target: Target) -> bool:
    """Whether `text` differs from the line in what is pinned only, and pins it as strictly."""
    try:
        line = _read(dependency, text)
    except (InvalidMatchSpec, InvalidRequirement):
        return False
    return _allows(line, target.version) and _unpinned(line) == _unpinned(dependency)


def _unpinned(line: Dependency) -> tuple[object, Strictness]:
    """What no update may change: all that a line says besides its pin, and how strict that is."""
    if isinstance(line, CondaDependency):
        return line.spec._replace(version_spec=None, build=None), line.spec.strictness
    return replace(line.requirement, specifier=""), requirement_strictness(line.requirement)


def _conda_pin(text: str, spec: MatchSpec) -> _Pin:
    """The version and the build of a match spec, inside brackets or in front of them."""
    name = _NAME.match(text)
    if name is None:
        return _Pin(())
    bracket = text.find("[", name.end())
    end = bracket if bracket >= 0 else len(text)
    build = None
    if spec.build is not None:
        behind = re.compile(rf"(?:\s*=\s*|\s+)(?P<a>{re.escape(spec.build)})\s*$")
        outside = behind.search(text[:end], name.end())
        build = _field(text, bracket, "build") or (outside and outside.span("a"))
        end = outside.start() if outside else end
    start, end = _field(text, bracket, "version") or (name.end(), end)
    clauses = conda_clauses(text, start, end) or ()
    is_exact = build is not None and not set("*^$") & set(spec.build or "")
    return _Pin(tuple(_as_read(each, spec) for each in clauses), build if is_exact else None)


def _field(text: str, bracket: int, key: str) -> tuple[int, int] | None:
    found = re.compile(_FIELD.format(key)).search(text, bracket) if bracket >= 0 else None
    return found.span(found.lastgroup or 0) if found else None


def _as_read(clause: Clause, spec: MatchSpec) -> Clause:
    """With a build behind it, `=1.26.4` is that release and no series."""
    is_exact = clause.operator == SERIES and spec.version in {
        clause.version,
        f"=={clause.version}",
    }
    return clause._replace(operator=EXACT) if is_exact else clause


def _pip_pin(text: str) -> _Pin:
    return _Pin(pip_clauses(text, *_pip_stretch(text)) or ())


def _pip_stretch(text: str) -> tuple[int, int]:
    """Where the versions of a requirement stand, without parentheses; where they would."""
    head = NAMED.match(text)
    name_end, start = (head.end(), head.start("specifier")) if head else (0, -1)
    if start < 0:
        return (name_end, name_end)
    found = _PIP_END.search(text, start)
    end = found.start() if found else len(text)
    if text[start] == "(":
        return (start + 1, text.rfind(")", start, end))
    return (start, end)


def rewritten(page: Page, lines: Mapping[Dependency, str]) -> str:
    """The text of `page` with other texts for some of its lines, every other character kept.

    Raises `LeftAloneError` when a line is written in a way that is not safe to edit.
    """
    return apply(
        page.text, (Edit(*page.span(old.place, old.text), new) for old, new in lines.items())
    )
