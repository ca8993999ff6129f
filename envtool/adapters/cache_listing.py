"""What is in the cache of envtool, told from what is not envtool's.

Only what has a name that envtool gives, and stands where it puts that, is its own. No link is
followed: what is behind one is somebody else's.
"""

import os
import re
from collections import defaultdict

from envtool.adapters.cache_packages import packages
from envtool.adapters.cache_walk import DRAFT, Listing, file_of, is_folder
from envtool.adapters.caches import KNOWN, PACKAGES
from envtool.adapters.writing import ANOTHER_CACHE
from envtool.domain.caching import CacheFound, CacheItem, CacheKind
from envtool.errors import UnreadableError

_ARCHIVES = "archives"
_NOTE = re.compile(r"[0-9a-f]{32,64}\.json")
_DRAFT = re.compile(r"(?:.*/)?(?:[^/]+\.[0-9a-f]{16}\.tmp(?:-journal)?|\.[0-9]+|\.new-\w+)")
_ARCHIVE = re.compile(r"sha256/([0-9a-f]{2})/\1[0-9a-f]{62}(?P<ending>\.conda|\.tar\.bz2)?")
_INTERPRETERS = "interpreters"
# Where files of a kind are, and which are it.
AREAS = {
    CacheKind.BYTE_CODE: re.compile(
        rf"{_INTERPRETERS}/[0-9a-f]{{64}}"
        r"|[\w.+-]+/([0-9a-f]{2})/\1[0-9a-f]{62}-[0-9a-f]{8}-[0-9a-f]{32}"
    ),
    CacheKind.ADVISORIES: re.compile(
        r"database(?:-[0-9a-f]{16})?\.sqlite|osv/[0-9a-f]{32}/[^/]+\.json"
        r"|files/[0-9a-f]{32,64}(?:\.json)?"
    ),
    CacheKind.SIGNATURES: re.compile(r"[0-9a-f]{64}\.json"),
}
_TOP = frozenset({PACKAGES, KNOWN, _ARCHIVES, *(each.value for each in AREAS)})


def listed(folder: str, store: str) -> CacheFound:
    """What is in the cache at `folder`, and in the store of archives, which is in `store`.

    Raises `UnreadableError`.
    """
    archives = os.path.join(store, _ARCHIVES)
    real = _real(folder)
    listing = Listing(real or folder)
    for name in _names(real, folder) if real else ():
        path = os.path.join(real, name)
        if name not in _TOP or not is_folder(path):
            listing.stray(path)
    if real:
        packages(listing)
        for kind in AREAS:
            _area(listing, kind)
    if store == folder:
        archives = os.path.join(real or folder, _ARCHIVES)
    _archives(listing, archives)
    order = list(CacheKind)
    items = sorted(listing.items, key=lambda each: (order.index(each.kind), each.name))
    return CacheFound(
        folder, real, archives, tuple(items), tuple(listing.foreign), tuple(listing.unread)
    )


def _real(folder: str) -> str:
    """Where the cache is; empty when there is none. Raises `UnreadableError`."""
    if os.path.isdir(folder):
        return os.path.realpath(folder)
    if os.path.lexists(folder):
        raise UnreadableError(
            f"`{folder}` is no folder, so no cache can be there",
            hints=(ANOTHER_CACHE,),
        )
    return ""


def _names(real: str, folder: str) -> list[str]:
    try:
        return sorted(os.listdir(real))
    except OSError as error:
        raise UnreadableError(
            f"`{folder}` can not be read: {error.strerror}",
            hints=("make it readable: `chmod u+rx`",),
        ) from error


def _area(listing: Listing, kind: CacheKind) -> None:
    """The files of a kind that has a folder of its own."""
    folder = os.path.join(listing.root, kind.value)
    there: dict[str, CacheItem] = {}
    for path, found in listing.files(folder):
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        if AREAS[kind].fullmatch(name):
            there[name] = file_of(listing, kind, path, found)
        elif DRAFT.fullmatch(name):
            listing.items.append(file_of(listing, CacheKind.LEFTOVERS, path, found))
        else:
            listing.stray(path)
    listing.items.extend(_with_notes(_with_interpreters(there)).values())


def _with_notes(there: dict[str, CacheItem]) -> dict[str, CacheItem]:
    """Files that have a note on them beside them, as one with that."""
    for name in [each for each in there if f"{each}.json" in there]:
        note = there.pop(f"{name}.json")
        file = there[name]
        there[name] = file._replace(
            files=2, size=file.size + note.size, own=file.own + note.own, parts=(note.path,)
        )
    return there


def _with_interpreters(there: dict[str, CacheItem]) -> dict[str, CacheItem]:
    """What interpreters said of themselves is used as their byte-code is."""
    used: dict[str, bool] = defaultdict(bool)
    for name, item in there.items():
        used[name.partition("/")[0]] |= item.in_use
    for name, item in there.items():
        if name.startswith(f"{_INTERPRETERS}/"):
            there[name] = item._replace(in_use=used[_second_word(item.path)])
    return there


def _second_word(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read(1 << 10).partition(" ")[2]
    except (OSError, ValueError):
        return ""


def _archives(listing: Listing, folder: str) -> None:
    for path, found in listing.files(folder):
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        if (known := _ARCHIVE.fullmatch(name)) is not None:
            kind = CacheKind.ARCHIVES if known["ending"] else CacheKind.WHEELS
            listing.items.append(file_of(listing, kind, path, found))
        elif DRAFT.fullmatch(name):
            listing.items.append(file_of(listing, CacheKind.LEFTOVERS, path, found))
        else:
            listing.stray(path)
