"""Whether a lock satisfies the specs, and itself: without a solver, with a reason each.

A hash of the inputs would only say "no"; these checks say which line is not met, where, and by
what. What holds on several platforms is one reason.
"""

import re
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

_ARCHIVE = re.compile(r"(?:https?|file|s3|oci)://")


class Reason(NamedTuple):
    """Why a lock is not what it should be, with the platforms that it holds on."""

    package: str
    message: str
    place: Place
    platforms: tuple[str, ...] = ()
    fix: str | None = None
    brief: str | None = None
    # The message without paths and what is locked today.
    plain: str | None = None

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
        return self.pip_package(dependency.requirement.name or "")

    def pip_package(self, name: str) -> LockedPackage | None:
        """What pip takes for the distribution `name`, conda's packages included."""
        name = _canonical(name.lower())
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
            fix, name = "lock again with all environment files", spec.path.rpartition("/")[2]
            yield Reason("", message, lock.whole, (), fix, plain=f"made without `{name}`")
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
    """Conda packages that are not what their address says, or need what the lock does not hold.

    A virtual package (`__glibc`) is a property of the machine: looked at where the lock says
    what machine it is for.
    """
    conda = [package for package in lock.packages if package.manager == "conda"]
    there = _environments(lock, conda)
    found: dict[tuple[str, str], list[LockedPackage]] = {}
    for package in conda:
        if (file := _other_file(package)) is not None:
            found.setdefault((package.name, f"is fetched as `{file}`"), []).append(package)
        names = there[lock.environment(package)]
        is_machine_known = package.platform in lock.machines
        for name, constraint in package.dependencies:
            if is_machine_known or not name.startswith("__"):
                why = _broken(name, constraint, names.get(name))
                if why is not None:
                    found.setdefault((package.name, f"needs {why}"), []).append(package)
    for (name, why), packages in found.items():
        platforms = tuple(dict.fromkeys(each.platform for each in packages))
        message = f"`{name} {packages[0].version}` {why}"
        yield Reason(name, message, lock.place(packages[0]), platforms, lock.again)


def _other_file(package: LockedPackage) -> str | None:
    """The file at the address of `package`, when it is another package or version."""
    file = package.url.rpartition("/")[2]
    if not package.version or not _ARCHIVE.match(package.url):
        # pixi builds it from a folder or a repository.
        return None
    named = f"{package.name}-{package.version}-"
    # `!` stands in the version of an epoch, and URLs have it as `%21`.
    return None if file.lower().replace("%21", "!").startswith(named.lower()) else file


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


def _broken(name: str, constraint: str, locked: tuple[str, str] | None) -> str | None:
    """What is wrong when `name` is locked in this version and build, or not at all."""
    if locked is not None:
        refused = _refused(constraint, *locked)
        return refused and f"`{name} {constraint}`, and {refused} is locked"
    return f"`{name} {constraint}`".replace(" `", "`") + ", which is not in the lock"


@lru_cache(maxsize=65536)
def _refused(constraint: str, version: str, build: str) -> str | None:
    """The version or build, whichever `constraint` does not allow."""
    spec = _wanted(constraint)
    if spec is None:
        return None
    try:
        met = spec.version_spec is None or not version or spec.version_spec.matches(version)
    except InvalidVersion:
        return None
    if not met:
        return version
    return f"build {build}" if spec.build and build and not _is_build(build, spec.build) else None


@lru_cache(maxsize=65536)
def _wanted(constraint: str) -> MatchSpec | None:
    """What a dependency asks for behind its name; None when it is nothing that conda reads."""
    try:
        return parse_match_spec(f"x {constraint}".rstrip())
    except InvalidMatchSpec:
        return None


def _is_build(build: str, pattern: str) -> bool:
    """Whether a build string is what a match spec asks for: a glob, or `^a regular expression$`."""
    return pattern.startswith("^") or fnmatchcase(build, pattern)
