"""The packages of a lock that git could not merge: what `envtool lock --merge` starts from."""

import posixpath
from typing import NamedTuple

from envtool.domain.lock_merge import Merged, merge
from envtool.domain.lock_reader import NotALockError
from envtool.domain.lock_sides import NOTHING, Side, read_side
from envtool.domain.merge_markers import first_marker, split_markers
from envtool.domain.spec_reader import NotASpecError
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import EnvtoolError, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, SPEC_LIMIT, decoded

_ONE_SIDE = "take the other side, `git checkout --ours {0}` or `--theirs {0}`, then `envtool lock`"
_NO_BASE = "the common ancestor is not known: what one side removed may be there again"
_STALE = "both sides changed what is asked for: `envtool lock` locks that"


class Sides(NamedTuple):
    """The texts of a file in conflict.

    `base` is empty where both sides added the file, and None where nobody knows it.
    """

    base: str | None
    ours: str
    theirs: str


class MergedLock(NamedTuple):
    """A lock that was in conflict, and what its sides come to.

    Attributes:
        path: of the file.
        merged: its packages are what the solve that follows keeps where it can.
        same: the text of the side that already is what both come to, if one is.
        is_based: whether the common ancestor is known; where not, what one side removed and
            the other one has is there again.
        notes: what else there is to know, one line each.
    """

    path: str
    merged: Merged
    same: str | None
    is_based: bool
    notes: tuple[str, ...]


def merged_lock(tools: Tools, folder: str, specs: tuple[str, ...] = ()) -> MergedLock:
    """Merge the sides of the `conda-lock.yml` in `folder`, which is in conflict.

    They come from git's index, else from the markers in the file. `specs` are the environment
    files that the lock is made from. Raises `UsageError` when one of these, or nothing, is in
    conflict, `UnreadableError` when a side is no lock.
    """
    for spec in specs:
        _refuse_conflict(tools, spec)
    path = posixpath.normpath(posixpath.join(folder, LOCK_FILE))
    sides = _of_index(tools, folder, path) or _of_markers(tools, path)
    if sides is None:
        raise UsageError(
            f"`{path}` is in no conflict",
            hints=("`envtool lock` makes it satisfy the environment files",),
        )
    return merge_texts(tools, sides, path)


def merge_texts(tools: Tools, sides: Sides, path: str) -> MergedLock:
    """Merge three texts of the lock at `path`; raises `UnreadableError` when one is none."""
    base = _ancestor(tools, sides.base, path)
    ours = _read(tools, sides.ours, path, "ours")
    theirs = _read(tools, sides.theirs, path, "theirs")
    merged = merge(base or NOTHING, ours, theirs, tools.shipped.catalog())
    texts = ((ours, sides.ours), (theirs, sides.theirs))
    same = next((text for side, text in texts if side == merged.side), None)
    notes = () if base else (_NO_BASE,)
    if merged.stale:
        notes = (*notes, _STALE)
    return MergedLock(path, merged, same, base is not None, notes)


def decode_side(data: bytes, path: str, name: str) -> str:
    """The text of one side; raises `UnreadableError` when it is not UTF-8."""
    try:
        return decoded(data, path)
    except NotASpecError as error:
        raise _no_lock(path, name, error.message) from error


def _ancestor(tools: Tools, text: str | None, path: str) -> Side | None:
    """The common ancestor, without packages when it has no such file; None when it is no lock.

    Where two branches have several, git merges these first, and what it could not merge stands
    between markers.
    """
    if text is None or not text.strip():
        return None if text is None else NOTHING
    try:
        parts = split_markers(text.replace("\r\n", "\n"))
        if parts is None:
            return read_side(text, path, tools.yaml.parse)
        ours, theirs = (
            read_side(each, path, tools.yaml.parse) for each in (parts.ours, parts.theirs)
        )
        return merge(NOTHING, ours, theirs, tools.shipped.catalog()).side
    except (ValueError, NotALockError, YamlError):
        return None


def _read(tools: Tools, text: str, path: str, name: str) -> Side:
    try:
        return read_side(text, path, tools.yaml.parse)
    except (NotALockError, YamlError) as error:
        raise _no_lock(path, name, error.message) from error


def _no_lock(path: str, name: str, why: str) -> UnreadableError:
    return UnreadableError(f"`{path}` of {name} is no lock: {why}", hints=(_ONE_SIDE.format(path),))


def _of_index(tools: Tools, folder: str, path: str) -> Sides | None:
    try:
        stages = tools.git.stages(folder, LOCK_FILE)
    except EnvtoolError:
        # No repository, or no git: the file itself may tell.
        return None
    if stages is None:
        return None
    base = decode_side(stages.base or b"", path, "the common ancestor")
    # A side that removed the file has nothing to say about packages.
    ours = stages.ours or stages.theirs or b""
    theirs = stages.theirs or stages.ours or b""
    return Sides(base, decode_side(ours, path, "ours"), decode_side(theirs, path, "theirs"))


def _of_markers(tools: Tools, path: str) -> Sides | None:
    if tools.files.kind(path) is not FileKind.FILE:
        return None
    text = decode_side(tools.files.read(path, LOCK_LIMIT), path, "both sides")
    try:
        parts = split_markers(text.replace("\r\n", "\n"))
    except ValueError as error:
        raise UnreadableError(
            f"the sides of `{path}` can not be told apart: {error}",
            hints=(f"`git checkout --merge -- {path}` writes the markers anew",),
        ) from error
    return parts and Sides(parts.base, parts.ours, parts.theirs)


def _refuse_conflict(tools: Tools, path: str) -> None:
    """Raises `UsageError` when the environment file at `path` holds markers of a merge."""
    if tools.files.kind(path) is not FileKind.FILE:
        return
    text = tools.files.read(path, SPEC_LIMIT).decode("utf-8", "replace").replace("\r\n", "\n")
    marker = first_marker(text)
    if marker is not None:
        line = text.count("\n", 0, marker.start()) + 1
        raise UsageError(
            f"`{path}` is itself in conflict, in line {line}",
            hints=(f"settle `{path}` first: the lock is made from it",),
        )
