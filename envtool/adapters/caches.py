"""Where envtool keeps what can be fetched or made again."""

import hashlib
import os
import shutil
from contextlib import suppress
from io import BytesIO
from typing import IO

from envtool.adapters.disk import token
from envtool.adapters.user import User
from envtool.domain.auditing.sources import Sources

# Folders below the cache: extracted packages, and what was noted of each.
PACKAGES, KNOWN = "packages", "known"
# What in a package says which files it has, and what it is.
INFO = ("info/paths.json", "info/index.json")


def cache_root(user: User) -> str:
    """The absolute folder of envtool's cache, there or not.

    `ENVTOOL_CACHE_DIR`, else a folder of its own where the platform has such things.
    """
    if named := user.variables.get("ENVTOOL_CACHE_DIR"):
        return os.path.abspath(named)
    return os.path.join(_platform_folder(user), "envtool")


def packages_folder(root: str) -> str:
    """The folder below the cache at `root` that packages are extracted in."""
    return os.path.join(root, PACKAGES)


def advisories_folder(root: str) -> str:
    """The folder below the cache at `root` that advisories are kept in."""
    return os.path.join(root, "advisories")


def advisories_path(root: str, sources: Sources) -> str:
    """The file of the database of advisories that `sources` give.

    A project that reads elsewhere has one of its own: what its servers say is no answer to the
    questions of other projects.
    """
    digest = hashlib.sha256(repr(sources.urls).encode()).hexdigest()[:16]
    return os.path.join(
        advisories_folder(root), f"database-{digest}.sqlite" if sources.urls else "database.sqlite"
    )


def keep(path: str, data: bytes) -> None:
    """Put `data` in place of the file at `path`, as `keep_copy`."""
    keep_copy(path, BytesIO(data))


def keep_copy(path: str, source: IO[bytes]) -> None:
    """Put what `source` has in place of the file at `path`, if it can be written at all.

    Not for good: what a crash leaves of it must be told from a whole one by what it is.
    """
    draft = f"{path}.{token()}.tmp"
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(draft, "xb") as file:
                shutil.copyfileobj(source, file)
            os.replace(draft, path)
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(draft)
            raise


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
