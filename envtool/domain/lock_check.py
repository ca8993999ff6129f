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
from envtool.domain.match_specs import InvalidMatchSpec, parse_match_spec
from envtool.domain.selectors import overlap
from envtool.domain.specs import CondaDependency, PipDependency, Spec


class Reason(NamedTuple):
    """Why a lock is not what it should be, with the platforms that it holds on."""

    package: str
    message: str
    place: Place
    platforms: tuple[str, ...] = ()
    fix: str | None = None
    brief: str | None = None

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
    """The packages of `lock` by platform, without platforms that have none.

    `lock.complete` reports those; here they would repeat every line of the files.
    """
    grouped: dict[str, list[LockedPackage]] = {}
    if not lock.packages:
        grouped = {platform: [] for platform in lock.platforms}
    for package in lock.packages:
        grouped.setdefault(package.platform, []).append(package)
    return {platform: _Index(packages, catalog) for platform, packages in grouped.items()}


def out_of_sync(lock: Lock, specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[Reason]:
    """Every way in which `lock`, which is made from environment files, does not satisfy `specs`."""
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
    locks = tuple(lock for lock in locks if not lock.isolated)
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
        message = f"`{dependency.text}` is not met by `{lock.path}`{where}: {why}"
        brief = f"`{dependency.text}`{where}: {why}"
        yield Reason(name, message, dependency.place, (), lock.again, brief)


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
    if build and not _is_build(package.build, build):
        return f"locked build {package.build}"
    return None


def inconsistent(lock: Lock) -> Iterator[Reason]:
    """Conda packages whose dependencies are not met by the lock itself.

    A virtual package (`__glibc`) is a property of the machine: looked at where the lock says
    what machine it is for.
    """
    conda = [package for package in lock.packages if package.manager == "conda"]
    there = _environments(lock, conda)
    found: dict[tuple[str, str], list[LockedPackage]] = {}
    for package in conda:
        names = there[lock.environment(package)]
        is_machine_known = package.platform in lock.machines
        for name, constraint in package.dependencies:
            if is_machine_known or not name.startswith("__"):
                why = _broken(name, constraint, names.get(name))
                if why is not None:
                    found.setdefault((package.name, why), []).append(package)
    for (name, why), packages in found.items():
        platforms = tuple(dict.fromkeys(each.platform for each in packages))
        message = f"`{name} {packages[0].version}` needs {why}"
        yield Reason(name, message, lock.place(packages[0]), platforms, lock.again)


def _environments(
    lock: Lock, packages: list[LockedPackage]
) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    """Version and build of every name, by environment and platform."""
    found: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for package in packages:
        names = found.setdefault(lock.environment(package), {})
        names[package.name] = (package.version, package.build)
    for (_, platform), names in found.items():
        names |= {
            name: (version, build) for name, version, build in lock.machines.get(platform, ())
        }
    return found


@lru_cache(maxsize=65536)
def _broken(name: str, constraint: str, locked: tuple[str, str] | None) -> str | None:
    """What is wrong when `name` is locked in this version and build, or not at all."""
    text = f"`{name} {constraint}`".replace(" `", "`")
    if locked is None:
        return f"{text}, which is not in the lock"
    version, build = locked
    try:
        spec = parse_match_spec(f"{name} {constraint}".rstrip())
        met = spec.version_spec is None or not version or spec.version_spec.matches(version)
    except (InvalidMatchSpec, InvalidVersion):
        # Nothing that conda reads, so nothing that could be broken.
        return None
    if met and spec.build and build and not _is_build(build, spec.build):
        return f"{text}, and build {build} is locked"
    return None if met else f"{text}, and {version} is locked"


def _is_build(build: str, pattern: str) -> bool:
    """Whether a build string is what a match spec asks for: a glob, or `^a regular expression$`."""
    return pattern.startswith("^") or fnmatchcase(build, pattern)
