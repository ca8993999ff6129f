"""Which files of a tree are the very files of another one: hard links, not copies."""

import os
from collections.abc import Mapping
from typing import NamedTuple

# Where Python has its modules; a package that is for every Python does not say of which.
_MODULES = "site-packages"


class Links:
    """The files of the tree at `root` that the folder of a package in a cache shares with it."""

    def __init__(self, root: str, package: str) -> None:
        self._root = root
        self._package = package

    def names(self, folder: str) -> frozenset[str]:
        """Their names in `folder`, which is relative to both, with slashes.

        Regular files only: a link to a link leads anywhere.
        """
        here = _files(f"{self._root}/{folder}")
        for each in (folder, _anywhere(folder)):
            there = _files(f"{self._package}/{each}")
            if there.inodes:
                is_one = here.device == there.device
                shared = here.inodes.items() & there.inodes.items() if is_one else ()
                return frozenset(name for name, _ in shared)
        return frozenset()


class _Files(NamedTuple):
    """The regular files in a folder: their device, and the inode of each by name."""

    device: int
    inodes: Mapping[str, int]


def _anywhere(folder: str) -> str:
    """Where a package for every Python has what comes into `folder`."""
    _, mark, rest = f"/{folder}/".partition(f"/{_MODULES}/")
    return f"{_MODULES}/{rest}" if mark else folder


def _files(folder: str) -> _Files:
    try:
        device = os.stat(folder).st_dev
        with os.scandir(folder) as entries:
            found = {
                each.name: each.inode() for each in entries if each.is_file(follow_symlinks=False)
            }
    except (OSError, ValueError):
        return _Files(0, {})
    return _Files(device, found)
