"""Holds what is in the cache against the hashes that are known of it; changes nothing."""

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from envtool.adapters.archive_sources import digest
from envtool.adapters.cache_packages import Note, lists, notes
from envtool.adapters.cache_walk import Listing, status
from envtool.adapters.caches import INFO
from envtool.domain.caching import CacheChecked, CacheDamage, CacheItem, CacheKind
from envtool.ports_installing import Progress

_DIGITS = 64
# Of a hash in the name of byte-code.
_HALF = 32
_OTHER = "not what it was"
_MISSING = "missing"


class _Found(NamedTuple):
    """What came of one item; `known`: whether there was a hash to hold it against."""

    item: CacheItem
    known: bool = True
    files: tuple[str, ...] = ()
    shared: bool = False
    hashed: int = 0
    size: int = 0
    error: str = ""


def checked(items: Iterable[CacheItem], root: str, progress: Progress) -> CacheChecked:
    """Hold `items` of the cache at `root` against their hashes, every file.

    What somebody takes away or puts there meanwhile is not judged.
    """
    wanted = [each for each in items if each.kind is not CacheKind.LEFTOVERS]
    vouching = notes(root)
    found: list[_Found] = []
    with ThreadPoolExecutor() as pool:
        runs = pool.map(lambda each: _settled(each, vouching), wanted)
        for number, one in enumerate(runs, 1):
            progress("hash", number, len(wanted))
            found += [one] if one is not None else []
    return CacheChecked(
        whole=tuple(each.item for each in found if each.known and not (each.files or each.error)),
        damaged=tuple(
            CacheDamage(each.item, each.files, each.shared) for each in found if each.files
        ),
        unknown=tuple(each.item for each in found if not each.known),
        files=sum(each.hashed for each in found),
        size=sum(each.size for each in found),
        unread=tuple(f"`{each.item.name}`: {each.error}" for each in found if each.error),
    )


def _settled(item: CacheItem, vouching: Sequence[Note]) -> _Found | None:
    """What came of an item; None when it is another one meanwhile."""
    before = _stamp(item.path)
    try:
        found = _checked(item, vouching)
    except FileNotFoundError:
        found = _Found(item, error="changed meanwhile")
    except OSError as error:
        found = _Found(item, error=error.strerror or str(error))
    return found if before is not None and before == _stamp(item.path) else None


def _stamp(path: str) -> tuple[int, int] | None:
    found = status(path)
    return (found.st_ino, found.st_dev) if found else None


def _checked(item: CacheItem, vouching: Sequence[Note]) -> _Found:
    """Raises `OSError`."""
    if item.kind is CacheKind.PACKAGES:
        return _package(item, vouching)
    name = os.path.basename(item.path)
    if item.kind in {CacheKind.ARCHIVES, CacheKind.WHEELS}:
        return _file(item, name[:_DIGITS])
    if item.kind is CacheKind.BYTE_CODE and len(name) > _DIGITS:
        return _file(item, name[-_HALF:])
    if item.kind is CacheKind.ADVISORIES and item.parts:
        return _file(item, _noted(item.parts[0]))
    return _Found(item, known=False)


def _file(item: CacheItem, wanted: str) -> _Found:
    """A file whose hash starts with `wanted`, or is not known when that is empty."""
    if not wanted:
        return _Found(item, known=False)
    found = digest(item.path)
    files = () if found.startswith(wanted) else (_OTHER,)
    return _Found(item, files=files, shared=item.in_use, hashed=1, size=os.lstat(item.path).st_size)


def _noted(path: str) -> str:
    """The sha256 that a note on a file of advisories has; empty when it has none."""
    from envtool.adapters.fetching import Tag

    try:
        with open(path, "rb") as file:
            return Tag.read(json.load(file)["tag"]).sha256
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _package(item: CacheItem, vouching: Sequence[Note]) -> _Found:
    """An extracted package: its lists against what was noted of them, its files against those."""
    found = lists(item.path)
    if not any(each.vouches(found) for each in vouching):
        if not any(each.package == item.name for each in vouching):
            return _Found(item, known=False)
        return _Found(item, files=(f"{INFO[0]} or {INFO[1]}: {_OTHER}",))
    try:
        entries = _entries(item.path)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _Found(item, files=(f"{INFO[0]}: no list of files",))
    walk = Listing(item.path)
    there = {walk.name(path): known for path, known in walk.all(item.path)}
    wrong: list[str] = []
    hashed = size = 0
    shared = False
    for path, why, known in _held(item.path, entries, there):
        hashed += known is not None
        size += known.st_size if known else 0
        if why:
            wrong.append(f"{path}: {why}")
            shared |= bool(known and known.st_nlink > 1)
    return _Found(item, files=tuple(wrong), shared=shared, hashed=hashed, size=size)


def _held(
    folder: str, entries: Mapping[str, str | None], there: Mapping[str, os.stat_result]
) -> Iterator[tuple[str, str, os.stat_result | None]]:
    """Each file of a package, what is wrong with it, and its status when it was hashed."""
    for path, wanted in entries.items():
        found = there.get(path)
        if found is None:
            yield path, _MISSING, None
        elif wanted is None:
            yield path, "" if stat.S_ISLNK(found.st_mode) else _OTHER, None
        elif not stat.S_ISREG(found.st_mode):
            yield path, _OTHER, None
        else:
            own = os.path.join(folder, *path.split("/"))
            yield path, "" if digest(own) == wanted else _OTHER, found


def _entries(folder: str) -> Mapping[str, str | None]:
    """The sha256 of each file that a package lists; None for links, which need none."""
    with open(os.path.join(folder, *INFO[0].split("/")), encoding="utf-8") as file:
        listed: Any = json.load(file)
    found: dict[str, str | None] = {}
    for each in listed["paths"]:
        if each.get("path_type") == "softlink":
            found[str(each["_path"])] = None
        elif each.get("sha256"):
            found[str(each["_path"])] = str(each["sha256"])
    return found
