"""A store of archives by the hash of their content; it is trusted for nothing but its speed."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedReader
from typing import BinaryIO

from envtool.adapters.writing import writing
from envtool.errors import IntegrityError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LOCK = "lock again: `envtool lock`"


class ArchiveStore:
    """Files below `root`, each named by its sha256; `limit` is the largest, in bytes."""

    def __init__(self, root: str, *, limit: int = 4 << 30) -> None:
        self._root = os.path.join(root, "archives", "sha256")
        self._limit = limit

    def path(self, sha256: str, ending: str = "") -> str:
        """Where the archive is, or would be; `ending` is for those who go by it."""
        return os.path.join(self._root, sha256[:2], sha256 + ending)

    def check(self, sha256: str, ending: str = "") -> bool | None:
        """Whether the archive is what it has to be, all of it hashed; None when it is not there."""
        path = self.path(sha256, ending)
        if not os.path.isfile(path):
            return None
        try:
            with open(path, "rb") as file:
                return _digest(file) == sha256
        except OSError:
            return False

    def open(self, sha256: str) -> BinaryIO | None:
        """The archive, at its start; None when it is not there.

        All of it was hashed; what is wrong is deleted, and so not there.
        """
        path = self.path(sha256)
        if not os.path.isfile(path):
            return None
        with suppress(OSError):
            file = open(path, "rb")  # noqa: SIM115 - it is given away
            if _digest(file) == sha256:
                return file
            file.close()
            os.remove(path)
        return None

    def put(self, sha256: str, name: str, pieces: Iterable[bytes], ending: str = "") -> int:
        """Keep an archive, whole or not at all; its size in bytes.

        Raises `IntegrityError` about `name` when the bytes are others than those of `sha256`, or
        too many, `UnreadableError` when the store can not be written to, and what `pieces` raises.
        """
        path = self.path(sha256, ending)
        folder = os.path.dirname(path)
        with writing(folder):
            os.makedirs(folder, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with open(descriptor, "wb") as file:
                size, found = self._copy(file, name, pieces)
                with writing(folder):
                    file.flush()
            _compare(name, sha256, found)
            with writing(path):
                os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.remove(temporary)
            raise
        return size

    def _copy(self, file: BinaryIO, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        size, digest = 0, hashlib.sha256()
        for piece in pieces:
            size += len(piece)
            if size > self._limit:
                raise IntegrityError(
                    f"`{name}` is larger than {self._limit >> 20} MB, so it is no package",
                    hints=(_LOCK,),
                )
            digest.update(piece)
            with writing(self._root):
                file.write(piece)
        return size, digest.hexdigest()


def _compare(name: str, sha256: str, found: str) -> None:
    if found != sha256:
        raise IntegrityError(
            f"`{name}` is not what the lock promises: its sha256 is {found} and not {sha256}",
            hints=("find out who changed it before you lock again: `envtool lock`",),
        )


def _digest(file: BufferedReader) -> str:
    """The sha256 of an open file, which is at its start again; empty when it can not be read."""
    try:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except OSError:
        return ""
    return digest


def checked_sha256(text: str, name: str) -> str:
    """The sha256 of a lock as the name of a file; raises `IntegrityError` when it is none."""
    digits = text.lower()
    if not digits:
        raise IntegrityError(
            f"the lock has no sha256 of `{name}`, so nothing says which bytes are right",
            hints=(_LOCK,),
        )
    if not _SHA256.fullmatch(digits):
        raise IntegrityError(f"the lock has `{text}` as sha256 of `{name}`", hints=(_LOCK,))
    return digits
