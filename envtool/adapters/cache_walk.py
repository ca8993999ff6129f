"""A walk through the cache that follows no link, and what it finds there."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from envtool.domain.caching import CacheItem, CacheKind

# What is written to and gets its name when it is whole, by its path below some folder.
DRAFT = re.compile(r"(?:.*/)?(?:[^/]+\.[0-9a-f]{16}\.tmp(?:-journal)?|\.[0-9]+|\.new-\w+)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found so far, in the folder `root`."""

    root: str
    items: list[CacheItem] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def entries(self, folder: str) -> list[str]:
        """The names in a real folder; none when there is no such folder."""
        if not is_folder(folder):
            return []
        try:
            return sorted(os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.unread.append(f"`{self.name(folder)}`: {error.strerror}")
            return []

    def name(self, path: str) -> str:
        """A path for people: below the cache, with slashes."""
        is_below = path.startswith(self.root + os.sep)
        return (os.path.relpath(path, self.root) if is_below else path).replace(os.sep, "/")

    def stray(self, path: str) -> None:
        """Note what is not envtool's."""
        self.foreign.append(self.name(path))

    def all(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        """All below a folder that is none; links are not followed."""
        # No recursion: a package may bring folders in folders as deep as it likes.
        waiting = [folder]
        while waiting:
            where = waiting.pop()
            for entry in self.entries(where):
                path = os.path.join(where, entry)
                found = status(path)
                if found is not None and _is_folder(found):
                    waiting.append(path)
                elif found is not None:
                    yield path, found

    def files(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        """The regular files below a folder; what is none, and no folder, is foreign."""
        for path, found in self.all(folder):
            if stat.S_ISREG(found.st_mode):
                yield path, found
            else:
                self.stray(path)


def status(path: str) -> os.stat_result | None:
    """Of a file itself, no link followed; None when it is gone, or nobody may know."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def is_folder(path: str) -> bool:
    """Whether it is one, and no link to one."""
    found = status(path)
    return found is not None and _is_folder(found)


def _is_folder(found: os.stat_result) -> bool:
    # Windows has links to folders that are folders as well.
    marks = getattr(found, "st_file_attributes", 0)
    return stat.S_ISDIR(found.st_mode) and not marks & stat.FILE_ATTRIBUTE_REPARSE_POINT


def is_file(path: str) -> bool:
    """Whether it is a regular one, and no link to one."""
    found = status(path)
    return found is not None and stat.S_ISREG(found.st_mode)


def tree_of(listing: Listing, path: str, parts: tuple[str, ...] = ()) -> CacheItem:
    """A folder, or a file, and what belongs to it."""
    within = Listing(path)
    found = list(within.files(path)) if is_folder(path) else []
    listing.unread.extend(f"`{listing.name(path)}`: {each}" for each in within.unread)
    shared = any(each.st_nlink > 1 for _, each in found)
    own = path if not found and not is_folder(path) else ""
    found += [(each, known) for each in (own, *parts) if each and (known := status(each))]
    top = status(path)
    return CacheItem(
        kind=CacheKind.LEFTOVERS,
        name=listing.name(path),
        path=path,
        files=len(found),
        size=sum(each.st_size for _, each in found),
        own=sum(each.st_size for _, each in found if each.st_nlink <= 1),
        in_use=shared,
        changed=top.st_mtime if top else 0.0,
        parts=parts,
    )


def file_of(listing: Listing, kind: CacheKind, path: str, found: os.stat_result) -> CacheItem:
    """A file that is kept by itself."""
    own = found.st_size if found.st_nlink <= 1 else 0
    return CacheItem(
        kind,
        listing.name(path),
        path,
        files=1,
        size=found.st_size,
        own=own,
        in_use=found.st_nlink > 1,
        changed=found.st_mtime,
    )
