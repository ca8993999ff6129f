"""`envtool update`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from envtool.cli.installing import say
from envtool.cli.options import MARKDOWN_OUTPUT, Output, read_day, read_outputs
from envtool.cli.session import session
from envtool.domain.update_kinds import Level
from envtool.errors import UsageError

Packages = Annotated[
    list[str] | None, typer.Argument(help="The packages, listed in a file or not.")
]
Folder = Annotated[str, typer.Option(help="The project; found upward from here.")]
Everything = Annotated[bool, typer.Option("--all", help="Update every package of the lock.")]
Groups = Annotated[
    list[str] | None, typer.Option("--group", help="Update a group of the policy (repeatable).")
]
AnyLevel = Annotated[Level, typer.Option(help="How far a package may go.", case_sensitive=False)]
AsOf = Annotated[
    str | None, typer.Option(metavar="DATE", help="Builds after that day do not count.")
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Read what was fetched before, and nothing else.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, write nothing.")]
Security = Annotated[
    bool, typer.Option("--security", help="Only what mends known vulnerabilities.")
]
Discard = Annotated[bool, typer.Option("--discard", help="Drop the candidate, and update nothing.")]


def update(
    packages: Packages = None,
    *,
    everything: Everything = False,
    security: Security = False,
    discard: Discard = False,
    group: Groups = None,
    level: AnyLevel = Level.MINOR,
    as_of: AsOf = None,
    offline: Offline = False,
    dry_run: DryRun = False,
    folder: Folder = ".",
    output: MARKDOWN_OUTPUT = None,
) -> None:
    """Lay newer versions beside the project, as a candidate.

    They are solved for, all together. Nothing of the project changes: `envtool export` accepts
    the candidate, and `--discard` drops it. Pins follow in the spelling of their author; what is
    loose on purpose stays loose.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
    taken = {"PACKAGES": packages, "--all": everything, "--group": group, "--as-of": as_of}
    if discard:
        _alone("`--discard` only drops the candidate", taken | {"--security": security})
        _discard(folder, outputs, dry_run=dry_run)
    if security:
        # What is vulnerable says what to update, and the fix how far.
        _alone("`--security` finds by itself what to update", taken)
        from envtool.cli.fixing import fix

        fix("update", folder, outputs, offline=offline, dry_run=dry_run)
    with session("update", outputs, offline=offline) as run:
        from envtool.formats.plan import render
        from envtool.workflows.update import UpdateRequest
        from envtool.workflows.update import update as change
        from envtool.workflows.update_choice import Choice

        choice = Choice(
            packages=tuple(packages or ()),
            groups=tuple(group or ()),
            everything=everything,
            level=level,
        )
        request = UpdateRequest(
            folder=folder,
            choice=choice,
            now=datetime.now(tz=UTC),
            say=say,
            as_of=read_day(as_of) if as_of else None,
            dry_run=dry_run,
        )
        run.finish(change(run.tools, request), render)


def _alone(why: str, taken: Mapping[str, object]) -> None:
    """Raise `UsageError` when one of the options in `taken` was given."""
    for name, value in taken.items():
        if value:
            raise UsageError(f"{why}, without `{name}`", hints=("leave out one of the two",))


def _discard(folder: str, outputs: tuple[Output, ...], *, dry_run: bool) -> NoReturn:
    with session("update", outputs) as run:
        from envtool.workflows.update_discard import DiscardRequest, discard

        request = DiscardRequest(folder=folder, say=say, dry_run=dry_run)
        run.finish(discard(run.tools, request))
    raise typer.Exit
