"""Opens files of a prefix that nobody vouches for."""

import os
import stat

from envtool.errors import UnreadableError
from envtool.workers.opening import OPEN_FLAGS


def read_below(root: str, path: str, limit: int) -> bytes:
    """The bytes of a file below `root`; a link is not followed.

    Raises `UnreadableError`, its message without the path: `is larger than 64 MiB`.
    """
    try:
        descriptor = os.open(f"{root}/{path}", OPEN_FLAGS)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise UnreadableError("is no regular file")
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(min(found.st_size, limit) + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise UnreadableError(f"can not be read: {why or error}".lower()) from error
    if len(data) > limit:
        raise UnreadableError(f"is larger than {limit >> 20} MiB")
    return data
