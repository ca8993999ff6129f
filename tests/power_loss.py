"""What a disk may hold after a power loss: every operation that no sync made last, lost or not.

The model, which promises less than any file system in use:

- What was written to a file is lost until the file is synced; the file is empty then, or what it
  was at its last sync.
- Each operation on names (create, rename, exchange, remove, ...) may be lost by itself until every
  folder that it touches is synced, in whatever order they came. It is lost or kept as a whole. One
  that touches a name which a lost one touched before it is lost with it.
- A sync of the file system makes all of it last.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations

from tests.disk_log import Data, Disk, Entry, Log, Name, Names, Sync

_ALL_SUBSETS_UP_TO = 9


def states(
    log: Log, subtree: str, *, most: int, last: int | None = None
) -> "Iterator[tuple[bool, Disk]]":
    """Disks as a power loss may leave them; whether that was after the end.

    Each crash comes right before a sync, where most can be lost, or after the end; all of
    them, or the `last` ones. Of each `most` states that differ at the path `subtree`, all of
    them when there are no more.
    """
    dice = random.Random(3)  # noqa: S311 - no secret depends on it
    volatile = _Volatile()
    seen: set[int] = set()
    syncs = [at for at, each in enumerate(log.entries) if isinstance(each, Sync)]
    first = 0 if last is None else syncs[-last]
    for number, entry in enumerate((*log.entries, None)):
        if number >= first and (entry is None or isinstance(entry, Sync)):
            found = []
            for names, files in volatile.losses(dice):
                disk = after(log, number, names, files)
                mark = hash(frozenset((disk.tree(subtree) or {}).items()))
                if mark not in seen:
                    seen.add(mark)
                    found.append(disk)
            dice.shuffle(found)
            yield from ((entry is None, disk) for disk in found[:most])
        volatile.take(number, entry)


def after(log: Log, number: int, names: frozenset[int], files: frozenset[int]) -> Disk:
    """The disk after so many entries when of these operations and files nothing lasted.

    `names` are numbers of entries, `files` those of entries with data that are lost.
    """
    disk, tainted = log.start.copy(), set[Name]()
    for at, entry in enumerate(log.entries[:number]):
        if isinstance(entry, Names):
            if at in names or tainted & set(entry.keys):
                tainted |= set(entry.keys)
                continue
            disk.apply(entry)
        elif isinstance(entry, Data) and at not in files:
            disk.apply(entry)
    return disk


class _Volatile:
    """The entries that no sync has made last so far."""

    def __init__(self) -> None:
        self._names: dict[int, set[int]] = {}
        self._data: dict[int, list[int]] = defaultdict(list)
        self._last: dict[Name, int] = {}
        self._before: dict[int, set[int]] = {}

    def take(self, number: int, entry: Entry | None) -> None:
        match entry:
            case Names():
                self._names[number] = {folder for folder, _, _ in entry.changes}
                self._before[number] = {self._last[key] for key in entry.keys if key in self._last}
                self._last.update(dict.fromkeys(entry.keys, number))
            case Data():
                self._data[entry.node].append(number)
            case Sync(node=None):
                self._names.clear()
                self._data.clear()
            case Sync(node=node) if node is not None:
                self._data.pop(node, None)
                for each, folders in tuple(self._names.items()):
                    folders.discard(node)
                    if not folders:
                        self._keep(each)

    def _keep(self, number: int) -> None:
        """It lasts, and so does what stands on the same names before it."""
        if self._names.pop(number, None) is not None:
            for each in self._before[number]:
                self._keep(each)

    def losses(self, dice: random.Random) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
        """Entries on names that may be lost together, and entries with data."""
        names = sorted(self._names)
        every = frozenset(chain.from_iterable(self._data.values()))
        for lost in _subsets(names, self._before, dice):
            yield frozenset(lost), frozenset()
            yield frozenset(lost), every
            some = [each for each in self._data.values() if dice.random() < 0.5]
            yield frozenset(lost), frozenset(chain.from_iterable(some))


def _subsets(
    names: list[int], before: Mapping[int, set[int]], dice: random.Random
) -> Iterator[Iterable[int]]:
    """All of them when they are few; else all ends, all single ones, all but one, and some."""
    if len(names) <= _ALL_SUBSETS_UP_TO:
        yield from chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
        return
    for at, each in enumerate(names):
        yield names[at:]
        yield [each]
        yield set(names) - _with_those_before(each, before)
        yield [other for other in names if dice.random() < 0.5]
    yield []


def _with_those_before(number: int, before: Mapping[int, set[int]]) -> set[int]:
    found, waiting = set[int](), [number]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(before.get(each, ()))
    return found
