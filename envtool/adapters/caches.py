"""Where envtool keeps what can be fetched or made again."""

import os

from envtool.adapters.user import User


def cache_root(user: User) -> str:
    """The absolute folder of envtool's cache, there or not.

    `ENVTOOL_CACHE_DIR`, else a folder of its own where the platform has such things.
    """
    if named := user.variables.get("ENVTOOL_CACHE_DIR"):
        return os.path.abspath(named)
    return os.path.join(_platform_folder(user), "envtool")


def _platform_folder(user: User) -> str:
    if user.is_windows:
        return user.variables.get("LOCALAPPDATA") or os.path.join(user.home, "AppData", "Local")
    if user.system == "darwin":
        return os.path.join(user.home, "Library", "Caches")
    named = user.variables.get("XDG_CACHE_HOME", "")
    # A relative one is to be ignored, says the XDG Base Directory Specification.
    return named if os.path.isabs(named) else os.path.join(user.home, ".cache")


def archives_root(user: User) -> str:
    """The absolute folder of the store of archives: `ENVTOOL_ARCHIVES_DIR`, else in the cache."""
    named = user.variables.get("ENVTOOL_ARCHIVES_DIR")
    return os.path.abspath(named) if named else cache_root(user)
