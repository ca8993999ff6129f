"""What a person is told when a file can not be written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from envtool.errors import UnreadableError

UNCHANGED = "nothing was changed"
ANOTHER_CACHE = "name another folder for the cache in `ENVTOOL_CACHE_DIR`"
_ROOM = "make room on that disk, then type the command again"
_HINTS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EROFS: "use a copy that can be written to; what only reads works here: `envtool verify`",
    errno.EACCES: "make it and its folder writable, and close the programs that have it open",
    errno.EPERM: "take the protection from it, see `lsattr`",
    errno.EBUSY: "it is mounted by itself, as containers do: mount its folder instead",
    errno.ENOENT: "name a folder that is there",
}


def disk_hint(error: OSError) -> str | None:
    """What to do about the disk itself; None when nothing is the matter with that."""
    of_disk = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EPERM)
    return _HINTS[error.errno] if error.errno in of_disk else None


@contextmanager
def writing(path: str, state: str = "", hint: str = "") -> Iterator[None]:
    """Turn an `OSError` into an `UnreadableError` about `path`.

    `state` says what is left, and `hint` what to do where the disk is not full.
    """
    try:
        yield
    except OSError as error:
        told = _HINTS.get(error.errno or 0, "look at it with `ls -l`")
        raise UnreadableError(
            f"`{path}` can not be written: {error.strerror}{state and '; ' + state}",
            hints=(told if told == _ROOM else hint or told,),
        ) from error
