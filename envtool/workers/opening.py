"""Opens and hashes files that nobody vouches for."""

from __future__ import annotations

import os
from hashlib import sha256

# A FIFO would block, and a link would lead anywhere; Windows has none of these flags.
OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1 << 20


def digest(descriptor: int, size: int) -> str:
    """The SHA-256 of an open file of about `size` bytes; raises `OSError`."""
    found = sha256(os.read(descriptor, min(size, _CHUNK)))
    if size > _CHUNK:
        while chunk := os.read(descriptor, _CHUNK):
            found.update(chunk)
    return found.hexdigest()
