"""The records of the states of a prefix, and whether a kept tree is still what it was.

A generation is a folder: `generation.json`, `records.lock` (rattler's form), `copy.json` (a second
copy of both), `manifest.json` (size and time of every file; no inodes, for a tree may have to be
copied) and, where it is kept and not in place, `tree`. `generation.json` has a checksum of its own
and the hash of the records, so that of two copies the one that is right can be told.

The texts of environment files and locks lie beside all of them in `texts`, each named by its hash.
"""

import dataclasses
import json
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import lru_cache
from glob import escape, glob
from hashlib import sha256
from typing import Any

from envtool.adapters.disk import write_draft
from envtool.adapters.journal import sync_folders
from envtool.adapters.prefix_distributions import METADATA, metadata_files
from envtool.adapters.prefix_places import (
    PART,
    Places,
    files_of,
    numbers,
    remove_tree,
    replace,
)
from envtool.domain.generations import Generation, decoded, encoded, previous
from envtool.ports_prefixes import Changed, Disk

_STATE, _RECORDS, _MANIFEST = "generation.json", "records.lock", "manifest.json"
_COPY = "copy.json"
_FREE = ("conda-meta/history", "conda-meta/state", "conda-meta/pinned")
# So many names has a file at least that another tree, or the cache, has too.
_SHARED = 2
Stamp = tuple[int, int]


def write_generation(places: Places, generation: Generation, records: str, tree: str) -> Disk:
    """Record the state that `tree` is in, whole or not at all; what it takes. Raises `OSError`."""
    folder = places.generation(generation.number)
    whole = dataclasses.replace(generation, records=_sum(records.encode()), seals=seals(tree))
    state = encoded(whole)
    known, disk = manifest(tree, whole.loose)
    # The copy of what is replaced is the last to go.
    texts = {
        _RECORDS: records,
        _STATE: state,
        _MANIFEST: json.dumps(known, separators=(",", ":")),
        _COPY: json.dumps({"generation": state, "records": records}),
    }
    if os.path.isdir(folder):
        for name, text in texts.items():
            replace(os.path.join(folder, name), text.encode())
        return disk
    part = folder + PART
    remove_tree(part)
    os.makedirs(part)
    for name, text in texts.items():
        write_draft(os.path.join(part, name), text.encode())
    sync_folders((part,))
    os.rename(part, folder)
    sync_folders((places.generations,))
    return disk


def read_generations(places: Places) -> tuple[Generation, ...]:
    """All that can be read in one of their copies, by number."""
    found = (_read(places, number) for number in numbers(places))
    return tuple(each for each in found if each is not None)


def _read(places: Places, number: int) -> Generation | None:
    folder = places.generation(number)
    return _decoded(_text(folder, _STATE)) or _decoded(_copies(folder)[0])


# One run reads all of them several times, and a prefix may have hundreds.
@lru_cache(maxsize=1000)
def _decoded(text: str) -> Generation | None:
    try:
        return decoded(text)
    except ValueError:
        return None


def _text(folder: str, name: str) -> str:
    """What a file holds; empty when it can not be read."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _copies(folder: str) -> tuple[str, str]:
    """The second copies of the generation and of the records; empty when they can not be read."""
    try:
        data = json.loads(_text(folder, _COPY))
        return str(data["generation"]), str(data["records"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", ""


def read_records(places: Places, number: int) -> str:
    """The text of the records of a generation; raises `ValueError` when no copy is right."""
    folder, generation = places.generation(number), _read(places, number)
    for text in (_text(folder, _RECORDS), _copies(folder)[1]):
        if generation is not None and _sum(text.encode()) == generation.records:
            return text
    raise ValueError("no copy is what was written")


def mend(places: Places, number: int) -> tuple[str, ...]:
    """Write again what of a record is not what was written; the names of those files.

    Raises `ValueError` when there is no right copy, and `OSError`.
    """
    folder, generation = places.generation(number), _read(places, number)
    if generation is None:
        raise ValueError("no copy is what was written")
    state, records = encoded(generation), read_records(places, number)
    right = {
        _RECORDS: records,
        _STATE: state,
        _COPY: json.dumps({"generation": state, "records": records}),
    }
    wrong = [name for name, text in right.items() if _text(folder, name) != text]
    for name in wrong:
        replace(os.path.join(folder, name), right[name].encode())
    return tuple(wrong)


def broken(places: Places) -> tuple[int, ...]:
    """The numbers of generations that no copy says anything of anymore."""
    return tuple(each for each in numbers(places) if _read(places, each) is None)


def seals(tree: str) -> dict[str, str]:
    """The SHA-256 of each record of `tree`, which says what files a package has."""
    found = {}
    for path in glob(os.path.join(escape(tree), "conda-meta", "*.json")):
        with open(path, "rb") as file:
            found[f"conda-meta/{os.path.basename(path)}"] = _sum(file.read())
    return dict(sorted(found.items()))


def unsealed(places: Places, number: int, tree: str) -> tuple[str, ...]:
    """The records in `tree` that are not those of the generation; raises `OSError`."""
    generation = _read(places, number)
    known, found = generation.seals if generation else {}, seals(tree)
    return tuple(sorted(path for path in {*known, *found} if known.get(path) != found.get(path)))


def keep_texts(places: Places, texts: Iterable[bytes]) -> None:
    """Have `texts` in the store, each once; raises `OSError`."""
    for text in texts:
        path = places.text(_sum(text))
        if read_text(places, _sum(text)) is None:
            replace(path, text)


def read_text(places: Places, digest: str) -> bytes | None:
    """A text of the store; None when it is not there, or is another one."""
    try:
        with open(places.text(digest), "rb") as file:
            text = file.read()
    except OSError:
        return None
    return text if _sum(text) == digest else None


def sweep_texts(places: Places) -> None:
    """Take away the texts that no generation has; raises `OSError`."""
    if broken(places) or not os.path.isdir(places.texts):
        return
    known = {digest for each in read_generations(places) for digest in each.files.values()}
    for name in set(os.listdir(places.texts)) - known:
        os.unlink(os.path.join(places.texts, name))


def _sum(data: bytes) -> str:
    return sha256(data).hexdigest()


def next_number(places: Places) -> int:
    """The number of the generation that comes next; the first one that envtool makes is 1."""
    return max(numbers(places), default=0) + 1


def manifest(tree: str, loose: Collection[str] = ()) -> tuple[dict[str, Stamp], Disk]:
    """Size and time (ns) of all files and links in `tree`, but those that may change at any time.

    These are byte-code, the identity, what conda and its user write into `conda-meta`, and the
    `loose` files, which a script of a package made. Also gives what all of them take.
    """
    known: dict[str, Stamp] = {}
    size = own = 0
    # There are tens of thousands: each is looked at once, and what is free is taken out again.
    for path, each in files_of(tree):
        found = each.stat(follow_symlinks=False)
        length = found.st_size
        known[path] = (length, found.st_mtime_ns)
        size += length
        if found.st_nlink < _SHARED:
            own += length
    disk = Disk(len(known), size, own)
    for path in (*_FREE, *loose):
        known.pop(path, None)
    return known, disk


def is_untouched(places: Places, number: int, tree: str) -> bool:
    """Whether `tree` has, at a glance, the very packages of a generation.

    Its records of conda packages are those, byte by byte, and the distributions that Python sees
    are as old and as large; False when nobody knows.
    """
    generation = _read(places, number)
    if generation is None or not generation.seals:
        return False
    try:
        stamps = {path: _stamp(os.lstat(f"{tree}/{path}")) for path in metadata_files(tree)}
        known = _manifest(places, number)
        return generation.seals == seals(tree) and stamps == {
            path: tuple(stamp) for path, stamp in known.items() if path.endswith(METADATA)
        }
    except (OSError, ValueError, TypeError):
        return False


def changed_files(places: Places, number: int, tree: str) -> Changed:
    """The files of a generation that are missing in `tree`, or are others.

    Raises `ValueError` when its manifest can not be read.
    """
    try:
        return _changed(_manifest(places, number), tree)
    except TypeError as error:
        raise ValueError("no manifest") from error


def _manifest(places: Places, number: int) -> dict[str, Any]:
    """As it was written; raises `ValueError` when it can not be read."""
    try:
        with open(os.path.join(places.generation(number), _MANIFEST), encoding="utf-8") as file:
            return dict(json.load(file))
    except (OSError, TypeError, RecursionError) as error:
        raise ValueError("no manifest") from error


def _changed(known: dict[str, Any], tree: str) -> Changed:
    missing: list[str] = []
    altered: list[str] = []
    for path, stamp in known.items():
        try:
            found = os.lstat(f"{tree}{os.sep}{path}")
        except FileNotFoundError:
            missing.append(path)
        except OSError:
            altered.append(path)
        else:
            if [found.st_size, found.st_mtime_ns] != stamp:
                altered.append(path)
    return Changed(tuple(missing), tuple(altered))


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_size, found.st_mtime_ns)


def prune(
    places: Places, keep: int, current: int | None, lacking: int | None = None
) -> tuple[int, ...]:
    """Take away kept trees but for the last `keep`; the numbers of those. Raises `OSError`.

    That of the generation `lacking` is none to keep.

    One that a rollback would go to takes the place of the oldest of them. What was installed stays
    recorded, so that it can be built again.
    """
    found = read_generations(places)
    numbers = sorted((each.number for each in found), reverse=True)
    kept = [each for each in numbers if each != current and os.path.isdir(places.tree(each))]
    bad = [each for each in kept if each == lacking]
    kept = [each for each in kept if each != lacking]
    back = previous((each for each in found if each.number in {current, *kept}), current)
    if keep and back is not None:
        kept.sort(key=lambda each: each == back.number, reverse=True)
    gone = tuple(sorted((*kept[keep:], *bad), reverse=True))
    for number in gone:
        remove_tree(places.tree(number))
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(places.generation(number), _MANIFEST))
    return gone
