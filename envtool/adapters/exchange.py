"""One folder takes the place of another in one step, where the system can do that.

Linux has `renameat2(RENAME_EXCHANGE)` (renameat2(2)), macOS `renamex_np(RENAME_SWAP)`
(rename(2)). Windows has neither.
"""

import ctypes
import errno
import os
import sys
from contextlib import suppress

from envtool.adapters.disk import token

# Two folders that are only there to be swapped; a run that is killed leaves them.
PROBE = "probe-"
_HERE = -100
_EXCHANGE = 2
_SWAP = 2
# What says that a step does not exist here, and not that it failed.
MISSING = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV})


def exchange(one: str, other: str) -> None:
    """Swap two folders, so that there is no instant without either; raises `OSError`."""
    sys.audit("envtool.exchange", one, other)
    if sys.platform == "linux":
        _call("renameat2", _HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)
    elif sys.platform == "darwin":
        _call("renamex_np", os.fsencode(one), os.fsencode(other), _SWAP)
    else:
        raise OSError(errno.ENOSYS, "this system swaps no folders")


def can_exchange(folder: str) -> bool:
    """Whether two folders in `folder` can be swapped; tried with two that are made for it."""
    names = [os.path.join(folder, f"{PROBE}{token()}") for _ in range(2)]
    try:
        for name in names:
            os.mkdir(name)
        exchange(*names)
    except OSError as error:
        if error.errno in MISSING:
            return False
        raise
    finally:
        for name in names:
            with suppress(OSError):
                os.rmdir(name)
    return True


def flush(folder: str) -> None:
    """Make for good everything that was written to the file system of `folder`."""
    if sys.platform == "linux":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            _call("syncfs", descriptor)
        finally:
            os.close(descriptor)
    elif hasattr(os, "sync"):
        os.sync()


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    try:
        function = getattr(library, name)
    except AttributeError:
        raise OSError(errno.ENOSYS, f"no {name} here") from None
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
