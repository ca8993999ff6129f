"""What a disk may hold after a power loss: every operation that no sync made last, lost or not.

The model, which promises less than any file system in use:

- What was written to a file is lost until the file is synced; the file is empty then, or what it
  was at its last sync.
- Each operation on names (create, rename, exchange, remove, ...) may be lost by itself until every
  folder that it touches is synced, in whatever order they came. It is lost or kept as a whole. One
  that touches a name which a lost one touched before it is lost with it.
- A sync of the file system makes all of it last.
"""

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

from tests.recording import Op

_ALL_SUBSETS_UP_TO = 9
Name = tuple[int, str]


class Names(NamedTuple):
    """An operation on names: what each leads to from then on (None: nothing)."""

    changes: tuple[tuple[int, str, int | None], ...]

    @property
    def keys(self) -> tuple[Name, ...]:
        return tuple((folder, name) for folder, name, _ in self.changes)


class Data(NamedTuple):
    """An operation on the content of a file; `at` is None for a new length, that of `data`."""

    node: int
    data: bytes
    at: int | None


class Sync(NamedTuple):
    """Of one file or folder; of all when `node` is None."""

    node: int | None


Entry = Names | Data | Sync
Tree = Mapping[str, bytes | str | None]
"""Bytes of files, targets of links, None for folders; by path."""


@dataclass(slots=True)
class Disk:
    """Folders, files and links by number; the folder 0 is the root."""

    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {0: {}})
    files: dict[int, bytes] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)

    def copy(self) -> "Disk":
        folders = {number: dict(each) for number, each in self.folders.items()}
        return Disk(folders, dict(self.files), dict(self.links))

    def apply(self, entry: Names | Data) -> None:
        if isinstance(entry, Data):
            old = self.files[entry.node]
            if entry.at is None:
                self.files[entry.node] = old[: len(entry.data)].ljust(len(entry.data), b"\0")
            else:
                end = entry.at + len(entry.data)
                self.files[entry.node] = old[: entry.at].ljust(entry.at, b"\0") + entry.data + old[end:]  # fmt: skip
            return
        for folder, name, node in entry.changes:
            if node is None:
                self.folders[folder].pop(name, None)
            else:
                self.folders[folder][name] = node

    def tree(self, path: str) -> Tree | None:
        """What is at a path, `` for the root, and below it; None when nothing is."""
        node = self.node(path)
        return dict(self._below(node, "")) if node is not None else None

    def node(self, path: str) -> int | None:
        """The number of what is at a path; None when nothing is."""
        node: int | None = 0
        for name in filter(None, path.split("/")):
            node = self.folders.get(node, {}).get(name) if node is not None else None
        return node

    def _below(self, node: int, path: str) -> Iterator[tuple[str, bytes | str | None]]:
        if node in self.files:
            yield path, self.files[node]
        elif node in self.links:
            yield path, self.links[node]
        else:
            yield path, None
            for name, each in sorted(self.folders[node].items()):
                yield from self._below(each, f"{path}/{name}" if path else name)


class Log:
    """What was there, and what was done to it, by numbers instead of paths."""

    def __init__(self, root: Path, ops: Iterable[Op] = ()) -> None:
        """What is below `root` now; `ops` are done to it by `follow`."""
        self.start = Disk()
        self.entries: list[Entry] = []
        self._root = str(root)
        self._next = 1
        self._cursors: dict[int, int | None] = {}
        self._read(self._root, 0, {})
        self.end = self.start.copy()
        self.follow(ops)

    def _read(self, path: str, node: int, seen: dict[tuple[int, int], int]) -> None:
        for each in os.scandir(path):
            found = each.stat(follow_symlinks=False)
            known = seen.setdefault((found.st_dev, found.st_ino), self._next)
            self.start.folders[node][each.name] = known
            if known != self._next:
                continue
            self._next += 1
            if each.is_symlink():
                self.start.links[known] = os.readlink(each.path)
            elif each.is_dir():
                self.start.folders[known] = {}
                self._read(each.path, known, seen)
            else:
                self.start.files[known] = Path(each.path).read_bytes()

    def follow(self, ops: Iterable[Op]) -> None:
        for op in ops:
            for entry in self._entries(op):
                self.entries.append(entry)
                if not isinstance(entry, Sync):
                    self.end.apply(entry)

    def _entries(self, op: Op) -> Iterator[Entry]:
        match op.kind:
            case "open" | "append" | "seek":
                self._move(self._there(op.path), op)
            case "write":
                yield self._written(self._there(op.path), op)
            case "truncate":
                node = self._there(op.path)
                content = self.end.files[node]
                yield Data(node, content[: op.number].ljust(op.number, b"\0"), None)
            case "sync":
                yield Sync(self._there(op.path))
            case "sync-all":
                yield Sync(None)
            case "create" if self._node(op.path) is not None:
                pass
            case "create" | "mkdir" | "symlink":
                yield Names(((*self._place(op.path), self._new(op)),))
            case _:
                yield Names(tuple(self._changes(op)))

    def _changes(self, op: Op) -> "Iterator[tuple[int, str, int | None]]":
        """What each name leads to after an operation that makes nothing new."""
        node = self._there(op.path)
        match op.kind:
            case "link":
                yield (*self._place(op.other), node)
            case "remove":
                yield (*self._place(op.path), None)
            case "rename":
                yield (*self._place(op.path), None)
                yield (*self._place(op.other), node)
            case "exchange":
                yield (*self._place(op.path), self._there(op.other))
                yield (*self._place(op.other), node)
            case _:
                raise NotImplementedError(op)

    def _move(self, node: int, op: Op) -> None:
        """Where the next bytes go; None: to the end, wherever else they are meant to go."""
        if op.kind == "append":
            self._cursors[node] = None
        elif op.kind == "open":
            self._cursors[node] = 0
        elif self._cursors.get(node, 0) is not None:
            self._cursors[node] = op.number

    def _written(self, node: int, op: Op) -> Data:
        cursor = self._cursors.get(node, 0)
        at = len(self.end.files[node]) if cursor is None else cursor
        if op.number >= 0:
            return Data(node, op.data, op.number)
        if cursor is not None:
            self._cursors[node] = at + len(op.data)
        return Data(node, op.data, at)

    def _new(self, op: Op) -> int:
        """A new node, which is there from the start: it is its name that comes and goes."""
        node, self._next = self._next, self._next + 1
        for disk in (self.start, self.end):
            if op.kind == "create":
                disk.files[node] = b""
            elif op.kind == "mkdir":
                disk.folders[node] = {}
            else:
                disk.links[node] = os.fsdecode(op.data)
        return node

    def _place(self, path: str) -> Name:
        folder, name = os.path.split(path)
        return self._there(folder), name

    def _there(self, path: str) -> int:
        node = self._node(path)
        assert node is not None, path
        return node

    def _node(self, path: str) -> int | None:
        found = os.path.relpath(path, self._root)
        return self.end.node("" if found == "." else found)

    def named(self, start: str) -> set[int]:
        """The files and folders that had a name with this start at any time."""
        changes = [entry.changes for entry in self.entries if isinstance(entry, Names)]
        return {
            node
            for _, name, node in chain.from_iterable(changes)
            if node is not None and name.startswith(start)
        }

    def shortened(self, entries: Sequence[Entry]) -> "Log":
        """The same with some of the entries."""
        log = copy(self)
        log.entries = list(entries)
        return log

    def states(
        self, subtree: str, *, most: int, last: int | None = None
    ) -> "Iterator[tuple[bool, Disk]]":
        """Disks as a power loss may leave them; whether that was after the end.

        Each crash comes right before a sync, where most can be lost, or after the end; all of
        them, or the `last` ones. Of each `most` states that differ at the path `subtree`, all of
        them when there are no more.
        """
        dice = random.Random(3)  # noqa: S311 - no secret depends on it
        volatile = _Volatile()
        seen: set[int] = set()
        syncs = [at for at, each in enumerate(self.entries) if isinstance(each, Sync)]
        first = 0 if last is None else syncs[-last]
        for number, entry in enumerate((*self.entries, None)):
            if number >= first and (entry is None or isinstance(entry, Sync)):
                found = []
                for names, files in volatile.losses(dice):
                    disk = self.after(number, names, files)
                    mark = hash(frozenset((disk.tree(subtree) or {}).items()))
                    if mark not in seen:
                        seen.add(mark)
                        found.append(disk)
                dice.shuffle(found)
                yield from ((entry is None, disk) for disk in found[:most])
            volatile.take(number, entry)

    def after(self, number: int, names: frozenset[int], files: frozenset[int]) -> Disk:
        """The disk after so many entries when of these operations and files nothing lasted.

        `names` are numbers of entries, `files` those of entries with data that are lost.
        """
        disk, tainted = self.start.copy(), set[Name]()
        for at, entry in enumerate(self.entries[:number]):
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


def written(tree: Tree, place: Path) -> None:
    """Put a tree on a real disk."""
    for path, content in tree.items():
        full = place / path if path else place
        if content is None:
            full.mkdir(parents=not path, exist_ok=not path)
        elif isinstance(content, bytes):
            full.write_bytes(content)
        else:
            full.symlink_to(content)
