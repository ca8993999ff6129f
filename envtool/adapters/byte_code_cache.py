"""The byte-code that was made before, and which kind of it an interpreter reads.

The name of a file is the SHA-256 of its source, the time of that, and half the SHA-256 of what is
in it: nothing is linked that is not what its name says.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from typing import NamedTuple

from envtool.adapters import byte_code_worker
from envtool.adapters.byte_code_modules import Module
from envtool.adapters.prefix_opening import OPEN_FLAGS
from envtool.adapters.prefix_places import replace

_MASK = 0xFFFFFFFF
# Characters of a name before the hash of what is in the file.
_KEY = 64 + 1 + 8
_INTERPRETERS = "interpreters"
# A tag as in `cpython-312`, and the same with what else byte-code depends on.
_KIND = re.compile(r"([\w.+-]+) (\1-[\w.+-]*)")


class Kind(NamedTuple):
    """What an interpreter calls its byte-code, and what tells it from that of all others."""

    tag: str
    folder: str


def kind_of(words: str) -> Kind | None:
    """What an interpreter said of itself; None when that is no kind of byte-code."""
    found = _KIND.fullmatch(words.strip())
    return Kind(found[1], found[2]) if found and found[1] != "-" else None


def recall(root: str, interpreter: str) -> Kind | None:
    """What an interpreter, by the SHA-256 of its package, said of itself before."""
    try:
        with open(os.path.join(root, _INTERPRETERS, interpreter), encoding="ascii") as file:
            return kind_of(file.read(1 << 10))
    except (OSError, ValueError):
        return None


def remember(root: str, interpreter: str, kind: Kind) -> None:
    """Keep what an interpreter said, where the cache can be written to."""
    with suppress(OSError):
        replace(os.path.join(root, _INTERPRETERS, interpreter), " ".join(kind).encode("ascii"))


class Shelf(NamedTuple):
    """What the cache has of one kind.

    Attributes:
        folder: where.
        entries: the files, by their names but for the hash of what is in them.
        right: those of them that were found to be what they should be.
    """

    folder: str
    entries: Mapping[str, str]
    right: frozenset[str] = frozenset()


def shelf(folder: str) -> Shelf:
    """What is in a folder of the cache, whether it is right or not."""
    found = {}
    with suppress(OSError):
        for part in os.listdir(folder):
            with suppress(OSError):
                where = f"{folder}{os.sep}{part}{os.sep}"
                for name in os.listdir(where):
                    found[name[:_KEY]] = where + name
    return Shelf(folder, found)


def looked_through(folder: str, sources: Iterable[str]) -> Shelf:
    """The same, what belongs to `sources` (SHA-256) read and held against its name."""
    found, wanted = shelf(folder), set(sources)
    known = [each for each in found.entries.items() if each[0][:64] in wanted]
    return found._replace(right=frozenset(key for key, path in known if _read(path) is not None))


def linked(
    modules: Sequence[Module], tag: str, found: Shelf, hashes: Mapping[str, str]
) -> list[Module]:
    """Take byte-code from the cache; the modules that it has none for."""
    if not found.entries:
        return list(modules)
    # Threads make it no faster: the interpreter has as much to do as the system.
    return [each for each in modules if not _take(each, tag, found, hashes)]


def _take(module: Module, tag: str, found: Shelf, hashes: Mapping[str, str]) -> bool:
    """Link the byte-code of a module; whether the cache had it."""
    digest = hashes.get(module.path) or _sha256(module.source)
    key = f"{digest}-{module.seconds & _MASK:08x}"
    path = found.entries.get(key)
    if path is None:
        return False
    data = b"" if key in found.right else _read(path)
    if data is None:
        return False
    try:
        _link(path, module.target(tag))
    except FileExistsError:
        return True
    except OSError:
        # Another file system, or too many links.
        return _copy(data or _read(path), module.target(tag))
    return True


def _read(path: str) -> bytes | None:
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


def _copy(data: bytes | None, target: str) -> bool:
    """Write byte-code where it can not be linked; whether it is there."""
    with suppress(OSError):
        return data is not None and byte_code_worker.written(os.fsencode(target), data)
    return False


def _link(entry: str, target: str) -> None:
    try:
        os.link(entry, target)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.link(entry, target)


def _sha256(path: str) -> str:
    """Of a file; empty when it can not be read."""
    try:
        with open(path, "rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
