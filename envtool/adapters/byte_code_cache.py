"""The byte-code that was made before, and which kind of it an interpreter reads.

The name of a file is the SHA-256 of its source, the time of that, and half the SHA-256 of what is
in it: nothing is linked that is not what its name says.
"""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from typing import NamedTuple

from envtool.adapters import byte_code_worker
from envtool.adapters.byte_code_modules import Module
from envtool.adapters.prefix_places import replace

_MASK = 0xFFFFFFFF
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


def linked(
    modules: Sequence[Module], tag: str, cache: str, hashes: Mapping[str, str]
) -> list[Module]:
    """Take byte-code from the cache; the modules that it has none for."""
    known = _entries(cache)
    if not known:
        return list(modules)
    # Threads make it no faster: the interpreter has as much to do as the system.
    return [each for each in modules if not _take(each, tag, cache, known, hashes)]


def _take(
    module: Module, tag: str, cache: str, known: Mapping[str, str], hashes: Mapping[str, str]
) -> bool:
    """Link the byte-code of a module; whether the cache, which has `known`, had it."""
    digest = hashes.get(module.path) or _sha256(module.source)
    key = f"{digest}-{module.seconds & _MASK:08x}"
    ending = known.get(key)
    if ending is None:
        return False
    path = f"{cache}{os.sep}{key[:2]}{os.sep}{key}{ending}"
    try:
        data = _right(path, ending)
        if data is not None:
            _put(path, data, module.target(tag))
    except OSError:
        return False
    return data is not None


def _entries(cache: str) -> dict[str, str]:
    """The files of the cache: the last part of the name of each, by the parts before it."""
    found = {}
    with suppress(OSError):
        for folder in os.listdir(cache):
            with suppress(OSError):
                for name in os.listdir(os.path.join(cache, folder)):
                    found[name[:73]] = name[73:]
    return found


def _right(path: str, ending: str) -> bytes | None:
    """What is in a file of the cache; None, and the file deleted, when its hash is another one."""
    with open(path, "rb", buffering=0) as file:
        data = file.read()
    if sha256(data).hexdigest()[:32] == ending[1:]:
        return data
    os.remove(path)
    return None


def _put(entry: str, data: bytes, target: str) -> None:
    try:
        _link(entry, target)
    except FileExistsError:
        return
    except OSError:
        # Another file system, or too many links.
        byte_code_worker.written(os.fsencode(target), data)


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
