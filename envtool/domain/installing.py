"""In which order packages are installed, and what is asked of each layer then."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from envtool.domain.lock_making import needs, reachable
from envtool.domain.policy.file_options import LAYERS
from envtool.domain.solving import CondaRecord


class Layer(NamedTuple):
    """What is installed in one step: `records` are those that come to the layers before."""

    name: str
    records: tuple[CondaRecord, ...]


class Probe(NamedTuple):
    """A command that has to end with 0 when a package is whole; relative to the prefix."""

    package: str
    command: tuple[str, ...]


# What other packages of an environment are run by.
_PROBES = (
    Probe("python", ("bin/python", "-c", "import ctypes, json, ssl, zlib")),
    Probe("r-base", ("bin/Rscript", "--version")),
    Probe("nodejs", ("bin/node", "--version")),
    Probe("perl", ("bin/perl", "-e", "1")),
    Probe("julia", ("bin/julia", "--version")),
    Probe("postgresql", ("bin/postgres", "--version")),
)


def layered(records: Sequence[CondaRecord], layer_of: Callable[[str], str]) -> tuple[Layer, ...]:
    """`records` in layers that stand on those before them; layers that add nothing are left out.

    `layer_of` gives the layer of a package by its name. What an earlier layer needs comes with
    that layer, whatever its own is.
    """
    by_name = {each.name: each for each in records}
    wanted: dict[str, list[str]] = {name: [] for name in LAYERS}
    for each in records:
        wanted.setdefault(layer_of(each.name), []).append(each.name)
    done: set[str] = set()
    found = []
    for name, members in wanted.items():
        new = reachable(members, by_name) - done
        if new:
            done |= new
            found.append(Layer(name, tuple(each for each in records if each.name in new)))
    return tuple(found)


def in_order(records: Sequence[CondaRecord]) -> tuple[CondaRecord, ...]:
    """`records`, each behind those that it needs; where two need each other, by name."""
    by_name = {each.name: each for each in records}
    found: dict[str, CondaRecord] = {}
    waiting = [(name, False) for name in sorted(by_name, reverse=True)]
    seen: set[str] = set()
    while waiting:
        name, is_done = waiting.pop()
        if is_done:
            found[name] = by_name[name]
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            needed = {each for each, _ in needs(by_name[name])} & by_name.keys()
            waiting += ((each, False) for each in sorted(needed, reverse=True))
    return tuple(found.values())


def probes(layer: Layer) -> Iterator[Probe]:
    """What to run when `layer` is there."""
    names = {each.name for each in layer.records}
    return (each for each in _PROBES if each.package in names)
