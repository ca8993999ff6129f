"""Reads a lock of any kind: `conda-lock.yml`, `pixi.lock`, an `@EXPLICIT` list."""

import re
from collections.abc import Callable

from envtool.domain.conda_lock import looks_like_lock, read_conda_lock
from envtool.domain.explicit_lock import MARK, read_explicit
from envtool.domain.locks import Lock
from envtool.domain.pixi_lock import looks_like_pixi, read_pixi
from envtool.domain.yaml_nodes import Node

_EXPLICIT = re.compile(rf"^{MARK}\s*$", re.MULTILINE)


def read_lock(text: str, path: str, parse: Callable[[str, str], Node | None]) -> Lock | None:
    """The lock in `text`; None when it looks like none.

    `parse` turns YAML into nodes. Raises `NotALockError`, and what `parse` raises, when it looks
    like a lock and can not be read.
    """
    # A plain search first: a lock can have 76 MB.
    if MARK in text and _EXPLICIT.search(text):
        return read_explicit(text, path)
    text = text.replace("\r\n", "\n")
    if looks_like_pixi(text):
        return read_pixi(text, path, parse)
    return read_conda_lock(text, path, parse) if looks_like_lock(text) else None
