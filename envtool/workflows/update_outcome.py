"""What an update comes to: the lock of the files as they are then, and the candidate of both."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from envtool.domain.plan import Security
from envtool.domain.plan_json import Rewritten
from envtool.domain.results import Json
from envtool.domain.update_asks import limits, pip_limits
from envtool.ports import Tools
from envtool.workflows.candidate import (
    FOLDER,
    Candidate,
    drafts,
    fingerprints,
    has_candidate,
)
from envtool.workflows.finder import join
from envtool.workflows.lock_inputs import Inputs, read_inputs
from envtool.workflows.lock_texts import lock_head, lock_texts
from envtool.workflows.locking import solve_project
from envtool.workflows.overlay import Overlay
from envtool.workflows.pip_section import with_pip
from envtool.workflows.update_rounds import Found, newest_of_pip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the candidate is made for.

    Attributes:
        folder: of the project, or below it.
        today: the day on which the policy is read.
        command: how to ask for the same again.
        dry_run: write nothing.
        security: the vulnerabilities that it is to mend, by package.
    """

    folder: str
    today: date
    command: str
    dry_run: bool
    security: Security = field(default_factory=dict)


def locked(tools: Tools, asked: Asked, found: Found, newest: datetime | None) -> dict[str, str]:
    """The lock of the environment files as they are after the update.

    What was updated keeps its version, and as few others move as can be.
    """
    over = replace(tools, files=Overlay(tools.files, changed_files(found)))
    inputs = read_inputs(over, asked.folder, asked.today)
    inputs = replace(inputs, limits=limits(found.ranges), pip_limits=pip_limits(found.ranges))
    solved = solve_project(over, inputs, found.held, newest)
    whole = with_pip(over, inputs, solved, found.held_pip, newest_of_pip(found.ranges, newest))
    return lock_texts(over, whole, lock_head(over, inputs))


def changed_files(found: Found) -> dict[str, bytes]:
    """The environment files that follow, by path."""
    return {path: text.encode() for path, text in found.texts.items()}


def rewritten(inputs: Inputs, found: Found) -> Iterator[Rewritten]:
    """The lines of environment files that follow."""
    for path, lines in found.lines.items():
        for line, text in sorted(lines.items(), key=lambda each: each[0].place):
            yield Rewritten(inputs.relative(path), line.place.line, line.text, text)


def candidate_of(
    tools: Tools, inputs: Inputs, asked: Asked, found: Found, texts: dict[str, str]
) -> Candidate:
    """The candidate of `found` with the lock in `texts`."""
    names = tuple(inputs.relative(spec.path) for spec in inputs.specs)
    changed = {inputs.relative(path): text for path, text in found.texts.items()}
    return Candidate(
        command=asked.command,
        inputs=fingerprints(tools, inputs.folder, names),
        texts={**changed, **texts},
        lines=tuple(rewritten(inputs, found)),
        security=asked.security,
    )


def keep(tools: Tools, inputs: Inputs, asked: Asked, candidate: Candidate, plan: Json) -> str:
    """Write the candidate, and say so."""
    if asked.dry_run:
        return "nothing was written (`--dry-run`)"
    was_there = has_candidate(tools, inputs.folder)
    tools.changes().commit(inputs.folder, drafts(tools, inputs.folder, candidate, plan))
    instead = ", in place of the one that was there" if was_there else ""
    then = "try it: `envtool test`, accept it: `envtool export`"
    return f"wrote the candidate in `{join(inputs.folder, FOLDER)}`{instead}; {then}"
