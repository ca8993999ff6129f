"""`envtool export`: accepts the candidate, and writes what other tools need of the lock.

All of its files or none. Without a candidate the artifacts are made from the lock as it is.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from envtool.domain.artifacts.changelog import Entry, build_facts
from envtool.domain.plan import plan
from envtool.domain.plan_json import counted, described
from envtool.domain.project import Project
from envtool.domain.results import Failure, Json, Result
from envtool.errors import ExitCode, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.artifacts import FOLDER, Accepted, artifact_texts
from envtool.workflows.candidate import (
    WAITS,
    Candidate,
    edited,
    edits_told,
    has_candidate,
    read_candidate,
    removal,
)
from envtool.workflows.evidence_files import all_evidence
from envtool.workflows.export_notes import failure_notes, next_notes, review_notes, standing_of
from envtool.workflows.lock import written_packages
from envtool.workflows.lock_inputs import read_old, read_project
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.projects import find_targets
from envtool.workflows.security_note import FILE as SECURITY
from envtool.workflows.security_note import note_of
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT
from envtool.workflows.stale_lock import stale_notes
from envtool.workflows.turn import project_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Whose candidate to accept.

    Attributes:
        folder: of the project, or below it.
        now: the day on which the policy is read, and the time of what is dated.
        say: is told on whom it waits.
        dry_run: write nothing.
        packs: the lock is about to be packed: a candidate stays what it is.
    """

    folder: str
    now: datetime
    say: Callable[[str], None]
    dry_run: bool = False
    packs: bool = False


def export(tools: Tools, request: ExportRequest) -> Result:
    """Put the files of the candidate in place of the project's, and say what that changes.

    The answer is no when a file was edited after the candidate was made. Raises `EnvtoolError`
    when there is neither candidate nor lock, or something can not be read or written.
    """
    root = find_targets(tools, (request.folder,), recursive=False)[0].folder
    if request.dry_run:
        return _export(tools, request, root)
    with project_turn(tools, root, request.say) as notes:
        result = _export(tools, request, root)
        return replace(result, notes=(*notes, *result.notes))


def _export(tools: Tools, request: ExportRequest, folder: str) -> Result:
    project, _ = read_project(tools, folder, request.now.date())
    if request.packs or not has_candidate(tools, folder):
        return _artifacts_alone(tools, request, folder, project)
    names = [posixpath.relpath(spec.path, folder) for spec in project.specs]
    candidate = read_candidate(tools, folder, names)
    edits = edited(tools, folder, candidate, names)
    if edits:
        return _refused(candidate, edits)
    old = read_old(tools, folder)
    before = old.lock.packages if old else ()
    after = written_packages(tools, candidate.texts[LOCK_FILE])
    # As the policy decides now.
    made = plan(before, after, project, candidate.security)
    digest = sha256(candidate.texts[LOCK_FILE].encode()).hexdigest()
    was = sha256(old.texts[LOCK_FILE].encode()).hexdigest() if old else ""
    urls = {(each.manager, each.name): each.url for each in (*before, *after)}
    entry = Entry(request.now.date(), digest, made, candidate.lines, urls=urls, before=was)
    accepted = replace(
        _accepted(tools, folder, request.now, candidate, entry),
        before=old.texts[LOCK_FILE] if old else "",
    )
    note = note_of(candidate.texts[LOCK_FILE], candidate.security)
    texts: dict[str, str | None] = {
        **candidate.texts,
        **artifact_texts(tools, folder, project, accepted),
    }
    changed = _changed(tools, folder, texts)
    if not request.dry_run:
        tools.changes().commit(folder, {**texts, **removal(tools, folder), SECURITY: note})
    platforms = {platform for each in made.changes for platform in each.platforms}
    standing, failed = standing_of(tools, folder, project, digest)
    verb = "Would export" if request.dry_run else "Exported"
    return Result(
        command="export",
        headline=f"{verb} {counted(made)}",
        notes=(
            *failure_notes(tools, folder, project, failed),
            *review_notes(made),
            *next_notes(changed, standing),
            *_unwritten(request),
        ),
        data={
            "plan": described(made, candidate.lines, platforms),
            "files": _listed(changed),
        },
    )


def _accepted(
    tools: Tools, folder: str, now: datetime, candidate: Candidate, entry: Entry
) -> Accepted:
    """The candidate, with what its tests have measured in its entry."""
    lock = candidate.texts[LOCK_FILE]
    facts = tuple(build_facts(all_evidence(tools, folder, entry.digest)))
    return Accepted(
        lock=lock,
        records=candidate.texts[RECORDS_FILE],
        now=now,
        entry=entry._replace(facts=facts),
    )


def _artifacts_alone(tools: Tools, request: ExportRequest, folder: str, project: Project) -> Result:
    """The artifacts of the lock as it is."""
    old = read_old(tools, folder)
    if old is None:
        raise UsageError(
            "there is no candidate, and no lock",
            hints=("make a lock: `envtool lock`", "make a candidate: `envtool update --all`"),
        )
    accepted = Accepted(
        lock=old.texts[LOCK_FILE], records=old.texts.get(RECORDS_FILE, ""), now=request.now
    )
    texts = artifact_texts(tools, folder, project, accepted)
    changed = _changed(tools, folder, texts)
    if not request.dry_run:
        tools.changes().commit(folder, {name: texts[name] for name in changed})
    digest = sha256(accepted.lock.encode()).hexdigest()
    standing, failed = standing_of(tools, folder, project, digest)
    return Result(
        command="export",
        headline=_told(changed, texts, request),
        notes=(
            *_waiting(tools, folder),
            *stale_notes(old.lock, project.specs, project.catalog),
            *failure_notes(tools, folder, project, failed),
            *next_notes(changed, standing),
            *_unwritten(request),
        ),
        data={"files": _listed(changed)},
    )


def _told(changed: tuple[str, ...], texts: Mapping[str, str | None], request: ExportRequest) -> str:
    if not texts:
        return "Nothing to export: there is no candidate, and the policy chooses no artifact"
    if not changed:
        return f"Up to date: {_counted(len(texts))} in `{FOLDER}`"
    verb = "Would write" if request.dry_run else "Wrote"
    return f"{verb} {_counted(len(changed))} in `{FOLDER}`"


def _counted(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _changed(tools: Tools, folder: str, texts: Mapping[str, str | None]) -> tuple[str, ...]:
    """The names of the files that are not yet as they will be."""
    found = []
    for name, text in texts.items():
        path = posixpath.normpath(f"{folder}/{name}")
        is_missing = tools.files.kind(path) is FileKind.MISSING
        before = None if is_missing else tools.files.read(path, LOCK_LIMIT)
        if before != (None if text is None else text.encode()):
            found.append(name)
    return tuple(found)


def _refused(candidate: Candidate, edits: tuple[str, ...]) -> Result:
    message = edits_told(edits)
    return Result(
        command="export",
        headline=f"Not exported: {message}",
        failures=(Failure(ExitCode.NO, message, hints=(candidate.again,)),),
        notes=("nothing was written",),
    )


def _waiting(tools: Tools, folder: str) -> Iterator[str]:
    if has_candidate(tools, folder):
        yield f"a candidate waits, and is not packed: {WAITS}"


def _unwritten(request: ExportRequest) -> Iterator[str]:
    if request.dry_run:
        yield "nothing was written (`--dry-run`)"


def _listed(changed: tuple[str, ...]) -> Json:
    return [*changed]
