"""Where envtool keeps what may be deleted at any time."""

import os

from envtool.adapters.user import User


def cache_folder(user: User) -> str:
    """The folder of the cache, as the system has it; `ENVTOOL_CACHE_DIR` goes before."""
    if own := user.variables.get("ENVTOOL_CACHE_DIR"):
        return os.path.abspath(own)
    if user.is_windows:
        base = user.variables.get("LOCALAPPDATA") or os.path.join(user.home, "AppData", "Local")
        return os.path.join(base, "envtool", "cache")
    if user.system == "darwin":
        return os.path.join(user.home, "Library", "Caches", "envtool")
    base = user.variables.get("XDG_CACHE_HOME") or os.path.join(user.home, ".cache")
    return os.path.join(base, "envtool")
