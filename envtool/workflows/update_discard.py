"""`envtool update --discard`: the candidate goes, and nothing else changes."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from envtool.domain.results import Result
from envtool.errors import UnreadableError
from envtool.ports import Tools
from envtool.workflows.candidate import FOLDER, removal
from envtool.workflows.finder import join
from envtool.workflows.projects import find_targets
from envtool.workflows.spec_files import LOCK_LIMIT
from envtool.workflows.turn import project_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardRequest:
    """Whose candidate is to go.

    Attributes:
        folder: of the project, or below it.
        say: is told on whom it waits.
        dry_run: write nothing.
    """

    folder: str
    say: Callable[[str], None]
    dry_run: bool = False


def discard(tools: Tools, request: DiscardRequest) -> Result:
    """Drop the candidate, one that can not be read too, and say what it was.

    Raises `EnvtoolError` when that can not be done; none to drop is no error.
    """
    root = find_targets(tools, (request.folder,), recursive=False)[0].folder
    if request.dry_run:
        return _discard(tools, request, root)
    with project_turn(tools, root, request.say) as notes:
        return _discard(tools, request, root, notes)


def _discard(
    tools: Tools, request: DiscardRequest, root: str, notes: tuple[str, ...] = ()
) -> Result:
    gone = removal(tools, root)
    if not gone:
        return Result(
            command="update",
            headline="Nothing to discard: there is no candidate",
            notes=notes,
            data={"discarded": None},
        )
    command, changes = _made(tools, root)
    if not request.dry_run:
        tools.changes().commit(root, gone)
    verb = "Would discard" if request.dry_run else "Discarded"
    written = "nothing was written (`--dry-run`)"
    return Result(
        command="update",
        headline=f"{verb} the candidate" + (f" of `{command}`" if command else ""),
        notes=(
            *notes,
            *((f"it held: {', '.join(changes)}",) if changes else ()),
            written if request.dry_run else "environment files and lock are as they were",
        ),
        data={"discarded": {"command": command or None, "changes": [*changes]}},
    )


def _made(tools: Tools, root: str) -> tuple[str, tuple[str, ...]]:
    """What the candidate was asked for with, and its changes; nothing where that is not known."""
    try:
        data = json.loads(tools.files.read(join(root, f"{FOLDER}/plan.json"), LOCK_LIMIT))
        changes = tuple(
            f"{each['name']} {each['before'] or '-'} -> {each['after'] or '-'}"
            for each in data["plan"]["changes"]
        )
        return str(data["command"]), changes
    except (UnreadableError, ValueError, KeyError, TypeError):
        return "", ()
