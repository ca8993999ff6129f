"""`envtool audit db`: the advisories that are kept on this machine."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.cli.installing import say
from envtool.cli.options import OUTPUT, read_outputs
from envtool.cli.session import session

db = typer.Typer(
    help="Fetch the advisories for audits without a network, and look at what is there.",
    no_args_is_help=True,
)

_Folder = Annotated[
    str,
    typer.Argument(
        help="A project whose policy names other sources; none is the one around here.",
        show_default=False,
    ),
]


@db.command()
def update(
    folder: _Folder = ".",
    brought: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FOLDER", help="Take the files from there and fetch nothing."
        ),
    ] = None,
    output: OUTPUT = None,
) -> None:
    """Fetch what is new of every source; what fails keeps what it had.

    Exit status 0: all sources were read. 5: some, or all, were not.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("audit db update", outputs) as run:
        from envtool.formats.audit_database import render
        from envtool.workflows.audit_database import DatabaseRequest, update_database

        request = DatabaseRequest(folder=folder, now=datetime.now(tz=UTC))
        run.finish(update_database(run.tools, request, say, brought), render)


@db.command()
def status(folder: _Folder = ".", output: OUTPUT = None) -> None:
    """Show each source with its records, its age, and its newest entry.

    Exit status 0: all sources are there, whatever their age. 5: some are not.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("audit db status", outputs) as run:
        from envtool.formats.audit_database import render
        from envtool.workflows.audit_database import DatabaseRequest, database_status

        request = DatabaseRequest(folder=folder, now=datetime.now(tz=UTC))
        run.finish(database_status(run.tools, request), render)
