"""Puts one tree in the place of a prefix, and ends what an earlier run was cut off in.

The journal says what is being done before it is done. Every step can be told from what lies on
the disk, so that a run that finds the journal of a dead one knows whether to finish or to leave
it: trees are told apart by their identity, see `prefix_places`.
"""

import errno
import json
import os
import shutil
from enum import StrEnum
from typing import Any, NamedTuple

from envtool.adapters.exchange import MISSING, can_exchange, exchange, flush
from envtool.adapters.journal import sync_folders
from envtool.adapters.prefix_places import PART, Places, identity, remove_tree, replace, sweep
from envtool.adapters.tree_copies import overwrite
from envtool.errors import UnreadableError

_VERSION = 1
_LIMIT = 1 << 16


class Rung(StrEnum):
    """How one tree takes the place of another; the first one that the system can do."""

    EXCHANGE = "exchange"
    RENAME = "rename"
    COPY = "copy"


class Swap(NamedTuple):
    """One tree takes the place of another.

    Attributes:
        new: the identity of the tree that comes; None when the prefix goes away.
        source: where it is; None when none comes.
        kept: where the tree goes that was there; None when there was none.
        rung: how.
        checked: whether the new tree needs no check anymore.
        back: where the new tree goes when the check fails; empty for the way back itself.
    """

    new: str | None
    source: str | None
    kept: str | None
    rung: str
    checked: bool
    back: str


class Journal(NamedTuple):
    """What is going on.

    Attributes:
        number: the generation that is being made.
        fresh: whether its records go with it when it fails.
        swap: None while the new tree is being made.
    """

    number: int
    fresh: bool
    swap: Swap | None = None


def rungs(places: Places) -> tuple[Rung, ...]:
    """How a tree can take the place of the prefix here, the best way first."""
    parent = os.path.dirname(places.prefix)
    is_there = os.path.isdir(places.prefix)
    if is_there and os.stat(places.prefix).st_dev != os.stat(parent).st_dev:
        return (Rung.COPY,)
    if not is_there or can_exchange(places.folder):
        return tuple(Rung)
    return (Rung.RENAME, Rung.COPY)


def write_journal(places: Places, journal: Journal) -> None:
    """Say what is going on, for good; raises `OSError`."""
    data = journal._asdict() | {
        "version": _VERSION,
        "swap": journal.swap and journal.swap._asdict(),
    }
    replace(places.journal, json.dumps(data).encode())
    sync_folders((places.folder,))


def read_journal(places: Places) -> Journal | None:
    """What was going on; None when nothing was. Raises `UnreadableError` when it is no journal."""
    try:
        with open(places.journal, "rb") as file:
            data: Any = json.loads(file.read(_LIMIT))
        return _journal(data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableError(
            f"`{places.journal}` can not be read, or is from another version of envtool",
            hints=(f"to go on with the prefix as it is: `rm {places.journal}`",),
        ) from error


def _journal(data: Any) -> Journal:  # noqa: ANN401 - JSON
    if data.pop("version") != _VERSION:
        raise ValueError("another version")
    swap = data.pop("swap")
    return Journal(**data, swap=swap and Swap(**swap))


def put(places: Places, journal: Journal, possible: tuple[Rung, ...]) -> Rung:
    """Make the swap of `journal` by the first of the `possible` ways; raises `OSError`."""
    assert journal.swap is not None  # noqa: S101 - for mypy
    for rung in possible:
        swap = journal.swap._replace(rung=rung)
        write_journal(places, journal._replace(swap=swap))
        try:
            _forward(places, swap)
        except OSError as error:
            is_last = rung is possible[-1]
            if is_last or error.errno not in MISSING | {errno.EPERM, errno.EBUSY}:
                raise
            continue
        return rung
    raise ValueError("no way to put a tree in its place")


def put_back(places: Places, journal: Journal) -> None:
    """Undo the swap of `journal`, whose new tree is in its place; raises `OSError`."""
    swap = journal.swap
    assert swap is not None  # noqa: S101 - for mypy
    before = identity(_full(places, swap.kept)) if swap.kept else None
    undo = Swap(before and before.tree, swap.kept, swap.back, swap.rung, checked=True, back="")
    if swap.rung == Rung.COPY:
        remove_tree(_full(places, swap.back))
    put(places, journal._replace(swap=undo), (Rung(swap.rung),))


def settle(places: Places, journal: Journal, *, failed: bool) -> None:
    """Take away what is left of what `journal` says; raises `OSError`."""
    if failed and journal.fresh:
        remove_tree(places.generation(journal.number))
    found = identity(places.prefix)
    if found is not None:
        # One that was built anew, while an older tree of it was kept.
        remove_tree(places.tree(found.generation))
    remove_tree(places.stage)
    remove_tree(os.path.join(places.folder, "replaced"))
    os.unlink(places.journal)
    sync_folders((places.folder,))


def recover(places: Places) -> str | None:
    """End what an earlier run was cut off in; what was done, None when there was nothing."""
    sweep(places)
    journal = read_journal(places)
    if journal is None:
        return None
    swap, found = journal.swap, identity(places.prefix)
    if swap is None and found is not None and found.generation == journal.number:
        # Recorded as it is, to the end.
        settle(places, journal, failed=False)
        return None
    if swap is None or not (swap.back == "" or _has_begun(places, swap)):
        settle(places, journal, failed=True)
        return "Took away what an earlier run had begun to build"
    _forward(places, swap)
    if not swap.checked:
        # Nobody knows whether it works.
        put_back(places, journal)
        settle(places, journal, failed=True)
        return "Went back to the tree from before a run that was cut off before it was checked"
    settle(places, journal, failed=swap.back == "")
    return "Finished what an earlier run had begun to put in place"


def _has_begun(places: Places, swap: Swap) -> bool:
    """Whether anything was moved yet."""
    found = identity(places.prefix)
    if swap.new is not None and found is not None and found.tree == swap.new:
        return True
    if swap.rung == Rung.COPY:
        return swap.kept is None or os.path.lexists(_full(places, swap.kept))
    return swap.kept is not None and not os.path.lexists(places.prefix)


def _forward(places: Places, swap: Swap) -> None:
    """Make a swap, or what is left of one; raises `OSError`."""
    source = _full(places, swap.source) if swap.source else None
    kept = _full(places, swap.kept) if swap.kept else None
    found = identity(places.prefix)
    is_there = swap.new is not None and found is not None and found.tree == swap.new
    if swap.rung == Rung.COPY and os.path.isdir(places.prefix):
        _copied(places, source, kept, is_there=is_there)
    elif source is None or kept is None or swap.rung == Rung.RENAME:
        if not is_there:
            _renamed(places.prefix, source, kept)
    else:
        if not is_there:
            exchange(source, places.prefix)
        if os.path.lexists(source):
            os.rename(source, kept)
    sync_folders(
        os.path.dirname(path)
        for path in (places.prefix, source, kept)
        if path is not None and os.path.isdir(os.path.dirname(path))
    )


def _renamed(prefix: str, source: str | None, kept: str | None) -> None:
    """The same by two renames, between which there is no prefix."""
    is_moved = kept is not None and os.path.lexists(prefix)
    if kept is not None and is_moved:
        os.rename(prefix, kept)
    if source is not None:
        try:
            _move_in(source, prefix)
        except OSError:
            if kept is not None and is_moved:
                os.rename(kept, prefix)
            raise


def _move_in(source: str, prefix: str) -> None:
    if os.path.isdir(prefix):
        # An empty one; Windows does not rename over it.
        os.rmdir(prefix)
    os.rename(source, prefix)


def _copied(places: Places, source: str | None, kept: str | None, *, is_there: bool) -> None:
    """The same for a prefix that can not be moved, file by file."""
    if not is_there:
        if kept is not None and not os.path.lexists(kept):
            part = kept + PART
            remove_tree(part)
            shutil.copytree(places.prefix, part, symlinks=True)
            flush(os.path.dirname(part))
            os.rename(part, kept)
            # From here on it counts as begun.
            sync_folders((os.path.dirname(kept),))
        overwrite(source, places.prefix)
    if source is not None:
        remove_tree(source)


def _full(places: Places, relative: str) -> str:
    return os.path.join(places.folder, relative)
