"""`envtool update`."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from envtool.cli.options import MARKDOWN_OUTPUT, read_day, read_outputs
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


def update(
    packages: Packages = None,
    *,
    everything: Everything = False,
    security: Security = False,
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
    the candidate. Pins follow in the spelling of their author; what is loose on purpose stays
    loose.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
    if security:
        # What is vulnerable says what to update, and the fix how far.
        taken = {"PACKAGES": packages, "--all": everything, "--group": group, "--as-of": as_of}
        for name, value in taken.items():
            if value:
                raise UsageError(
                    f"`--security` finds by itself what to update, without `{name}`",
                    hints=("leave out one of the two",),
                )
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
            say=partial(typer.echo, err=True),
            as_of=read_day(as_of) if as_of else None,
            dry_run=dry_run,
        )
        run.finish(change(run.tools, request), render)
