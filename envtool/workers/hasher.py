"""Hashes files. Told of some, each with the SHA-256 that it should have, says which have it."""

from __future__ import annotations

import os
import stat

from envtool.workers.frames import tell, told
from envtool.workers.opening import OPEN_FLAGS, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nothing comes anymore."""
    try:
        while True:
            tell(answers, [is_as_expected(*each) for each in told(requests)])
    except EOFError:
        return


def is_as_expected(path: str, expected: str) -> bool:
    """Whether there is a regular file with this SHA-256, or any one where none is expected."""
    try:
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            found = os.fstat(descriptor)
            is_file = stat.S_ISREG(found.st_mode)
            return is_file and (not expected or digest(descriptor, found.st_size) == expected)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return False
