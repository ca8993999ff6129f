"""What servers of advisories send, taken apart: JSON, gzip and zip, with nothing believed.

Whatever is larger than it should be is refused before it is unpacked: a few kilobytes of gzip can
be a terabyte of zeros.
"""

import json
import lzma
import zipfile
import zlib
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

# The largest file that is fetched, and what may come out of it: OSV's files for PyPI are 40 MB.
LARGEST = 1 << 29
# The longest answer of an API; OSV's own limit is 32 MB.
LONGEST = 1 << 26
UNPACKED = 1 << 31
# One record of a zip; the longest of OSV's have 2 MB of versions.
_MEMBER = 1 << 25
_MEMBERS = 1_000_000
_GZIP = b"\x1f\x8b"
_PIECE = 1 << 18


class PayloadError(Exception):
    """What came is not what it should be; the text says what it is instead."""


def unzipped(data: bytes, limit: int = UNPACKED) -> bytes:
    """`data` without gzip around it, where it has that."""
    if data[:2] != _GZIP:
        return data
    packer, left, pieces = zlib.decompressobj(wbits=31), data, list[bytes]()
    size = 0
    with refusing():
        while left and not packer.eof:
            pieces.append(packer.decompress(left, _PIECE))
            left = packer.unconsumed_tail
            size += len(pieces[-1])
            if size > limit:
                raise PayloadError(f"it is more than {limit >> 20} MB when it is unpacked")
    if not packer.eof:
        raise PayloadError("it ends in the middle")
    return b"".join(pieces)


def document(data: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """The JSON document that `data` is, gzip around it or not."""
    text = unzipped(data)
    if not text.strip():
        raise PayloadError("it is empty")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        start = text.lstrip()[:1]
        what = "a web page" if start == b"<" else "no JSON, or not all of it"
        raise PayloadError(f"it is {what}") from None


def members(
    path: str, start: str = "", limit: int = UNPACKED, *, only: Container[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """The JSON files in the zip at `path` whose base names begin with `start`, one by one.

    `only` those whose base names are in it, if it is given; others are not unpacked.
    Raises `PayloadError` when it is no whole zip, or more than `limit` bytes are in it.
    """
    with refusing(), zipfile.ZipFile(path) as archive:
        items = archive.infolist()
        sizes = sum(each.file_size for each in items)
        if len(items) > _MEMBERS or sizes > limit:
            raise PayloadError(f"it is {len(items)} files of {sizes >> 20} MB when it is unpacked")
        for item in items:
            name = item.filename.rpartition("/")[2]
            is_wanted = only is None or name in only
            if is_wanted and name.startswith(start) and name.endswith(".json"):
                if item.file_size > _MEMBER:
                    raise PayloadError(f"`{name}` in it is larger than {_MEMBER >> 20} MB")
                yield name, archive.read(item)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what zip and gzip say of damage into a `PayloadError`."""
    try:
        yield
    except (
        *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, ValueError),
        # What zipfile says of entries that it can not read; a bad stream of bzip2 is an OSError.
        *(NotImplementedError, RuntimeError, OSError),
    ) as error:
        raise PayloadError("it is damaged, or no such archive") from error
