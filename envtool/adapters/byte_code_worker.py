"""Compiles modules for the Python that runs this: `worker.py CACHE`, told by its standard input.

Started with `-I -S` by `byte_code.py`, so it needs nothing but Python 3.7. A request is a length
of eight bytes and, each with a NUL at its end: the path of a source, the path that its code shall
name, the path of the byte-code. The answer has a length, too, and a letter for each source.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER
from typing import IO

DONE = b"d"
FAILED = b"f"
_MASK = 0xFFFFFFFF


def serve(requests: IO[bytes], answers: IO[bytes], cache: bytes) -> None:
    """Answer until the end of `requests`."""
    while True:
        size = int.from_bytes(requests.read(8), "big")
        if not size:
            return
        fields = requests.read(size).split(b"\0")
        answer = b"".join(
            compiled(fields[at], os.fsdecode(fields[at + 1]), fields[at + 2], cache)
            for at in range(0, len(fields) - 1, 3)
        )
        answers.write(len(answer).to_bytes(8, "big") + answer)
        answers.flush()


def compiled(source: bytes, shown: str, target: bytes, cache: bytes) -> bytes:
    """Compile one source to `target`, and keep that in the cache; `DONE` or `FAILED`."""
    try:
        with open(source, "rb") as file:
            stat = os.fstat(file.fileno())
            text = file.read()
        code = compile(text, shown, "exec", dont_inherit=True)
        # Always by time and size, PEP 552; `SOURCE_DATE_EPOCH` has no say.
        numbers = (0, int(stat.st_mtime) & _MASK, len(text) & _MASK)
        head = b"".join(each.to_bytes(4, "little") for each in numbers)
        data = MAGIC_NUMBER + head + marshal.dumps(code)
        key = "%s-%08x" % (hashlib.sha256(text).hexdigest(), numbers[1])  # noqa: UP031 - 3.7
        if written(target, data):
            _keep(cache, key, data, target)
    except (Exception, RecursionError):  # noqa: BLE001 - a module that is none harms nobody
        return FAILED
    return DONE


def _keep(cache: bytes, key: str, data: bytes, target: bytes) -> None:
    """Link a whole `target` into the cache, where that can be written to.

    Its name there ends with the hash of what is in it, so that it can be held against that.
    """
    name = ("%s-%s" % (key, hashlib.sha256(data).hexdigest()[:32])).encode()  # noqa: UP031
    path = os.path.join(cache, name[:2], name)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.link(target, path)
    except FileExistsError:
        pass
    except OSError:
        # Another file system, or one without links.
        _copy(path, data)


def _copy(path: bytes, data: bytes) -> None:
    temporary = os.path.join(os.path.dirname(path), b".%d" % os.getpid())
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        pass


def written(target: bytes, data: bytes) -> bool:
    """Write a new file, whole or not at all: Python stops at half a file.

    Whether there was none; one that is there stays.
    """
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        with open(target, "xb") as file:
            file.write(data)
    except FileExistsError:
        return False
    except OSError:
        os.remove(target)
        raise
    return True


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, os.fsencode(sys.argv[1]))
