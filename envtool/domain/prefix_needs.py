"""Whether everything that the packages of a prefix need is in it: for conda, and for pip."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from envtool.conda_versions import InvalidVersion
from envtool.domain.catalog import Catalog
from envtool.domain.installed import Distribution, Installed, InstalledPackage
from envtool.domain.match_specs import InvalidMatchSpec, MatchSpec, parse_match_spec
from envtool.domain.pip_grammar import canonical

if TYPE_CHECKING:
    from packaging.requirements import Requirement


class Need(NamedTuple):
    """What a package needs and has not: its name and version, and the sentence behind them."""

    name: str
    version: str
    what: str


def unmet(installed: Installed, catalog: Catalog) -> Iterator[Need]:
    """Every need of a package in the prefix that nothing in it satisfies.

    Virtual packages like `__glibc` are properties of the machine, and left out.
    """
    yield from _twice(installed)
    conda = installed.conda
    unread = installed.unread
    for package in installed.packages:
        if package.manager == "conda":
            for text in package.depends:
                yield from _needs(package, text, conda, unread)
            for text in package.constrains:
                yield from _forbids(package, text, conda)
    yield from _pip(installed, catalog)


def _twice(installed: Installed) -> Iterator[Need]:
    """Names that two records claim: at most one of them is what really is there."""
    conda = (each for each in installed.packages if each.manager == "conda")
    for packages in (conda, installed.distributions):
        seen: dict[str, InstalledPackage | Distribution] = {}
        for each in packages:
            first = seen.setdefault(each.name, each)
            if first is not each:
                what = f"is recorded twice, `{first.record}` and `{each.record}`"
                yield Need(each.name, each.version, what)


def _needs(
    package: InstalledPackage,
    text: str,
    conda: Mapping[str, InstalledPackage],
    unread: frozenset[str],
) -> Iterator[Need]:
    spec = _spec(text)
    if spec is None:
        what = f"needs `{text}`, which is no match spec"
        yield Need(package.name, package.version, what)
    elif not spec.name.startswith("__") and "*" not in spec.name:
        found = conda.get(spec.name)
        if found is None and spec.name in unread:
            # That is said elsewhere.
            return
        why = "which is not installed" if found is None else _refused(spec, found)
        if why is not None:
            yield Need(package.name, package.version, f"needs `{text}`, {why}")


def _forbids(
    package: InstalledPackage, text: str, conda: Mapping[str, InstalledPackage]
) -> Iterator[Need]:
    spec = _spec(text)
    found = conda.get(spec.name) if spec is not None else None
    why = _refused(spec, found) if spec is not None and found is not None else None
    if why is not None:
        yield Need(package.name, package.version, f"goes only with `{text}`, {why}")


def _refused(spec: MatchSpec, found: InstalledPackage) -> str | None:
    """Why `found` is not what `spec` asks for; None when it is."""
    try:
        if spec.version_spec is not None and not spec.version_spec.matches(found.version):
            return f"and {found.version} is installed"
    except InvalidVersion:
        return f"and `{found.version}` is no version"
    if spec.build is not None and not _is_build(found.build, spec.build):
        return f"and build {found.build} is installed"
    return None


def _is_build(build: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return pattern.startswith("^") or fnmatchcase(build, pattern)


@lru_cache(maxsize=65536)
def _spec(text: str) -> MatchSpec | None:
    try:
        return parse_match_spec(text)
    except InvalidMatchSpec:
        return None


def _pip(installed: Installed, catalog: Catalog) -> Iterator[Need]:
    """The needs of what pip has installed, with its markers for the Python of the prefix.

    Also of the extras that are asked for, whoever installed what has them.
    """
    index = _Index(installed, catalog)
    markers = environment(installed)
    waiting = [(each, "") for each in installed.distributions if not each.by_conda]
    done: set[tuple[str, str]] = set()
    while waiting:
        distribution, extra = waiting.pop(0)
        if (distribution.name, extra) in done:
            continue
        done.add((distribution.name, extra))
        for text in distribution.depends:
            wanted = _requirement(text)
            if wanted is None:
                what = f"needs `{text}`, which is no requirement"
                yield Need(distribution.name, distribution.version, what)
            elif _holds(wanted, markers, extra):
                why = index.refused(wanted)
                if why is not None:
                    what = f"needs `{_without_marker(wanted)}`, {why}"
                    yield Need(distribution.name, distribution.version, what)
                found = index.distributions.get(canonical(wanted.name))
                waiting += [(found, canonical(each)) for each in wanted.extras if found]


class _Index:
    """What a distribution can be satisfied by."""

    def __init__(self, installed: Installed, catalog: Catalog) -> None:
        self.distributions = {each.name: each for each in installed.distributions}
        # Old packages of conda bring no `dist-info`.
        self.versions = {catalog.distribution(n): p.version for n, p in installed.conda.items()}
        self.versions |= {each.name: each.version for each in installed.distributions}

    def refused(self, wanted: "Requirement") -> str | None:
        """Why nothing satisfies `wanted`; None when something does."""
        from packaging.version import InvalidVersion as InvalidPipVersion
        from packaging.version import Version

        version = self.versions.get(canonical(wanted.name))
        if version is None:
            return "which is not installed"
        try:
            is_met = wanted.url or wanted.specifier.contains(Version(version), prereleases=True)
        except InvalidPipVersion:
            return f"and `{version}` is no version"
        return None if is_met else f"and {version} is installed"


@lru_cache(maxsize=4096)
def _requirement(text: str) -> "Requirement | None":
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _without_marker(wanted: "Requirement") -> str:
    return str(wanted).partition(";")[0].strip()


def _holds(wanted: "Requirement", markers: Mapping[str, str], extra: str) -> bool:
    """Whether a requirement counts; one whose marker can not be told does."""
    from packaging.markers import UndefinedComparison

    if wanted.marker is None:
        return not extra
    try:
        is_met = wanted.marker.evaluate({**markers, "extra": extra})
        # What holds without the extra was looked at before.
        return is_met and not (extra and wanted.marker.evaluate({**markers, "extra": ""}))
    except UndefinedComparison:
        return True


_SYSTEMS = {
    "linux": ("linux", "Linux", "posix"),
    "osx": ("darwin", "Darwin", "posix"),
    "win": ("win32", "Windows", "nt"),
}
_MACHINES = {"64": "x86_64", "32": "i686"}


def environment(installed: Installed) -> dict[str, str]:
    """The values of the markers (PEP 508) in the Python of the prefix; what is not known is 0.

    They come from its records: nothing of it is run.
    """
    conda = installed.conda
    system, _, machine = installed.platform.partition("-")
    platform, name, family = _SYSTEMS.get(system, ("", "", ""))
    python = conda.get("python")
    version = python.version if python else "0"
    is_pypy = "pypy" in conda or (python is not None and "pypy" in python.build)
    return {
        "python_version": ".".join(version.split(".")[:2]),
        "python_full_version": version,
        "implementation_name": "pypy" if is_pypy else "cpython",
        "implementation_version": version,
        "platform_python_implementation": "PyPy" if is_pypy else "CPython",
        "sys_platform": platform,
        "platform_system": name,
        "os_name": family,
        "platform_machine": "AMD64" if installed.platform == "win-64" else _machine(machine),
        "platform_release": "0",
        "platform_version": "0",
    }


def _machine(machine: str) -> str:
    return _MACHINES.get(machine, machine)
