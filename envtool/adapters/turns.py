"""One writer at a time: a lock that dies with its process."""

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from envtool.adapters.disk import create_file
from envtool.adapters.writing import UNCHANGED, writing
from envtool.errors import UsageError

_NAME = "lock"
_IGNORE = ".gitignore"
_EVERYTHING = b"*\n"
_PAUSE = 0.05
_TRIES = 10
# A link or a FIFO of that name may come with a repository.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_HOLDER = re.compile(rb"process [0-9]+(?: on [\w.-]+)?")
_BUSY = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}
# What NFS and Lustre say where they are mounted without locks.
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL}

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # A locked byte can not be read by others, so it is one far behind the text.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class _Held(NamedTuple):
    """An open lock, and whether the file system lets it hold anybody off."""

    descriptor: int
    counts: bool


@contextmanager
def turn(
    folder: str, wait: float, say: Callable[[str], None], *, deep: bool = False
) -> Iterator[bool]:
    """Hold the lock in `folder`, which is envtool's; gives whether its file system has locks.

    `say` is told once when somebody else has it. Raises `UsageError` after `wait` seconds of
    that, `UnreadableError` when nothing can be written there. The folder of envtool is made, with
    those around it when it is `deep`, and taken away when nothing else is in it at the end
    (Windows can not, while it is in use).
    """
    folder = os.path.normpath(folder)
    with writing(folder, UNCHANGED):
        held = _waited(folder, wait, say, deep=deep)
    try:
        with writing(folder, UNCHANGED):
            _settle(folder, held.descriptor)
        yield held.counts
    finally:
        if held.counts and os.name != "nt":
            # While nobody else can come in.
            _clear(folder)
        os.close(held.descriptor)
        _drop(folder)


def _waited(folder: str, wait: float, say: Callable[[str], None], *, deep: bool) -> _Held:
    until, has_said = time.monotonic() + wait, False
    while (held := _taken(folder, deep=deep)) is None:
        holder = _holder(folder)
        if wait and holder and not has_said:
            say(f"Waiting for {holder}, which has `{folder}` in use")
            has_said = True
        if time.monotonic() >= until:
            raise UsageError(
                f"`{folder}` is in use by {holder or 'another envtool'}: waited {wait:.0f} s",
                hints=("type the command again when that is done",),
            )
        time.sleep(_PAUSE)
    return held


def _taken(folder: str, *, deep: bool) -> _Held | None:
    """The lock; None when somebody else has it, or just took its file away."""
    try:
        _make(folder, deep=deep)
    except FileExistsError:
        # One look: whoever takes it away, and whoever makes it again, may come in between two.
        kind = _kind(folder)
        if kind is None:
            return None
        if not stat.S_ISDIR(kind):
            raise
    try:
        descriptor = os.open(_lock_in(folder), _FLAGS, 0o666)
    except OSError as error:
        _drop(folder)
        if isinstance(error, FileNotFoundError):
            return None
        raise
    try:
        _lock(descriptor)
        if _identity(os.fstat(descriptor)) == _identity(os.stat(_lock_in(folder))):
            return _Held(descriptor, counts=True)
    except OSError as error:
        if error.errno in NO_LOCKS:
            return _Held(descriptor, counts=False)
        if error.errno not in _BUSY | {errno.ENOENT}:
            os.close(descriptor)
            raise
    os.close(descriptor)
    return None


def _kind(path: str) -> int | None:
    """The mode of what stands there, or of the link that leads nowhere; None when it is gone."""
    for look in (os.stat, os.lstat):
        with suppress(FileNotFoundError):
            return look(path).st_mode
    return None


def _make(folder: str, *, deep: bool) -> None:
    """Make a folder, and those around it when it is `deep`; raises `OSError`."""
    if deep:
        # Others may take away what is around it meanwhile.
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                return os.makedirs(folder)
    return os.mkdir(folder)


def _lock_in(folder: str) -> str:
    return os.path.join(folder, _NAME)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return (found.st_dev, found.st_ino)


def _holder(folder: str) -> str | None:
    """Who has the lock, in words; None when it is gone."""
    try:
        descriptor = os.open(_lock_in(folder), _FLAGS & ~os.O_CREAT)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        words = file.read(200)
    # Anything may stand in a file that a repository brings.
    return f"another envtool ({words.decode()})" if _HOLDER.fullmatch(words) else "another envtool"


def _settle(folder: str, descriptor: int) -> None:
    """Say who is here, and have git ignore the folder; raises `OSError`."""
    words = os.read(descriptor, 200)
    if not words or _HOLDER.fullmatch(words):
        host = f" on {os.uname().nodename}" if hasattr(os, "uname") else ""
        # Nobody depends on it.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, f"process {os.getpid()}{host}".encode())
    ignored(folder)


def ignored(folder: str) -> None:
    """Have git ignore `folder` of envtool, where nobody said anything else; raises `OSError`."""
    ignore = os.path.join(folder, _IGNORE)
    # Asked first: a file is made for good before it turns out that there is one.
    if not os.path.lexists(ignore):
        with suppress(FileExistsError):
            create_file(ignore, _EVERYTHING)


def _clear(folder: str) -> None:
    """Take away what `_settle` made, if nothing else is there; the lock last."""
    with suppress(OSError):
        names = set(os.listdir(folder))
        if names <= {_NAME, _IGNORE}:
            if _IGNORE in names and _is_ours(os.path.join(folder, _IGNORE)):
                os.unlink(os.path.join(folder, _IGNORE))
            os.unlink(_lock_in(folder))


def unused(folder: str) -> None:
    """Take `folder` of envtool away when it holds no more than what `ignored` made.

    Raises `OSError` when there is more in it.
    """
    ignore = os.path.join(folder, _IGNORE)
    if os.listdir(folder) == [_IGNORE] and _is_ours(ignore):
        os.unlink(ignore)
    os.rmdir(folder)


def _is_ours(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(len(_EVERYTHING) + 1) == _EVERYTHING


def _drop(folder: str) -> None:
    """Take the folder away when it is empty."""
    with suppress(OSError):
        os.rmdir(folder)
