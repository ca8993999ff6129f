"""`envtool export`."""

from functools import partial
from typing import Annotated

import typer

from envtool.cli.options import read_now, read_outputs
from envtool.cli.session import session


def export(
    folder: Annotated[str, typer.Argument(help="The project; found upward from here.")] = ".",
    output: Annotated[
        list[str] | None,
        typer.Option("--output", "-o", help="FORMAT[=FILE]: text, json or markdown."),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be accepted, write nothing.")
    ] = False,
) -> None:
    """Accept the candidate, and write what recovery and other tools need: all files or none."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
    with session("export", outputs) as run:
        from envtool.formats.plan import render
        from envtool.workflows.export import ExportRequest
        from envtool.workflows.export import export as accept

        request = ExportRequest(
            folder=folder,
            now=read_now(),
            say=partial(typer.echo, err=True),
            dry_run=dry_run,
        )
        # Who accepts has seen the plan; reports have it anyway.
        run.finish(accept(run.tools, request), render if dry_run else None)
