"""A log that shows when a line of it was changed or taken away: each names the hash of the last.

JSON lines: `{"time", "event", ..., "previous": SHA-256 of the line before}`. What tears the last
line (a crash, a full disk) is noted with the next one, and the chain goes on from there.
"""

import json
import os
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

_TAIL = 1 << 20


def append(path: str, event: str, **data: Any) -> None:  # noqa: ANN401 - JSON
    """Add a line; raises `OSError`."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a+b") as file:
        last, is_torn = _last(file.fileno())
        if is_torn:
            file.write(b"\n")
        line = {
            "time": datetime.now(tz=UTC).isoformat(timespec="milliseconds"),
            "event": event,
            **data,
            "previous": sha256(last).hexdigest() if last else "",
        }
        file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def broken_at(path: str) -> int | None:
    """The first line, from 1, that does not fit the one before; None when all fit.

    Raises `OSError`.
    """
    previous = b""
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.rstrip(b"\n")
            try:
                known = json.loads(line)["previous"]
            except (ValueError, TypeError, KeyError):
                return number
            if known != (sha256(previous).hexdigest() if previous else ""):
                return number
            previous = line
    return None


def _last(descriptor: int) -> tuple[bytes, bool]:
    """The last line without its end, and whether it has none."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    os.lseek(descriptor, max(0, size - _TAIL), os.SEEK_SET)
    tail = os.read(descriptor, _TAIL)
    return tail.rstrip(b"\n").rpartition(b"\n")[2], bool(tail) and not tail.endswith(b"\n")
