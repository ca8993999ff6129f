"""What envtool keeps on a machine to fetch and make nothing twice, and what of it may go."""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import groupby
from typing import NamedTuple

# A draft that nobody has written to for so long is nobody's, in seconds.
_DAY = 86_400.0
_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB")


class CacheKind(Enum):
    """What there is in the cache, in the order in which it is told."""

    PACKAGES = "packages"
    BYTE_CODE = "byte-code"
    ARCHIVES = "archives"
    WHEELS = "wheels"
    ADVISORIES = "advisories"
    SIGNATURES = "signatures"
    LEFTOVERS = "leftovers"


# Environments share the files of these; how many do says whether they are used.
LINKED = frozenset({CacheKind.PACKAGES, CacheKind.BYTE_CODE})
# What may be nowhere else anymore.
KEPT = frozenset({CacheKind.ARCHIVES, CacheKind.WHEELS})


class CacheItem(NamedTuple):
    """What is kept, and goes, as one.

    Attributes:
        kind: of it.
        name: of a package its name, version and build; else the path below the cache.
        path: absolute; a package's is a folder.
        files: how many.
        size: of them, in bytes.
        own: the bytes of those that are nowhere else by another name.
        in_use: whether an environment, or a generation of one, shares a file of it; of a package
            also when it has no file that could be shared, so that nobody knows.
        changed: when it was written, in seconds since 1970.
        locked: whether only who uses the cache can be at work on it.
        parts: what belongs to it and stands elsewhere, by its path.
    """

    kind: CacheKind
    name: str
    path: str
    files: int
    size: int
    own: int
    in_use: bool = False
    changed: float = 0.0
    locked: bool = False
    parts: tuple[str, ...] = ()


class CacheFound(NamedTuple):
    """What there is.

    Attributes:
        folder: of the cache.
        real: where that is when links are followed; empty when there is none.
        store: the folder of the archives, which may be elsewhere.
        items: in the order of their kinds and names.
        foreign: what is not envtool's, by its path.
        unread: what could not be looked at, and why.
    """

    folder: str
    real: str
    store: str
    items: tuple[CacheItem, ...] = ()
    foreign: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class CacheDamage(NamedTuple):
    """What is not what it was.

    Attributes:
        item: that it is in.
        files: of a package, below it, each with what is wrong; else what is wrong with all of it.
        shared: whether an environment has the very same file.
    """

    item: CacheItem
    files: tuple[str, ...]
    shared: bool = False


class CacheChecked(NamedTuple):
    """What holding the cache against its hashes came to.

    Attributes:
        whole: that were found to be what they were.
        damaged: that were not.
        unknown: that have no hash to be held against.
        files: that were hashed.
        size: of them, in bytes.
        unread: what could not be read, and why.
    """

    whole: tuple[CacheItem, ...] = ()
    damaged: tuple[CacheDamage, ...] = ()
    unknown: tuple[CacheItem, ...] = ()
    files: int = 0
    size: int = 0
    unread: tuple[str, ...] = ()


class CacheRemoved(NamedTuple):
    """What went, and what did not, with the reason."""

    items: tuple[CacheItem, ...] = ()
    failed: tuple[str, ...] = ()


class CacheSum(NamedTuple):
    """Items of one kind, or of all, in numbers."""

    number: int
    files: int
    size: int
    own: int


def summed(items: Iterable[CacheItem]) -> CacheSum:
    """How many there are, and what they take."""
    each = tuple(items)
    return CacheSum(
        len(each),
        sum(one.files for one in each),
        sum(one.size for one in each),
        sum(one.own for one in each),
    )


def unused(items: Iterable[CacheItem]) -> tuple[CacheItem, ...]:
    """Those of `items` of which it is certain that nothing uses them."""
    return tuple(
        each
        for each in items
        if each.kind is CacheKind.LEFTOVERS or (each.kind in LINKED and not each.in_use)
    )


def prunable(
    items: Iterable[CacheItem], now: float, *, archives: bool, alone: bool
) -> tuple[CacheItem, ...]:
    """What goes because nothing uses it; with `archives` those that are kept, too.

    `alone`: nobody else uses the cache. What was left unfinished stays while somebody may be at
    work on it: until nobody can be, or for a day.
    """
    found = tuple(items)
    going = {
        each
        for each in unused(found)
        if each.kind is not CacheKind.LEFTOVERS
        or (each.locked and alone)
        or now - each.changed > _DAY
    }
    return tuple(each for each in found if each in going or (archives and each.kind in KEPT))


def cleanable(items: Iterable[CacheItem], *, archives: bool) -> tuple[CacheItem, ...]:
    """All; what is kept on purpose only with `archives`."""
    return tuple(each for each in items if archives or each.kind not in KEPT)


def size_text(size: int) -> str:
    """A number of bytes for people, with the unit that fits."""
    number = float(size)
    for unit in _UNITS[:-1]:
        # What rounds up to the next unit is shown in that.
        if round(number, 1) < _STEP:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= _STEP
    return f"{number:,.1f} {_UNITS[-1]}"


def counted(number: int, kind: CacheKind) -> str:
    """So many of a kind, in words."""
    word = _NAMES[kind]
    return f"{number:,} {word}" if number == 1 else f"{number:,} {_PLURALS.get(kind, word + 's')}"


def kinds_text(items: Iterable[CacheItem]) -> str:
    """How many there are of each kind, in words."""
    groups = by_kind(items)
    return ", ".join(counted(len(each), kind) for kind, each in groups)


def by_kind(items: Iterable[CacheItem]) -> Iterator[tuple[CacheKind, list[CacheItem]]]:
    """The items of each kind that there is, in the order in which kinds are told."""
    order = list(CacheKind)
    ordered = sorted(items, key=lambda each: order.index(each.kind))
    for kind, group in groupby(ordered, key=lambda each: each.kind):
        yield kind, list(group)


_NAMES = {
    CacheKind.PACKAGES: "package",
    CacheKind.BYTE_CODE: "file of byte-code",
    CacheKind.ARCHIVES: "archive",
    CacheKind.WHEELS: "wheel",
    CacheKind.ADVISORIES: "file of advisories",
    CacheKind.SIGNATURES: "signature",
    CacheKind.LEFTOVERS: "leftover",
}
_PLURALS = {
    CacheKind.BYTE_CODE: "files of byte-code",
    CacheKind.ADVISORIES: "files of advisories",
}
