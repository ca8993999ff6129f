"""The door to envtool's own cache: what is in it, whether that is right, and how it goes."""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress

from envtool.adapters.cache_hashes import checked
from envtool.adapters.cache_listing import AREAS, listed
from envtool.adapters.cache_packages import LOCKS
from envtool.adapters.cache_use import holding
from envtool.adapters.cache_walk import is_folder
from envtool.adapters.caches import KNOWN, packages_folder
from envtool.adapters.disk import token
from envtool.adapters.prefix_places import delete
from envtool.domain.caching import CacheChecked, CacheFound, CacheItem, CacheRemoved
from envtool.ports_installing import Progress


class FolderCache:
    """The port `Cache` on the folder `root`; the archives are in `store`, elsewhere or not."""

    def __init__(self, root: str, store: str) -> None:
        self._root = root
        self._store = store

    @property
    def _real(self) -> str:
        return os.path.realpath(self._root)

    def look(self) -> CacheFound:
        """See `ports_caching.Cache.look`."""
        return listed(self._root, self._store)

    def check(self, items: Iterable[CacheItem], progress: Progress) -> CacheChecked:
        """See `ports_caching.Cache.check`."""
        return checked(items, self._real, progress)

    def hold(
        self, *, alone: bool, wait: float, say: Callable[[str], None]
    ) -> AbstractContextManager[bool]:
        """See `ports_caching.Cache.hold`."""
        return holding(packages_folder(self._real), alone=alone, wait=wait, say=say)

    def remove(self, items: Iterable[CacheItem]) -> CacheRemoved:
        """See `ports_caching.Cache.remove`."""
        gone, failed = [], []
        for each in items:
            try:
                _remove(each)
            except OSError as error:
                failed.append(f"`{each.name}`: {error.strerror}")
            except RecursionError:
                failed.append(f"`{each.name}`: its folders are too deep")
            else:
                gone.append(each)
        return CacheRemoved(tuple(gone), tuple(failed))

    def dissolve(self) -> None:
        """See `ports_caching.Cache.dissolve`."""
        packages = packages_folder(self._real)
        if is_folder(packages):
            for name in LOCKS:
                with suppress(OSError):
                    os.unlink(os.path.join(packages, name))
        store = self._real if self._store == self._root else self._store
        folders = [packages, os.path.join(self._real, KNOWN), os.path.join(store, "archives")]
        folders += [os.path.join(self._real, each.value) for each in AREAS]
        for folder in folders:
            if is_folder(folder):
                _dissolve(folder, deep=folder != packages)
        # One that is linked to is there for a reason.
        if not os.path.islink(self._root):
            with suppress(OSError):
                os.rmdir(self._root)


def _remove(item: CacheItem) -> None:
    """Take an item away; what vouches for it goes first. Raises `OSError`."""
    for path in item.parts:
        with suppress(FileNotFoundError):
            os.unlink(path)
    if not is_folder(item.path):
        with suppress(FileNotFoundError):
            os.unlink(item.path)
        return
    # Hidden, so that the next who uses the cache goes on with what is cut off here.
    trash = os.path.join(os.path.dirname(item.path), f".gone-{token()}")
    with suppress(FileNotFoundError):
        os.rename(item.path, trash)
        delete(trash)


def _dissolve(folder: str, *, deep: bool) -> None:
    """Take away a folder that is empty, and `deep` those below it."""
    for path, *_ in os.walk(folder, topdown=False) if deep else ((folder,),):
        with suppress(OSError):
            os.rmdir(path)
