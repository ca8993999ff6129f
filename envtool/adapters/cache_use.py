"""Several runs use one cache of packages; what one left there that was killed goes with the next.

rattler extracts into a hidden folder beside the package, and nothing tells whose that is. So each
who uses the cache holds a lock that many may hold and that dies with its process; who gets it for
himself alone knows that what is hidden is nobody's. Without such locks nothing is taken away.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_NAME = "in-use.lock"


@contextmanager
def using(folder: str) -> Iterator[None]:
    """Use the cache in `folder`, made if need be: what is made in it meanwhile stays."""
    descriptor = None
    with suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(os.path.join(folder, _NAME), os.O_RDWR | os.O_CREAT, 0o666)
        _enter(folder, descriptor)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


if sys.platform == "win32":

    def _enter(folder: str, descriptor: int) -> None:
        """Windows has no lock for several."""
else:
    import fcntl

    def _enter(folder: str, descriptor: int) -> None:
        """Get the lock, and clean up when nobody else has it; raises `OSError`."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            _sweep(folder)
        fcntl.flock(descriptor, fcntl.LOCK_SH)


def _sweep(folder: str) -> None:
    """Take away what was not extracted to its end."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith(".") and os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
