"""Whether a lock satisfies the specs, and itself: without a solver, with a reason each.

A hash of the inputs would only say "no"; these checks say which line is not met, where, and by
what. What holds on several platforms is one reason.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion
from envtool.domain.catalog import Catalog
from envtool.domain.composition import allowed_versions
from envtool.domain.findings import Place
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.match_specs import InvalidMatchSpec, MatchSpec, parse_match_spec
from envtool.domain.selectors import overlap
from envtool.domain.specs import CondaDependency, PipDependency, Spec


class Reason(NamedTuple):
    """Why a lock is not what it should be, with the platforms that it holds on."""

    package: str
    message: str
    place: Place
    platforms: tuple[str, ...] = ()
    fix: str | None = None

    @property
    def text(self) -> str:
        """The message with its platforms."""
        return f"{self.message} on {', '.join(self.platforms)}" if self.platforms else self.message


class _Index:
    """The packages of one platform, by what they can be asked for."""

    def __init__(self, packages: list[LockedPackage], catalog: Catalog) -> None:
        self.conda = {each.name: each for each in packages if each.manager == "conda"}
        self.pip = {_canonical(each.name): each for each in packages if each.manager == "pip"}
        self.distributions = {catalog.distribution(name): each for name, each in self.conda.items()}

    def of(self, dependency: CondaDependency | PipDependency) -> LockedPackage | None:
        """What satisfies the name of a direct dependency."""
        if isinstance(dependency, CondaDependency):
            return self.conda.get(dependency.spec.name)
        name = dependency.requirement.name or ""
        return self.pip.get(name) or self.distributions.get(name)


def _canonical(name: str) -> str:
    return name.replace("_", "-").replace(".", "-")


def indexes(lock: Lock, catalog: Catalog) -> Mapping[str, _Index]:
    """The packages of `lock` by platform; one that has none is there, too."""
    grouped: dict[str, list[LockedPackage]] = {platform: [] for platform in lock.platforms}
    for package in lock.packages:
        grouped.setdefault(package.platform, []).append(package)
    return {platform: _Index(packages, catalog) for platform, packages in grouped.items()}


def out_of_sync(lock: Lock, specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[Reason]:
    """Every way in which `lock` does not satisfy `specs`."""
    by_platform = indexes(lock, catalog)
    for spec in specs:
        if not _is_source(lock, spec):
            message = f"the lock was not made from `{spec.path}`"
            yield Reason("", message, lock.whole, (), "lock again with all environment files")
            continue
        lines: list[CondaDependency | PipDependency] = [*spec.dependencies, *spec.pip]
        for line in lines:
            yield from _unmet(line, lock, by_platform)


def synced(locks: tuple[Lock, ...], specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[str]:
    """The paths of the specs that some lock satisfies."""
    for spec in specs:
        if any(not any(True for _ in out_of_sync(lock, (spec,), catalog)) for lock in locks):
            yield spec.path


def _is_source(lock: Lock, spec: Spec) -> bool:
    """Whether the lock names `spec`; one that names nothing may stand for all."""
    name = spec.path.rpartition("/")[2]
    return not lock.sources or any(each.rpartition("/")[2] == name for each in lock.sources)


def _unmet(
    dependency: CondaDependency | PipDependency, lock: Lock, by_platform: Mapping[str, _Index]
) -> Iterator[Reason]:
    """The reasons of one line, each with the platforms it holds on."""
    found: dict[str, list[str]] = {}
    name = _name(dependency)
    if name is None:
        return
    for platform, index in by_platform.items():
        if overlap(dependency.platforms, (platform,)):
            why = _why(dependency, index.of(dependency))
            if why is not None:
                found.setdefault(why, []).append(platform)
    for why, platforms in found.items():
        where = "" if len(platforms) == len(by_platform) else f" on {', '.join(platforms)}"
        message = f"`{dependency.text}` ({_short(dependency.place)}) is not met{where}: {why}"
        yield Reason(name, message, lock.whole, (), "lock again, so that it satisfies the file")


def _short(place: Place) -> str:
    return f"{place.path}:{place.line}"


def _name(dependency: CondaDependency | PipDependency) -> str | None:
    """The package to look for; None where a lock has nothing to say (globs, paths, markers)."""
    if isinstance(dependency, CondaDependency):
        return None if "*" in dependency.spec.name else dependency.spec.name
    requirement = dependency.requirement
    return None if requirement.editable or requirement.marker else requirement.name


def _why(dependency: CondaDependency | PipDependency, package: LockedPackage | None) -> str | None:
    """Why `package` does not satisfy `dependency`; None when it does."""
    if package is None:
        return "it is not in the lock"
    wanted = allowed_versions(dependency)
    try:
        if wanted is not None and not wanted.matches(package.version):
            return f"locked {package.version}"
    except InvalidVersion:
        return None
    build = dependency.spec.build if isinstance(dependency, CondaDependency) else None
    if build and not build.startswith("^") and not fnmatchcase(package.build, build):
        return f"locked build {package.build}"
    return None


def inconsistent(lock: Lock, catalog: Catalog) -> Iterator[Reason]:
    """Conda packages whose dependencies are not met by the lock itself.

    Virtual packages (`__glibc`) are properties of the machine and not looked at here.
    """
    by_platform = indexes(lock, catalog)
    found: dict[tuple[str, str], list[LockedPackage]] = {}
    for package in lock.packages:
        if package.manager == "conda":
            index = by_platform[package.platform].conda
            for name, constraint in package.dependencies:
                why = None if name.startswith("__") else _broken(name, constraint, index.get(name))
                if why is not None:
                    found.setdefault((package.name, why), []).append(package)
    for (name, why), packages in found.items():
        platforms = tuple(dict.fromkeys(each.platform for each in packages))
        message = f"`{name} {packages[0].version}` needs {why}"
        yield Reason(name, message, lock.place(packages[0]), platforms, "lock again")


def _broken(name: str, constraint: str, package: LockedPackage | None) -> str | None:
    text = f"`{name} {constraint}`".replace(" `", "`")
    if package is None:
        return f"{text}, which is not in the lock"
    spec = _dependency(name, constraint)
    if spec is None or spec.version_spec is None:
        return None
    if not spec.version_spec.matches(package.version):
        return f"{text}, and {package.version} is locked"
    return None


@lru_cache(maxsize=65536)
def _dependency(name: str, constraint: str) -> MatchSpec | None:
    """A declared dependency; None when it is nothing that conda reads."""
    try:
        return parse_match_spec(f"{name} {constraint}".rstrip())
    except InvalidMatchSpec:
        return None
