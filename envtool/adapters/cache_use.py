"""Several runs use one cache of packages; what one left there that was killed goes with the next.

rattler extracts into a hidden folder beside the package, and nothing tells whose that is. So each
who uses the cache holds a lock that many may hold and that dies with its process; who gets it for
himself alone knows that what is hidden is nobody's. Without such locks nothing is taken away.

Who takes away what nobody uses has it for himself alone, too, and may take the lock away at last:
so the file that was locked has to be the one that is there.
"""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from envtool.adapters.writing import ANOTHER_CACHE, UNCHANGED, writing
from envtool.errors import UsageError

LOCK = "in-use.lock"
_PAUSE = 0.05
# How often somebody may take the lock away while it is opened.
_TRIES = 100
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_HOLDER = re.compile(r"process ([0-9]+) on ([\w.-]*)")


@contextmanager
def using(folder: str) -> Iterator[None]:
    """Use the cache in `folder`, made if need be: what is made in it meanwhile stays."""
    descriptor = None
    with suppress(OSError):
        descriptor = _entered(folder)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _entered(folder: str) -> int:
    """The lock that many may have; raises `OSError`."""
    for _ in range(_TRIES):
        os.makedirs(folder, exist_ok=True)
        with suppress(FileNotFoundError):
            descriptor = os.open(os.path.join(folder, LOCK), _FLAGS, 0o666)
            try:
                _enter(folder, descriptor)
                if _is_there(folder, descriptor):
                    _sign(descriptor)
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
    raise FileNotFoundError(folder)


@contextmanager
def holding(folder: str, *, alone: bool, wait: float, say: Callable[[str], None]) -> Iterator[bool]:
    """Have nobody take away what is in the cache in `folder`; `alone`: and nobody else use it.

    Gives whether there are locks that see to it, or nothing to be locked. `say` is told once on
    whom it waits. Raises `UsageError` after `wait` seconds of that, and `UnreadableError` when it
    is to be had alone, and can not be written to.
    """
    if os.path.islink(folder) or not os.path.isdir(folder):
        yield True
        return
    descriptor, counts = _held(folder, alone=alone, wait=wait, say=say)
    try:
        yield counts
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _held(
    folder: str, *, alone: bool, wait: float, say: Callable[[str], None]
) -> tuple[int | None, bool]:
    until, has_said = time.monotonic() + wait, False
    while True:
        descriptor = _opened(folder, alone=alone)
        if descriptor is None:
            return None, False
        try:
            taken = _take(descriptor, alone=alone)
            if taken is False or (taken and _is_there(folder, descriptor)):
                if alone and taken:
                    os.ftruncate(descriptor, 0)
                    _sign(descriptor)
                return descriptor, taken
            holders = _holders(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= until:
            raise UsageError(
                f"the cache `{os.path.dirname(folder)}` is in use by {holders}:"
                f" waited {wait:.0f} s",
                hints=("type the command again when that is done",),
            )
        if not has_said:
            say(f"Waiting for {holders}, which has the cache in use")
            has_said = True
        time.sleep(_PAUSE)


def _opened(folder: str, *, alone: bool) -> int | None:
    """The file of the lock; None where there is none, and none is needed."""
    path = os.path.join(folder, LOCK)
    if alone:
        with writing(folder, UNCHANGED, ANOTHER_CACHE):
            return os.open(path, _FLAGS | _NO_LINK, 0o666)
    try:
        return os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError:
        # Nobody has used it with a lock, or it is on a disk that only reads.
        return None


def _is_there(folder: str, descriptor: int) -> bool:
    """Whether an open lock is still the one that others find."""
    try:
        found = os.stat(os.path.join(folder, LOCK))
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


def _sign(descriptor: int) -> None:
    """Say who is here; nobody depends on it."""
    with suppress(OSError):
        os.write(descriptor, f"process {os.getpid()} on {_host()}\n".encode())


def _holders(descriptor: int) -> str:
    """Who has the lock, in words: of those who said so the ones that still run."""
    from envtool.adapters.process_stamps import stamp

    os.lseek(descriptor, 0, os.SEEK_SET)
    words = os.read(descriptor, 1 << 16).decode("ascii", "replace").splitlines()
    said = dict.fromkeys(found for each in words if (found := _HOLDER.fullmatch(each)))
    named = {found[0]: None for found in said if found[2] != _host() or stamp(int(found[1]))}
    return f"another envtool ({', '.join(named)})" if named else "another envtool"


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else ""


if sys.platform == "win32":

    def _enter(folder: str, descriptor: int) -> None:
        """Windows has no lock for several."""

    def _take(descriptor: int, *, alone: bool) -> bool | None:
        """Whether the lock was got: False where there are none, None when others have it."""
        del descriptor, alone
        return False
else:
    import fcntl

    from envtool.adapters.turns import NO_LOCKS

    def _enter(folder: str, descriptor: int) -> None:
        """Get the lock, and clean up when nobody else has it; raises `OSError`."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            os.ftruncate(descriptor, 0)
            _sweep(folder)
        fcntl.flock(descriptor, fcntl.LOCK_SH)

    def _take(descriptor: int, *, alone: bool) -> bool | None:
        """Whether the lock was got: False where there are none, None when others have it."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno in NO_LOCKS:
                return False
            raise
        return True


def _sweep(folder: str) -> None:
    """Take away what was not extracted to its end."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith(".") and os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
