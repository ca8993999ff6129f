"""What a correct HTTP server says to a request for a file (RFC 9110); no connection here."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TYPES = {".json": "application/json", ".zst": "application/zstd"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body; `Content-Length` is the length of the body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(folder: str, path: str, headers: Mapping[str, str], altered: int | None) -> Answer:
    """The answer to a GET request for a file below a folder.

    Args:
        folder: what is served.
        path: the path below it, with `/`, decoded.
        headers: those of the request, names in lower case: `range`, `if-range` and
            `if-none-match` count.
        altered: the position of a byte that is inverted on the way; the entity tag is that of the
            true content.
    """
    parts = path.split("/")
    file = os.path.join(folder, *parts)
    if ".." in parts or "" in parts or not os.path.isfile(file):
        return Answer(status=404, body=b"no such file\n")
    content = Path(file).read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    common = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Type": _TYPES.get(os.path.splitext(file)[1], "application/octet-stream"),
    }
    if tag in headers.get("if-none-match", ""):
        return Answer(status=304, headers=common)
    wanted = headers.get("range")
    if altered is not None and content:
        content = _inverted(content, altered)
    if wanted is None or headers.get("if-range", tag) != tag:
        return Answer(status=200, body=content, headers=common)
    return _part(content, wanted, common)


def _part(content: bytes, wanted: str, common: Mapping[str, str]) -> Answer:
    """One range of bytes; several at once are answered with the whole, which is allowed."""
    match = _RANGE.fullmatch(wanted)
    if match is None or match.groups() == ("", ""):
        return Answer(status=200, body=content, headers=common)
    size = len(content)
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, end = max(size - int(last), 0), size
    if start >= end:
        return Answer(status=416, headers={**common, "Content-Range": f"bytes */{size}"})
    place = f"bytes {start}-{end - 1}/{size}"
    return Answer(status=206, body=content[start:end], headers={**common, "Content-Range": place})


def _inverted(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at % len(content)] ^= 0xFF
    return bytes(changed)
