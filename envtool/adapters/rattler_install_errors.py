"""What it means that rattler could not install."""

import errno
import os
import re
import shutil

from envtool.adapters.rattler_errors import plain, translated
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.errors import IntegrityError, ToolError

# As Rust ends the text of an error of the system.
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})
_NO_ROOM = 1 << 15
# An archive that is another one, or none at all.
_DAMAGED = re.compile(r"hash mismatch|checksum|invalid zip|zstd|bzip2|corrupt", re.IGNORECASE)


def unwritten(error: BaseException, folders: tuple[str, ...]) -> OSError | None:
    """The error of the system, with the one of `folders` that could not be written to."""
    text = _texts(error)
    found = _OS_ERROR.search(text)
    # rattler cleans up, and not each error of it has a path: the disk with less room was full.
    room = {each: shutil.disk_usage(each).free for each in folders}
    fullest = min(folders, key=room.__getitem__)
    if found is not None and int(found[1]) in _WRITING:
        is_full = int(found[1]) in {errno.ENOSPC, errno.EDQUOT}
        named = (each for each in folders[1:] if each in text)
        return _error(int(found[1]), fullest if is_full else next(named, folders[0]))
    # What was cut short by a full disk rattler then can not read.
    return _error(errno.ENOSPC, fullest) if room[fullest] < _NO_ROOM else None


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def _texts(error: BaseException | None) -> str:
    return "" if error is None else f"{error} {_texts(error.__cause__)}"


def explained(error: BaseException, channels: tuple[ResolvedChannel, ...]) -> Exception:
    """What to raise instead of what rattler raised, which names URLs."""
    text = plain(str(error))
    if _DAMAGED.search(text):
        return IntegrityError(
            f"a package is not what was locked: {text.splitlines()[0]}",
            hints=("take it from where it is whole, or ask whoever keeps that channel",),
        )
    return translated(error, tuple(each.url for each in channels)) or ToolError(
        f"rattler could not install: {text}", hints=("look at what `--debug` shows",)
    )
