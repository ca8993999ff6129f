"""Merges two locks that grew out of one: package by package, never line by line.

What one side changed is taken from it, what both changed alike is taken once. Of two versions
the newer one is taken; of two builds of a version the one with the higher build number, and
after that the one whose build string sorts last, which means nothing but is the same whoever
merges. A package that one side removed and the other changed stays.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple, TypeVar

from envtool.conda_versions import InvalidVersion, Version
from envtool.domain.catalog import Catalog
from envtool.domain.conda_lock_writer import LockMetadata
from envtool.domain.lock_fit import misfits
from envtool.domain.lock_sides import Side, side
from envtool.domain.locks import LockedPackage

_T = TypeVar("_T")
# Manager, name, platform.
_Key = tuple[str, str, str]
# The entries of one package: one for each category that it is in.
_Entries = tuple[LockedPackage, ...]

_BUILD_NUMBER = re.compile(r"(?:^|_)([0-9]{1,18})$")


class Choice(StrEnum):
    """Why a package is what it is."""

    OURS = "ours"
    THEIRS = "theirs"
    NEWER = "newer"
    # One side removed it, and the other one changed it.
    KEPT = "kept"


class Decision(NamedTuple):
    """What was decided for one package that is not the same on both sides.

    `ours`, `theirs` and `taken` are versions, with builds where only these differ; None where
    the package is not there.
    """

    choice: Choice
    name: str
    manager: str
    ours: str | None
    theirs: str | None
    taken: str | None
    platforms: tuple[str, ...]


class Merged(NamedTuple):
    """One lock of two.

    Attributes:
        side: its head and packages.
        decisions: folded over platforms, in the order of the lock.
        open: what does not fit although it did on each side; only a solver can settle it.
        stale: platforms on which both sides changed what is asked for: their hash is the one of
            ours, and true again when the merged environment files are locked.
    """

    side: Side
    decisions: tuple[Decision, ...]
    open: tuple[str, ...]
    stale: tuple[str, ...]


def merge(base: Side, ours: Side, theirs: Side, catalog: Catalog) -> Merged:
    """`ours` and `theirs`, which grew out of `base`, as one."""
    head, stale = _head(base.head, ours.head, theirs.head)
    named = {name for each in (base, ours, theirs) for name in each.head.platforms}
    dropped = named - set(head.platforms)
    groups = [_grouped(each.packages) for each in (base, ours, theirs)]
    taken: dict[_Key, _Entries] = {}
    decisions: list[Decision] = []
    for key in dict.fromkeys(chain(*groups)):
        if key[2] in dropped:
            continue
        before, left, right = (each.get(key, ()) for each in groups)
        taken[key] = _entries(before, left, right)
        if left != right:
            choice = _choice(before, left, right)
            decisions.append(_decision(choice, key, left, right, taken[key]))
    merged = side(head, tuple(chain(*taken.values())))
    left_open = (*_half_asked(base, ours, theirs, head), *_misfits(merged, ours, theirs, catalog))
    return Merged(merged, _folded(decisions), left_open, stale)


def newer(left: LockedPackage, right: LockedPackage) -> LockedPackage:
    """The newer of two builds of a package, whichever comes first."""
    return max(left, right, key=_rank)


def _rank(package: LockedPackage) -> tuple[object, ...]:
    number = _BUILD_NUMBER.search(package.build)
    last = (int(number[1]) if number else -1, package.build, str(package))
    try:
        return (1, Version(package.version), *last)
    except InvalidVersion:
        return (0, package.version, *last)


def _grouped(packages: Iterable[LockedPackage]) -> dict[_Key, _Entries]:
    found: dict[_Key, _Entries] = {}
    for each in packages:
        key = (each.manager, each.name, each.platform)
        found[key] = (*found.get(key, ()), each)
    return found


def _three(sides: Sequence[_T], settle: Callable[[_T, _T], _T]) -> _T:
    """What one side made of the base; `settle` decides where both made something of their own."""
    base, ours, theirs = sides
    if theirs in (base, ours):
        return ours
    return theirs if ours == base else settle(ours, theirs)


def _entries(base: _Entries, ours: _Entries, theirs: _Entries) -> _Entries:
    def settle(ours: _Entries, theirs: _Entries) -> _Entries:
        if not (ours and theirs):
            return ours or theirs
        bodies = [each[0]._replace(category="") if each else None for each in (base, ours, theirs)]
        body = _three(bodies, _newer_of)
        sides = [frozenset(each.category for each in group) for group in (base, ours, theirs)]
        categories = _three(sides, _categories)
        return tuple(body._replace(category=each) for each in sorted(categories) if body)

    return _three((base, ours, theirs), settle)


def _newer_of(left: LockedPackage | None, right: LockedPackage | None) -> LockedPackage | None:
    return newer(left, right) if left and right else left or right


def _categories(ours: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    """A package that production has is in no other category."""
    both = ours | theirs
    return frozenset({"main"}) if "main" in both else both


def _choice(base: _Entries, ours: _Entries, theirs: _Entries) -> Choice:
    if theirs == base:
        return Choice.OURS
    if ours == base:
        return Choice.THEIRS
    return Choice.NEWER if ours and theirs else Choice.KEPT


def _decision(
    choice: Choice, key: _Key, ours: _Entries, theirs: _Entries, taken: _Entries
) -> Decision:
    versions = {each[0].version for each in (ours, theirs) if each}
    is_rebuilt = len(versions) == 1 and bool(ours and theirs)
    left, right, result = (_text(each, is_rebuilt=is_rebuilt) for each in (ours, theirs, taken))
    return Decision(choice, key[1], key[0], left, right, result, (key[2],))


def _text(entries: _Entries, *, is_rebuilt: bool) -> str | None:
    if not entries:
        return None
    first = entries[0]
    return f"{first.version} {first.build}".rstrip() if is_rebuilt else first.version


def _folded(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    platforms: dict[Decision, tuple[str, ...]] = {}
    for each in decisions:
        bare = each._replace(platforms=())
        platforms[bare] = (*platforms.get(bare, ()), *each.platforms)
    return tuple(bare._replace(platforms=names) for bare, names in platforms.items())


def _head(
    base: LockMetadata, ours: LockMetadata, theirs: LockMetadata
) -> tuple[LockMetadata, tuple[str, ...]]:
    """The merged head, and the platforms whose hash both sides changed."""
    platforms = _lists(base.platforms, ours.platforms, theirs.platforms)
    hashes = [each.content_hash for each in (base, ours, theirs)]
    notes = [each.notes for each in (base, ours, theirs)]
    head = LockMetadata(
        content_hash=_keys(hashes, platforms),
        channels=_lists(base.channels, ours.channels, theirs.channels),
        platforms=platforms,
        sources=_lists(base.sources, ours.sources, theirs.sources),
        notes=_keys(notes, tuple({**ours.notes, **theirs.notes})),
    )
    stale = (name for name in platforms if len({each.get(name) for each in hashes}) == len(hashes))
    return head, tuple(stale)


def _keys(sides: Sequence[Mapping[str, _T]], names: tuple[str, ...]) -> dict[str, _T]:
    """Three mappings merged key by key; what both changed is ours where ours has it."""
    values = {name: [each.get(name) for each in sides] for name in names}
    merged = {
        name: _three(each, lambda left, right: left or right) for name, each in values.items()
    }
    return {name: value for name, value in merged.items() if value is not None}


def _lists(base: tuple[_T, ...], ours: tuple[_T, ...], theirs: tuple[_T, ...]) -> tuple[_T, ...]:
    return _three((base, ours, theirs), lambda left, right: _both(base, left, right))


def _both(base: tuple[_T, ...], ours: tuple[_T, ...], theirs: tuple[_T, ...]) -> tuple[_T, ...]:
    """Ours without what theirs removed; what theirs added stands behind the same neighbour."""
    merged = [each for each in ours if each in theirs or each not in base]
    before: _T | None = None
    for each in theirs:
        if each not in ours and each not in base:
            at = merged.index(before) + 1 if before in merged else 0
            merged.insert(at, each)
        before = each if each in merged else before
    return tuple(merged)


def _half_asked(base: Side, ours: Side, theirs: Side, head: LockMetadata) -> Iterator[str]:
    """Platforms that one side added while the other one asked for something else.

    Nobody has looked for that on the new platform, and a missing package that nothing depends
    on is missed by nobody.
    """
    for mine, other in ((ours, theirs), (theirs, ours)):
        has_asked = not base.head.platforms or any(
            other.head.content_hash.get(each) != base.head.content_hash.get(each)
            for each in base.head.platforms
        )
        known = {*base.head.platforms, *other.head.platforms}
        for name in mine.head.platforms if has_asked else ():
            if name in head.platforms and name not in known:
                yield f"one side added `{name}`, and the other one what is asked for"


def _misfits(merged: Side, ours: Side, theirs: Side, catalog: Catalog) -> Iterator[str]:
    """What does not fit in `merged`, and is the fault of no side alone; one line for each."""
    found = dict.fromkeys(misfits(merged.lock(), catalog))
    if found:
        old = {*misfits(ours.lock(), catalog), *misfits(theirs.lock(), catalog)}
        platforms: dict[str, list[str]] = {}
        for message, platform in found:
            if (message, platform) not in old:
                platforms.setdefault(message, []).append(platform)
        yield from (f"{message} on {', '.join(names)}" for message, names in platforms.items())
