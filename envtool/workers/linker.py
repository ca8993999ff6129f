"""Links byte-code from the cache into a stage.

Told what to look at ahead, as for `looked_through`, then where to link, and last the hashes of the
sources there, it answers with what `linked` gives, and ends. While it links it tells None again
and again, so that it ends when nobody hears it anymore.

In the cache each file has in its name the SHA-256 of its source, the time of that, and half the
SHA-256 of what is in it: nothing is linked that is not what its name says.
"""

from __future__ import annotations

import os
from hashlib import sha256

from envtool.workers.frames import tell, told
from envtool.workers.opening import OPEN_FLAGS, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import IO, TypeAlias

    # A source: its path in the stage with slashes, its folder, its name there, time and size.
    Source: TypeAlias = tuple[str, str, str, int, int]
    # Those of one folder, and the names of the byte-code that is there; None when there is none.
    Folder: TypeAlias = tuple[list[Source], set[str] | None]
    # What has no byte-code yet, each with the file of the cache that could not be linked, or "".
    Left: TypeAlias = list[tuple[Source, str]]

CACHE = "__pycache__"
_MASK = 0xFFFFFFFF
_SHA256 = 64
# Characters of a name before the hash of what is in the file.
_KEY = _SHA256 + 1 + 8
# Modules between two signs of life.
_OFTEN = 100


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer the one question of `requests`, if it comes."""
    try:
        folder, lists = told(requests)
        entries = shelf(folder)
        right = looked_through(entries, lists)
        stage, place, tag = told(requests)
        folders = list(sources(stage, place))
        hashes = told(requests)
    except EOFError:
        return
    tell(answers, linked(_audibly(folders, answers), tag, entries, hashes, right))


def _audibly(folders: Iterable[Folder], answers: IO[bytes]) -> Iterator[Folder]:
    """The same in small parts, and a word before each; raises `OSError` when nobody hears it."""
    for modules, made in folders:
        for at in range(0, len(modules), _OFTEN):
            tell(answers, None)
            yield modules[at : at + _OFTEN], made


def shelf(folder: str) -> dict[str, str]:
    """What is in a folder of the cache, right or not: by its name but for the hash of itself."""
    found = {}
    for part in _names(folder):
        where = f"{folder}{os.sep}{part}{os.sep}"
        for name in _names(where):
            found[name[:_KEY]] = where + name
    return found


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def looked_through(entries: Mapping[str, str], lists: Iterable[str]) -> set[str]:
    """Which of `entries` belong to modules in `lists` and are what their names say.

    A list is a file with the hashes of modules between quotes, as `info/paths.json` of a package.
    """
    wanted: set[bytes] = set()
    for path in lists:
        try:
            with open(path, "rb") as file:
                wanted.update(each for each in file.read().split(b'"') if len(each) == _SHA256)
        except OSError:
            continue
    return {
        key
        for key, path in entries.items()
        if key[:_SHA256].encode("ascii", "replace") in wanted and read(path) is not None
    }


def sources(stage: str, place: str) -> Iterator[Folder]:
    """The folders at `place` of a stage and below; links to folders left out."""
    waiting = [place]
    while waiting:
        relative = waiting.pop()
        folder = os.path.join(stage, *relative.split("/"))
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        modules: list[Source] = []
        made = None
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if name == CACHE:
                    made = set(_names(entry.path))
                else:
                    waiting.append(f"{relative}/{name}")
            elif name == CACHE:
                # It would be written to who knows where.
                modules = []
                break
            elif name.endswith(".py") and entry.is_file():
                stat = entry.stat()
                modules.append(
                    (f"{relative}/{name}", folder, name, int(stat.st_mtime), stat.st_size)
                )
        yield modules, made


def target(source: Source, tag: str) -> str:
    """Where Python looks for the byte-code of a module (PEP 3147)."""
    return f"{source[1]}{os.sep}{CACHE}{os.sep}{source[2][:-3]}.{tag}.pyc"


def linked(
    folders: Iterable[Folder],
    tag: str,
    entries: Mapping[str, str],
    hashes: Mapping[str, str],
    right: Collection[str] = (),
) -> tuple[int, Left]:
    """Take from the cache what of `folders` has no byte-code; how many, and what is left.

    `entries` are as `shelf` gives them, `hashes` those of sources by path, as far as known, and
    `right` are entries that were held against their names already.
    """
    number, left = 0, []
    for modules, made in folders:
        for source in modules:
            path, folder, name, seconds, _ = source
            name = f"{name[:-3]}.{tag}.pyc"
            if made is not None and name in made:
                continue
            digest = hashes.get(path) or _sum(f"{folder}{os.sep}{source[2]}")
            key = f"{digest}-{seconds & _MASK:08x}"
            entry = entries.get(key)
            if entry is None or (key not in right and read(entry) is None):
                left.append((source, ""))
            elif _link(entry, f"{folder}{os.sep}{CACHE}", name):
                number += 1
            else:
                left.append((source, entry))
    return number, left


def read(path: str) -> bytes | None:
    """What is in a file of the cache; None, and the file deleted, when its hash is another one."""
    try:
        # Half the time of a file object, and there are thousands.
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            data = os.read(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
        if sha256(data).hexdigest()[:32] == path[-32:]:
            return data
        os.remove(path)
    except OSError:
        return None
    return None


def _link(entry: str, folder: str, name: str) -> bool:
    """Whether there is byte-code in `folder` now; not so where there are no links, or too many."""
    path = f"{folder}{os.sep}{name}"
    try:
        try:
            os.link(entry, path)
        except FileNotFoundError:
            # Not those above it: a stage that was taken away does not come back.
            os.mkdir(folder)
            os.link(entry, path)
    except FileExistsError:
        return os.path.lexists(path)
    except OSError:
        return False
    return True


def _sum(path: str) -> str:
    """The SHA-256 of a file; empty when it can not be read."""
    try:
        with open(path, "rb") as file:
            return digest(file.fileno(), os.fstat(file.fileno()).st_size)
    except OSError:
        return ""
