"""What a wheel may hold, judged by the names and kinds of its entries, before a byte is written.

Formats: the wheel specification of packaging.python.org; zip attributes of Unix.
"""

import re
import stat
from collections.abc import Iterable
from typing import NamedTuple

# Deflate can not do better than 1 : 1032, and real wheels stay below 1 : 20.
MOST_RATIO = 200
SMALL = 256 << 20
MOST_BYTES = 16 << 30
MOST_ENTRIES = 500_000
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_DRIVE = re.compile(r"[A-Za-z]:")


class WheelEntry(NamedTuple):
    """One entry: its name, the mode that it brings (0: none), its size, in bytes."""

    name: str
    mode: int
    size: int


def refusal(entries: Iterable[WheelEntry], size: int, *, windows: bool) -> str | None:
    """Why a wheel of `size` bytes is not unpacked; None when its entries are harmless."""
    seen: set[str] = set()
    total = 0
    for count, entry in enumerate(entries):
        reason = _entry_refusal(entry, windows=windows)
        if reason is None and entry.name in seen:
            reason = "stands in it twice"
        if reason is not None:
            return f"`{entry.name}` {reason}"
        seen.add(entry.name)
        total += entry.size
        if total > min(MOST_BYTES, max(SMALL, size * MOST_RATIO)) or count >= MOST_ENTRIES:
            return f"it would unpack to more than {total >> 20} MB from {size >> 10} kB"
    return None


def _entry_refusal(entry: WheelEntry, *, windows: bool) -> str | None:
    if stat.S_ISLNK(entry.mode):
        return "is a link"
    if stat.S_IFMT(entry.mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "is no regular file"
    if leaves(entry.name.removesuffix("/"), windows=windows):
        return "would be written outside of its folder"
    return None


def leaves(path: str, *, windows: bool) -> bool:
    """Whether a relative path, with slashes, could mean a place outside of where it starts."""
    if _UNSAFE.search(path) or _DRIVE.match(path) or (windows and ":" in path):
        return True
    return bool({"", ".", ".."} & set(path.split("/")))


def is_program_name(name: str, *, windows: bool) -> bool:
    """Whether a program may have this name: one part of a path."""
    return "/" not in name and not leaves(name, windows=windows)
