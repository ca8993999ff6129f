"""Which modules of a stage have no byte-code yet."""

import os
from collections.abc import Iterator
from typing import NamedTuple

_CACHE = "__pycache__"


class Module(NamedTuple):
    """A source in the stage; `path` below it, with slashes."""

    path: str
    folder: str
    name: str
    seconds: int
    size: int

    @property
    def source(self) -> str:
        """The file, in the spelling of the machine."""
        return f"{self.folder}{os.sep}{self.name}"

    def target(self, tag: str) -> str:
        """Where Python looks for its byte-code (PEP 3147)."""
        return os.sep.join([self.folder, _CACHE, f"{self.name[:-3]}.{tag}.pyc"])


class Folder(NamedTuple):
    """Modules of one folder, and the names of the byte-code that is there."""

    modules: tuple[Module, ...]
    made: frozenset[str]


def folders(prefix: str, place: str) -> Iterator[Folder]:
    """The folders with modules at `place` of a prefix and below; links to folders left out."""
    waiting = [place]
    while waiting:
        relative = waiting.pop()
        folder = os.path.join(prefix, *relative.split("/"))
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        modules: list[Module] = []
        made = frozenset[str]()
        for entry in entries:
            if entry.name == _CACHE:
                if entry.is_symlink() or not entry.is_dir():
                    # It would be written to who knows where.
                    modules = []
                    break
                made = frozenset(os.listdir(entry.path))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(f"{relative}/{entry.name}")
            elif entry.name.endswith(".py") and entry.is_file():
                stat = entry.stat()
                path = f"{relative}/{entry.name}"
                modules.append(Module(path, folder, entry.name, int(stat.st_mtime), stat.st_size))
        yield Folder(tuple(modules), made)


def without(folder: Folder, tag: str) -> list[Module]:
    """The modules that have no byte-code yet."""
    return [
        each
        for each in folder.modules
        if f"{each.name.removesuffix('.py')}.{tag}.pyc" not in folder.made
    ]
