"""`envtool lock --merge`: what it starts from, and what it says of that."""

import posixpath
from collections.abc import Iterator, Mapping

from envtool.domain.lock_merge import Choice, Decision, tally
from envtool.domain.merge_markers import split_markers
from envtool.domain.results import Json
from envtool.domain.solving import CondaRecord
from envtool.errors import EnvtoolError
from envtool.ports import FileKind, Tools
from envtool.workflows.lock_conflict import MergedLock, merged_lock
from envtool.workflows.lock_inputs import OldLock
from envtool.workflows.lock_records import RECORDS_FILE, records_of
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

_NO_BASE = "the common ancestor is not known: what one side removed may be there again"
# What both sides touched; the rest is what anybody expects.
_TOLD = (Choice.NEWER, Choice.FITTING, Choice.KEPT)
_MOST_TOLD = 10


def merged_old(tools: Tools, folder: str) -> OldLock:
    """The two sides of the lock in `folder` as the one that a solver moves as little as it can.

    Raises as `merged_lock` does.
    """
    found = merged_lock(tools, folder)
    side = found.merged.side
    return OldLock(
        texts=dict(_here(tools, folder)),
        head=side.head,
        lock=side.lock(found.path),
        records=_records(tools, folder, found),
        merged=found,
    )


def merge_notes(found: MergedLock) -> Iterator[str]:
    """What was decided, and what is left to type, one line each."""
    yield f"merged `{found.path}`: {tally(found.merged)}"
    if not found.is_based:
        yield _NO_BASE
    told = [each for each in found.merged.decisions if each.choice in _TOLD]
    yield from (_told(each) for each in told[:_MOST_TOLD])
    if len(told) > _MOST_TOLD:
        yield f"{len(told) - _MOST_TOLD} more packages that both sides touched"
    folder = posixpath.dirname(found.path)
    names = " ".join(posixpath.join(folder, each) for each in (LOCK_FILE, RECORDS_FILE))
    yield f"then type `git add {names}`"


def merge_data(found: MergedLock) -> list[Json]:
    """The decisions, as JSON."""
    return [_described(each) for each in found.merged.decisions]


def _told(decision: Decision) -> str:
    manager = " (pip)" if decision.manager == "pip" else ""
    sides = f"ours {decision.ours or 'removed it'}, theirs {decision.theirs or 'removed it'}"
    where = ", ".join(decision.platforms)
    return f"`{decision.name}`{manager}: {sides}: kept {decision.taken} on {where}"


def _described(decision: Decision) -> Json:
    return {
        "choice": decision.choice.name.lower(),
        "name": decision.name,
        "manager": decision.manager,
        "ours": decision.ours,
        "theirs": decision.theirs,
        "taken": decision.taken,
        "platforms": [*decision.platforms],
    }


def _here(tools: Tools, folder: str) -> Iterator[tuple[str, str]]:
    """What stands in the files of the lock now, markers and all."""
    for name in (LOCK_FILE, RECORDS_FILE):
        path = posixpath.normpath(posixpath.join(folder, name))
        if tools.files.kind(path) is FileKind.FILE:
            yield name, tools.files.read(path, LOCK_LIMIT).decode("utf-8", "replace")


def _records(tools: Tools, folder: str, found: MergedLock) -> Mapping[str, tuple[CondaRecord, ...]]:
    """The records of both sides that belong to the merged packages, each once."""
    lock = found.merged.side.lock(found.path)
    records: dict[str, dict[str, CondaRecord]] = {}
    for text in _record_texts(tools, folder):
        for platform, each in records_of(tools, text, lock).items():
            by_url = {record.url: record for record in each}
            records[platform] = by_url | records.get(platform, {})
    return {platform: tuple(each.values()) for platform, each in records.items()}


def _record_texts(tools: Tools, folder: str) -> Iterator[str]:
    """Both sides of the records where git knows of two, else what stands in the file."""
    try:
        stages = tools.git.stages(folder, RECORDS_FILE)
    except EnvtoolError:
        stages = None
    if stages is not None:
        sides = (each for each in (stages.ours, stages.theirs) if each is not None)
        yield from (each.decode("utf-8", "replace") for each in sides)
        return
    text = dict(_here(tools, folder)).get(RECORDS_FILE, "")
    try:
        parts = split_markers(text.replace("\r\n", "\n"))
    except ValueError:
        return
    yield from (parts.ours, parts.theirs) if parts else (text,)
