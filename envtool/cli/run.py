"""`envtool run`."""

from typing import Annotated

import typer

from envtool.cli.installing import ENVIRONMENT, NAME, PREFIX


def run(
    command: Annotated[
        list[str], typer.Argument(metavar="[--] COMMAND...", help="What to run, as it is.")
    ],
    prefix: PREFIX = None,
    name: NAME = None,
    environment: ENVIRONMENT = "production",
    folder: Annotated[
        str | None, typer.Option("--cwd", help="The working directory of the command.")
    ] = None,
) -> None:
    """Run a command in an installed environment.

    envtool becomes it: signals and exit status are its own.
    """
    from envtool.adapters import connect_run
    from envtool.workflows.prefixes import Where
    from envtool.workflows.run import RunRequest
    from envtool.workflows.run import run as workflow

    request = RunRequest(tuple(command), Where(prefix, name, environment), folder)
    raise typer.Exit(workflow(connect_run(), request))
