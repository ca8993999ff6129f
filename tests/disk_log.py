"""What was on a disk, and what was done to it: files and folders by number, operations in order."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.recording import Op

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
            case "copy":
                data = self.end.files[self._there(op.other)][op.start : op.start + op.number]
                yield self._written(self._there(op.path), op._replace(data=data, number=-1))
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
