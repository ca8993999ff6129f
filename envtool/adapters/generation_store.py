"""The records of the states of a prefix, and whether a kept tree is still what it was.

A generation is a folder: `generation.json`, `records.lock` (rattler's form), `manifest.json` (size
and time of every file; no inodes, for a tree may have to be copied) and, where it
is kept and not in place, `tree`.
"""

import json
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from envtool.adapters.disk import write_draft
from envtool.adapters.journal import sync_folders
from envtool.adapters.prefix_places import (
    PART,
    Places,
    files_of,
    numbers,
    remove_tree,
    replace,
)
from envtool.domain.generations import Generation, decoded, encoded

_STATE, _RECORDS, _MANIFEST = "generation.json", "records.lock", "manifest.json"
_FREE = ("conda-meta/history", "conda-meta/state", "conda-meta/pinned")
Stamp = tuple[int, int]


def write_generation(
    places: Places, generation: Generation, records: str, tree: str, loose: Collection[str] = ()
) -> None:
    """Record the state that `tree` is in, whole or not at all; raises `OSError`.

    The files `loose` may change.
    """
    folder = places.generation(generation.number)
    texts = {
        _STATE: encoded(generation),
        _RECORDS: records,
        _MANIFEST: json.dumps(manifest(tree, loose), separators=(",", ":")),
    }
    if os.path.isdir(folder):
        for name, text in texts.items():
            replace(os.path.join(folder, name), text.encode())
        return
    part = folder + PART
    remove_tree(part)
    os.makedirs(part)
    for name, text in texts.items():
        write_draft(os.path.join(part, name), text.encode())
    sync_folders((part,))
    os.rename(part, folder)
    sync_folders((places.generations,))


def read_generations(places: Places) -> tuple[Generation, ...]:
    """All that can be read, by number."""
    return tuple(_generations(places))


def _generations(places: Places) -> Iterator[Generation]:
    for number in numbers(places):
        path = os.path.join(places.generation(number), _STATE)
        with suppress(OSError, ValueError), open(path, encoding="utf-8") as file:
            yield decoded(file.read())


def read_records(places: Places, number: int) -> str:
    """The text of the records of a generation; raises `OSError`."""
    with open(os.path.join(places.generation(number), _RECORDS), encoding="utf-8") as file:
        return file.read()


def next_number(places: Places) -> int:
    """The number of the generation that comes next; the first one that envtool makes is 1."""
    return max(numbers(places), default=0) + 1


def manifest(tree: str, loose: Collection[str] = ()) -> dict[str, Stamp]:
    """Size and time (ns) of all files and links in `tree`, but those that may change at any time.

    These are byte-code, the identity, what conda and its user write into `conda-meta`, and the
    `loose` files, which a script of a package made.
    """
    free = {*_FREE, *loose}
    return {
        path: _stamp(each.stat(follow_symlinks=False))
        for path, each in files_of(tree)
        if path not in free
    }


def changed_files(places: Places, number: int, tree: str) -> tuple[str, ...]:
    """The files of a generation that are missing in `tree`, or are others; new ones do not count.

    Raises `ValueError` when its manifest can not be read.
    """
    try:
        with open(os.path.join(places.generation(number), _MANIFEST), encoding="utf-8") as file:
            known: dict[str, Any] = json.load(file)
        return tuple(_changed(known, tree))
    except (OSError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError("no manifest") from error


def _changed(known: dict[str, Any], tree: str) -> Iterator[str]:
    for path, stamp in known.items():
        try:
            found = _stamp(os.lstat(os.path.join(tree, path)))
        except OSError:
            yield path
        else:
            if list(found) != stamp:
                yield path


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_size, found.st_mtime_ns)


def prune(places: Places, keep: int, current: int | None) -> tuple[int, ...]:
    """Take away kept trees but for the last `keep`; the numbers of those. Raises `OSError`.

    What was installed stays recorded, so that it can be built again.
    """
    numbers = sorted((each.number for each in read_generations(places)), reverse=True)
    kept = [each for each in numbers if each != current and os.path.isdir(places.tree(each))]
    for number in kept[keep:]:
        remove_tree(places.tree(number))
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(places.generation(number), _MANIFEST))
    return tuple(kept[keep:])
