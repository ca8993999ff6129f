"""Reads a lock of any kind: `conda-lock.yml`, `pixi.lock`, an `@EXPLICIT` list."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from envtool.domain.findings import Place
from envtool.domain.yaml_nodes import Mapping, Node

if TYPE_CHECKING:
    from envtool.domain.locks import Lock

# What every lock has at the start of a line. Most files that are judged are none, and do not
# pay for the readers.
_CLUE = re.compile(r"^(?:packages?:|environments:|@EXPLICIT\s*$)", re.MULTILINE)


class NotALockError(ValueError):
    """The document is no lock that can be read: why, and where."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def check_keys(root: Node | None) -> None:
    """Raises `NotALockError` when a key of the whole file stands twice: which one would count?"""
    seen: set[str] = set()
    for key, _ in root.entries() if isinstance(root, Mapping) else ():
        if key.text in seen:
            raise NotALockError(f"the key `{key.text}` stands twice", key.place)
        seen.add(key.text)


def read_lock(text: str, path: str, parse: Callable[[str, str], Node | None]) -> "Lock | None":
    """The lock in `text`; None when it looks like none.

    `parse` turns YAML into nodes. Raises `NotALockError`, and what `parse` raises, when it looks
    like a lock and can not be read.
    """
    if not _CLUE.search(text):
        return None
    from envtool.domain.conda_lock import looks_like_lock, read_conda_lock
    from envtool.domain.explicit_lock import looks_explicit, read_explicit
    from envtool.domain.pixi_lock import looks_like_pixi, read_pixi

    if looks_explicit(text):
        return read_explicit(text, path)
    text = text.replace("\r\n", "\n")
    if looks_like_pixi(text):
        return read_pixi(text, path, parse)
    return read_conda_lock(text, path, parse) if looks_like_lock(text) else None
