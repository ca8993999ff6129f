"""Whether another machine would do: what packages need of glibc, CUDA and the like."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from envtool.conda_versions import Version, VersionSpec
from envtool.domain.lock_making import needs
from envtool.domain.locks import VirtualPackage
from envtool.domain.solving import CondaRecord

# Newer than any there is, and still what `__glibc <3` allows.
_NEWEST = {"__glibc": "2.9999", "__cuda": "9999", "__osx": "9999", "__linux": "9999"}
_EVERY = ("__unix", "__linux", "__glibc", "__osx", "__win", "__cuda", "__archspec")

_LOWER = re.compile(r">=?([0-9][0-9A-Za-z_.!]*)")


def newest_machine(machine: Iterable[VirtualPackage]) -> tuple[VirtualPackage, ...]:
    """The same kind of machine, with the newest of everything."""
    return tuple(each._replace(version=_NEWEST.get(each.name, each.version)) for each in machine)


def any_machine(machine: Iterable[VirtualPackage]) -> tuple[VirtualPackage, ...]:
    """A machine that there is not: of every kind at once."""
    there = {each.name: each for each in newest_machine(machine)}
    others = (VirtualPackage(name, _NEWEST.get(name, "0"), "") for name in _EVERY)
    return tuple({each.name: each for each in chain(others, there.values())}.values())


def foreign_needs(
    records: Iterable[CondaRecord], machine: Iterable[VirtualPackage]
) -> tuple[str, ...]:
    """The virtual packages that `records` need and `machine` does not have in any version."""
    there = {each.name for each in machine}
    found = (name for each in records for name, _ in needs(each) if name.startswith("__"))
    return tuple(dict.fromkeys(name for name in found if name not in there))


def raised_needs(
    records: Iterable[CondaRecord], machine: Iterable[VirtualPackage]
) -> dict[str, tuple[str, ...]]:
    """By virtual package the versions, ascending, that `records` name as too new for `machine`."""
    there = {each.name: each.version for each in machine}
    found: dict[str, set[str]] = {}
    for name, constraint in chain.from_iterable(needs(each) for each in records):
        lowest = _LOWER.search(constraint)
        if name in there and lowest and not VersionSpec(lowest[0]).matches(there[name] or "0"):
            found.setdefault(name, set()).add(lowest[1])
    return {name: tuple(sorted(some, key=Version)) for name, some in found.items()}


def with_versions(
    machine: Iterable[VirtualPackage], versions: Mapping[str, str]
) -> tuple[VirtualPackage, ...]:
    """`machine` with other versions of some virtual packages."""
    return tuple(each._replace(version=versions.get(each.name, each.version)) for each in machine)


def machine_text(machines: Mapping[str, Sequence[VirtualPackage]]) -> str:
    """A whole `virtual-packages.yml` in one line."""
    platforms = (
        f"{platform}: {{packages: {{{', '.join(map(_entry, packages))}}}}}"
        for platform, packages in machines.items()
    )
    return f"subdirs: {{{', '.join(platforms)}}}"


def _entry(package: VirtualPackage) -> str:
    return f'{package.name}: "{f"{package.version} {package.build}".strip()}"'
