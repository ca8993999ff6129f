"""`envtool merge-driver`: what git calls in the middle of a merge to merge a lock."""

import posixpath
from dataclasses import dataclass
from typing import NamedTuple

from envtool.domain.conda_lock_writer import write_conda_lock
from envtool.domain.lock_merge import tally
from envtool.errors import EnvtoolError
from envtool.ports import Tools
from envtool.workflows.lock_conflict import MergedLock, Sides, decode_side, merge_texts
from envtool.workflows.spec_files import LOCK_LIMIT

_RECORDS = "records.lock"
_AFTERWARDS = "settle it with `envtool lock --merge`"
_STALE = "both sides changed what is asked for: `envtool lock` locks that"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverRequest:
    """The files that git hands over (`%O %A %B`), and the path that they are merged for (`%P`)."""

    base: str
    ours: str
    theirs: str
    path: str


class Driven(NamedTuple):
    """Whether `ours` now holds the merged file, and what to say about it, one line each."""

    is_settled: bool
    lines: tuple[str, ...]


def drive(tools: Tools, request: DriverRequest) -> Driven:
    """Write the merged lock over `request.ours`, or a conflict as git itself would write it.

    Settled only when the packages fit together; no solver, no network. Of a `records.lock`
    ours stays: `envtool lock` makes it anew, and nothing reads records of packages that are not
    in the lock. Raises `EnvtoolError` when `request.ours` can not be written.
    """
    if posixpath.basename(request.path) == _RECORDS:
        return Driven(
            is_settled=True, lines=(f"Kept ours of `{request.path}`: `envtool lock` completes it",)
        )
    try:
        texts = (_text(tools, request, name) for name in ("base", "ours", "theirs"))
        sides = Sides(*texts)
        lock = merge_texts(tools, sides, request.path)
    except EnvtoolError as error:
        return _conflict(tools, request, error.message)
    if not lock.is_based:
        return _conflict(tools, request, f"the common ancestor of `{request.path}` is no lock")
    if lock.merged.open:
        more = f" (and {len(lock.merged.open) - 1} more)" if len(lock.merged.open) > 1 else ""
        return _conflict(tools, request, f"`{request.path}`: {lock.merged.open[0]}{more}")
    stale = (_STALE,) if lock.merged.stale else ()
    tools.files.write(request.ours, _written(tools, lock, sides.ours))
    return Driven(is_settled=True, lines=(f"Merged `{lock.path}`: {tally(lock.merged)}", *stale))


def _text(tools: Tools, request: DriverRequest, name: str) -> str:
    data = tools.files.read(getattr(request, name), LOCK_LIMIT)
    return decode_side(data, request.path, "the common ancestor" if name == "base" else name)


def _conflict(tools: Tools, request: DriverRequest, why: str) -> Driven:
    tools.git.mark_conflict(request.ours, request.base, request.theirs)
    return Driven(is_settled=False, lines=(f"{why}; {_AFTERWARDS}",))


def _written(tools: Tools, lock: MergedLock, ours: str) -> str:
    """The text of the merged lock, with the line endings of ours."""
    text = lock.same
    if text is None:
        name = posixpath.basename(lock.path)
        text = write_conda_lock(
            lock.merged.side.head, lock.merged.side.packages, name, tools.yaml.dump
        )
    ending = "\r\n" if "\r\n" in ours else "\n"
    return text.replace("\r\n", "\n").replace("\n", ending)
