"""A lock that git could not merge: where its sides are found, and what they come to."""

import posixpath
from typing import NamedTuple

from envtool.domain.lock_merge import Merged, merge
from envtool.domain.lock_reader import NotALockError
from envtool.domain.lock_sides import NOTHING, Side, read_side
from envtool.domain.merge_markers import split_markers
from envtool.domain.spec_reader import NotASpecError
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import EnvtoolError, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, decoded

_ONE_SIDE = "take the other side, `git checkout --ours {0}` or `--theirs {0}`, then `envtool lock`"


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
    """

    path: str
    merged: Merged
    same: str | None
    is_based: bool


def merged_lock(tools: Tools, folder: str) -> MergedLock:
    """Merge the sides of the `conda-lock.yml` in `folder`, which is in conflict.

    They come from git's index, else from the markers in the file. Raises `UsageError` when it
    is in no conflict, `UnreadableError` when a side is no lock.
    """
    path = posixpath.normpath(posixpath.join(folder, LOCK_FILE))
    sides = _of_index(tools, folder, path) or _of_markers(tools, path)
    if sides is None:
        raise UsageError(
            f"`{path}` is in no conflict",
            hints=("`envtool lock` makes it satisfy the environment files",),
        )
    return merge_texts(tools, sides, path, fitting=True)


def merge_texts(tools: Tools, sides: Sides, path: str, *, fitting: bool = False) -> MergedLock:
    """Merge three texts of the lock at `path`; raises `UnreadableError` when one is none.

    `fitting` as in `domain.lock_merge.merge`.
    """
    base = _ancestor(tools, sides.base, path)
    ours = _read(tools, sides.ours, path, "ours")
    theirs = _read(tools, sides.theirs, path, "theirs")
    merged = merge(base or NOTHING, ours, theirs, tools.shipped.catalog(), fitting=fitting)
    texts = ((ours, sides.ours), (theirs, sides.theirs))
    same = next((text for side, text in texts if side == merged.side), None)
    return MergedLock(path, merged, same, base is not None)


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
