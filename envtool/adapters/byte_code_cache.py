"""Which kind of byte-code an interpreter reads, and copies of what can not be linked."""

import os
import re
from contextlib import suppress
from typing import NamedTuple

from envtool.adapters import byte_code_worker
from envtool.adapters.prefix_places import replace
from envtool.workers import linker

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


def copied(entry: str, target: str) -> bool:
    """Write what a file of the cache holds where it can not be linked; whether it is there."""
    data = linker.read(entry)
    with suppress(OSError):
        return data is not None and byte_code_worker.written(os.fsencode(target), data)
    return False
