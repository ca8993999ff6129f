"""How much memory a run has taken, as the system says (getrusage(2))."""

import sys


def peak_memory() -> int:
    """The most memory that this process, or one that it ran, has taken so far, in bytes.

    0 where the system does not say.
    """
    if sys.platform == "win32":
        return 0
    import resource

    users = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(each).ru_maxrss for each in users)
    # On macOS in bytes, elsewhere in units of 1024 of them.
    return peak if sys.platform == "darwin" else peak << 10
