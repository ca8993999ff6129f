"""Merges two locks that grew out of one: package by package, never line by line.

What one side changed is taken from it, what both changed alike is taken once. Of two versions
the newer one is taken; of two builds of a version the one with the higher build number, and
after that the one whose build string sorts last, which means nothing but is the same whoever
merges. A package that one side removed and the other changed stays.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, Version
from envtool.domain.catalog import Catalog
from envtool.domain.conda_lock_writer import LockMetadata
from envtool.domain.lock_fit import misfits
from envtool.domain.lock_sides import NOTHING, Side, side
from envtool.domain.locks import LockedPackage
from envtool.domain.three_way import merged_keys, merged_list, three_way

# Manager, name, platform.
_Key = tuple[str, str, str]
# The entries of one package: one for each category that it is in.
_Entries = tuple[LockedPackage, ...]
# The same as base, ours and theirs have it.
_Group = tuple[_Entries, _Entries, _Entries]
_Pick = Callable[[LockedPackage, LockedPackage], LockedPackage]

_BUILD_NUMBER = re.compile(r"(?:^|_)([0-9]{1,18})$")


class Choice(StrEnum):
    """Why a package is what it is."""

    OURS = "from ours"
    THEIRS = "from theirs"
    NEWER = "the newer of two"
    FITTING = "the older of two, which fits"
    KEPT = "changed here and removed there, so kept"


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


def merge(
    base: Side, ours: Side, theirs: Side, catalog: Catalog, *, fitting: bool = False
) -> Merged:
    """`ours` and `theirs`, which grew out of `base`, as one.

    With `fitting` the older of two versions is taken where only that one fits to the rest.
    """
    head, stale = _head(base.head, ours.head, theirs.head)
    named = {name for each in (base, ours, theirs) for name in each.head.platforms}
    groups = _groups((base, ours, theirs), named - set(head.platforms))
    newest = {key: _entries(*each, newer) for key, each in groups.items()}
    taken = newest
    if fitting:
        oldest = {key: _entries(*each, _older) for key, each in groups.items()}
        taken = _fitted(newest, oldest, catalog)
    merged = side(head, tuple(chain(*taken.values())))
    decisions = (
        _decision(key, each, taken[key], is_newest=taken[key] == newest[key])
        for key, each in groups.items()
        if each[1] != each[2]
    )
    left_open = (*_half_asked(base, ours, theirs, head), *_misfits(merged, ours, theirs, catalog))
    return Merged(merged, _folded(decisions), left_open, stale)


def tally(merged: Merged) -> str:
    """How many packages were decided in which way."""
    counts = Counter(each.choice for each in merged.decisions)
    words = [f"{counts[choice]} {choice}" for choice in Choice if counts[choice]]
    return ", ".join(words) or "the packages are the same"


def newer(left: LockedPackage, right: LockedPackage) -> LockedPackage:
    """The newer of two builds of a package, whichever comes first."""
    return max(left, right, key=_rank)


def _older(left: LockedPackage, right: LockedPackage) -> LockedPackage:
    return min(left, right, key=_rank)


def _rank(package: LockedPackage) -> tuple[object, ...]:
    number = _BUILD_NUMBER.search(package.build)
    last = (int(number[1]) if number else -1, package.build, str(package))
    try:
        return (1, Version(package.version), *last)
    except InvalidVersion:
        return (0, package.version, *last)


def _groups(sides: tuple[Side, Side, Side], dropped: set[str]) -> dict[_Key, _Group]:
    """The entries of each package on each side, without those of the platforms `dropped`."""
    found: dict[_Key, list[_Entries]] = {}
    for number, each in enumerate(sides):
        for package in each.packages:
            if package.platform not in dropped:
                key = (package.manager, package.name, package.platform)
                group = found.setdefault(key, [(), (), ()])
                group[number] = (*group[number], package)
    return {key: (found[key][0], found[key][1], found[key][2]) for key in sorted(found)}


def _fitted(
    taken: dict[_Key, _Entries], others: dict[_Key, _Entries], catalog: Catalog
) -> dict[_Key, _Entries]:
    """`taken`, with the one of `others` wherever that leaves less that does not fit."""
    best = dict(taken)
    for platform in sorted({key[2] for key in taken if taken[key] != others[key]}):
        there = {key: each for key, each in taken.items() if key[2] == platform}
        faults = _faults(there, catalog)
        for key in there if faults else ():
            tried = there | {key: others[key]}
            if tried != there and (left := _faults(tried, catalog)) < faults:
                there, faults = tried, left
        best |= there
    return best


def _faults(packages: Mapping[_Key, _Entries], catalog: Catalog) -> int:
    lock = side(NOTHING.head, tuple(chain(*packages.values()))).lock()
    return sum(1 for _ in misfits(lock, catalog))


def _entries(base: _Entries, ours: _Entries, theirs: _Entries, pick: _Pick) -> _Entries:
    """The entries of one package; `pick` chooses where both sides changed it."""

    def settle(ours: _Entries, theirs: _Entries) -> _Entries:
        if not (ours and theirs):
            return ours or theirs
        root = _body(base) if base else None
        body = three_way(root, _body(ours), _body(theirs), lambda *_: None)
        before, left, right = (
            frozenset(each.category for each in group) for group in (base, ours, theirs)
        )
        categories = three_way(before, left, right, _categories)
        found = body or pick(_body(ours), _body(theirs))
        return tuple(found._replace(category=each) for each in sorted(categories))

    return three_way(base, ours, theirs, settle)


def _body(entries: _Entries) -> LockedPackage:
    """The package without the category that its first entry is for."""
    return entries[0]._replace(category="")


def _categories(ours: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    """A package that production has is in no other category."""
    both = ours | theirs
    return frozenset({"main"}) if "main" in both else both


def _decision(key: _Key, group: _Group, taken: _Entries, *, is_newest: bool) -> Decision:
    base, ours, theirs = group
    if theirs == base:
        choice = Choice.OURS
    elif ours == base:
        choice = Choice.THEIRS
    elif not (ours and theirs):
        choice = Choice.KEPT
    else:
        choice = Choice.NEWER if is_newest else Choice.FITTING
    is_rebuilt = bool(ours and theirs) and ours[0].version == theirs[0].version
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
    platforms = merged_list(base.platforms, ours.platforms, theirs.platforms)
    head = LockMetadata(
        content_hash=merged_keys(
            base.content_hash, ours.content_hash, theirs.content_hash, platforms
        ),
        channels=merged_list(base.channels, ours.channels, theirs.channels),
        platforms=platforms,
        sources=merged_list(base.sources, ours.sources, theirs.sources),
        notes=merged_keys(base.notes, ours.notes, theirs.notes, {**ours.notes, **theirs.notes}),
    )
    hashes = [each.content_hash for each in (base, ours, theirs)]
    stale = (name for name in platforms if len({each.get(name) for each in hashes}) == len(hashes))
    return head, tuple(stale)


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
