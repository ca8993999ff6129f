"""Which files of a tree are the very files of another one: hard links, not copies."""

import os
from functools import cache

# Where Python has its modules; a package that is for every Python does not say of which.
_MODULES = "site-packages"


class Links:
    """The files of the tree at `root` that the folder of a package in a cache shares with it."""

    def __init__(self, root: str, package: str) -> None:
        self._root = root
        self._package = package
        self.names = cache(self._names)

    def _names(self, folder: str) -> frozenset[str]:
        """Their names in `folder`, which is relative to both, with slashes.

        Regular files only: a link to a link leads anywhere.
        """
        here = _files(f"{self._root}/{folder}")
        for each in (folder, _anywhere(folder)):
            there = _files(f"{self._package}/{each}")
            if there:
                return frozenset(name for name, _ in here & there)
        return frozenset()


def _anywhere(folder: str) -> str:
    """Where a package for every Python has what comes into `folder`."""
    _, mark, rest = f"/{folder}/".partition(f"/{_MODULES}/")
    return f"{_MODULES}/{rest}" if mark else folder


def _files(folder: str) -> set[tuple[str, tuple[int, int]]]:
    """The regular files in a folder, each with its device and its inode."""
    try:
        device = os.stat(folder).st_dev
        with os.scandir(folder) as entries:
            return {
                (each.name, (device, each.inode()))
                for each in entries
                if each.is_file(follow_symlinks=False)
            }
    except (OSError, ValueError):
        return set()
