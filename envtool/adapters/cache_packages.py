"""The extracted packages in the cache, with the notes that vouch for them."""

import json
import os
import re

from envtool.adapters.archive_sources import digest
from envtool.adapters.cache_use import LOCK
from envtool.adapters.cache_walk import DRAFT, Listing, is_file, is_folder, tree_of
from envtool.adapters.caches import INFO, KNOWN, PACKAGES
from envtool.domain.caching import CacheItem, CacheKind

# That of rattler guards its notes on all packages.
LOCKS = frozenset({LOCK, ".cache.lock"})
_NOTE = re.compile(r"[0-9a-f]{32,64}\.json")


def lists(folder: str) -> dict[str, str] | None:
    """The hashes of what says which files a package has; None when one is missing."""
    try:
        return {name: digest(os.path.join(folder, *name.split("/"))) for name in INFO}
    except OSError:
        return None


class Note:
    """What was noted of a package when it was extracted, in the file at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.package = ""
        self.lists: dict[str, str] = {}
        try:
            with open(path, "rb") as file:
                said = json.load(file)
            self.package = str(said.get("package", ""))
            self.lists = {name: str(said[name]) for name in INFO}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # It vouches for nothing then.
            self.lists = {}

    def is_of(self, name: str, found: dict[str, str] | None) -> bool:
        """Whether it is about the package of that name, with those lists."""
        return self.package == name or self.vouches(found)

    def vouches(self, found: dict[str, str] | None) -> bool:
        """Whether these are the lists that a package came with."""
        return bool(self.lists) and self.lists == found


def notes(root: str) -> list[Note]:
    """All notes on packages in the cache at `root`."""
    folder = os.path.join(root, KNOWN)
    try:
        names = sorted(os.listdir(folder)) if is_folder(folder) else []
    except OSError:
        # Nothing vouches for a package then.
        names = []
    paths = (os.path.join(folder, each) for each in names if _NOTE.fullmatch(each))
    return [Note(each) for each in paths if not os.path.islink(each)]


def packages(listing: Listing) -> None:
    """Find the packages, each with its notes and its lock, and what is left over of others."""
    folder = os.path.join(listing.root, PACKAGES)
    left = {each.path: each for each in notes(listing.root)}
    names = listing.entries(folder)
    packages = {each for each in names if _is_package(os.path.join(folder, each))}
    for name in names:
        path = os.path.join(folder, name)
        if name in packages:
            found = lists(path)
            own = [each.path for each in left.values() if each.is_of(name, found)]
            for each in own:
                del left[each]
            lock = f"{name}.lock"
            parts = (*own, os.path.join(folder, lock)) if lock in names else tuple(own)
            listing.items.append(_package(listing, path, parts))
        elif name.startswith(".") and is_folder(path):
            listing.items.append(_leftover(listing, path))
        elif name in LOCKS or name.removesuffix(".lock") in packages:
            continue
        elif name.endswith(".lock") and is_file(path):
            listing.items.append(_leftover(listing, path))
        else:
            listing.stray(path)
    for path, _ in listing.files(os.path.join(listing.root, KNOWN)):
        is_note = _NOTE.fullmatch(os.path.basename(path))
        if path in left or DRAFT.fullmatch(listing.name(path)):
            listing.items.append(_leftover(listing, path))
        elif not is_note:
            listing.stray(path)


def _is_package(path: str) -> bool:
    name = os.path.basename(path)
    return name[:1] != "." and is_folder(path) and is_folder(os.path.join(path, "info"))


def _leftover(listing: Listing, path: str) -> CacheItem:
    """What only somebody who uses the cache can be at work on."""
    return tree_of(listing, path)._replace(locked=True)


def _package(listing: Listing, path: str, parts: tuple[str, ...]) -> CacheItem:
    item = tree_of(listing, path, parts)
    return item._replace(
        kind=CacheKind.PACKAGES,
        name=os.path.basename(path),
        in_use=item.in_use or not _can_be_shared(path),
    )


def _can_be_shared(folder: str) -> bool:
    """Whether a package has a file that comes into environments as it is."""
    try:
        with open(os.path.join(folder, *INFO[0].split("/")), "rb") as file:
            entries = json.load(file)["paths"]
        return any(
            each.get("path_type", "hardlink") == "hardlink"
            and not (each.get("prefix_placeholder") or each.get("no_link"))
            for each in entries
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # It is not used as it is.
        return True
