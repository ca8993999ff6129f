"""`envtool export`: accepts the candidate, all of its files or none."""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from envtool.domain.plan import Decision, Plan, plan
from envtool.domain.plan_json import counted, described
from envtool.domain.project import Project
from envtool.domain.results import Failure, Result
from envtool.errors import ExitCode
from envtool.ports import Tools
from envtool.workflows.candidate import Candidate, fingerprints, read_candidate, removal
from envtool.workflows.lock import written_packages
from envtool.workflows.lock_inputs import read_old, read_project
from envtool.workflows.projects import find_targets
from envtool.workflows.spec_files import LOCK_FILE
from envtool.workflows.turn import project_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Whose candidate to accept.

    Attributes:
        folder: of the project, or below it.
        today: the day on which the policy is read.
        say: is told on whom it waits.
        dry_run: write nothing.
    """

    folder: str
    today: date
    say: Callable[[str], None]
    dry_run: bool = False


def export(tools: Tools, request: ExportRequest) -> Result:
    """Put the files of the candidate in place of the project's, and say what that changes.

    The answer is no when a file was edited after the candidate was made. Raises `EnvtoolError`
    when there is none, or something can not be read or written.
    """
    root = find_targets(tools, (request.folder,), recursive=False)[0].folder
    if request.dry_run:
        return _export(tools, request, root)
    with project_turn(tools, root, request.say) as notes:
        result = _export(tools, request, root)
        return replace(result, notes=(*notes, *result.notes))


def _export(tools: Tools, request: ExportRequest, folder: str) -> Result:
    project, _ = read_project(tools, folder, request.today)
    names = [posixpath.relpath(spec.path, folder) for spec in project.specs]
    candidate = read_candidate(tools, folder, names)
    edited = _edited(candidate, fingerprints(tools, folder, names))
    if edited:
        return _refused(candidate, edited)
    made = _plan(tools, folder, project, candidate)
    notes = tuple(_notes(made, candidate, request))
    if not request.dry_run:
        tools.changes().commit(folder, {**candidate.texts, **removal(tools, folder)})
    platforms = {platform for each in made.changes for platform in each.platforms}
    verb = "Would export" if request.dry_run else "Exported"
    return Result(
        command="export",
        headline=f"{verb} {counted(made)}",
        notes=notes,
        data={"plan": described(made, candidate.lines, platforms)},
    )


def _edited(candidate: Candidate, now: Mapping[str, str | None]) -> list[str]:
    """The files that are others than those that the candidate was made from."""
    names = dict.fromkeys((*now, *candidate.inputs))
    return [name for name in names if candidate.inputs.get(name) != now.get(name)]


def _refused(candidate: Candidate, edited: list[str]) -> Result:
    some = ", ".join(f"`{each}`" for each in edited)
    verb = "is" if len(edited) == 1 else "are"
    message = f"{some} {verb} not what the candidate was made from"
    return Result(
        command="export",
        headline=f"Not exported: {message}",
        failures=(Failure(ExitCode.NO, message, hints=(candidate.again,)),),
        notes=("nothing was written",),
    )


def _plan(tools: Tools, folder: str, project: Project, candidate: Candidate) -> Plan:
    """The changes as the policy decides on them now."""
    old = read_old(tools, folder)
    before = old.lock.packages if old else ()
    return plan(before, written_packages(tools, candidate.texts[LOCK_FILE]), project)


def _notes(made: Plan, candidate: Candidate, request: ExportRequest) -> Iterator[str]:
    loud = [each.name for each in made.changes if each.ruling.decision is Decision.REVIEW]
    if loud:
        names = tuple(dict.fromkeys(loud))
        some = ", ".join(f"`{each}`" for each in names)
        yield f"somebody has to look at {some} before this is merged"
        yield f"then: `envtool approve {' '.join(names)} --reason TEXT`"
    files = [f"`{each}`" for each in sorted(candidate.texts)]
    yield f"commit {', '.join(files[:-1])} and {files[-1]} together: `envtool commit`"
    if request.dry_run:
        yield "nothing was written (`--dry-run`)"
