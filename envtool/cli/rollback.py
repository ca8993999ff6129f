"""`envtool rollback`."""

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.adapters import peak_memory
from envtool.cli.installing import ENVIRONMENT, FORCE, NAME, OFFLINE, PREFIX, Progress, say
from envtool.cli.options import FOLDER, OUTPUT, read_outputs
from envtool.cli.session import session


def rollback(
    folder: FOLDER = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", help="Generation, date, or the start of a lock's hash or a commit."),
    ] = None,
    prefix: PREFIX = None,
    name: NAME = None,
    environment: ENVIRONMENT = "production",
    output: OUTPUT = None,
    *,
    listed: Annotated[
        bool, typer.Option("--list", help="Show what there is to go back to.")
    ] = False,
    files: Annotated[
        bool,
        typer.Option("--files", help="Have environment files and lock go back, too."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    offline: OFFLINE = False,
    force: FORCE = False,
) -> None:
    """Go back to an environment from before.

    Without `--to` it is the last one that has another lock.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("rollback", outputs, offline=offline) as run, closing(Progress()) as progress:
        from envtool.formats.installing import render
        from envtool.workflows.generation_list import generations
        from envtool.workflows.install_terms import How
        from envtool.workflows.prefixes import Where
        from envtool.workflows.rollback import RollbackRequest, rollback

        where = Where(prefix, name, environment)
        if listed:
            run.finish(generations(run.tools, folder, where), render)
        how = How(
            now=datetime.now(tz=UTC), clock=time.perf_counter, progress=progress, memory=peak_memory
        )
        request = RollbackRequest(
            folder=folder,
            where=where,
            to=to,
            how=how,
            say=say,
            files=files,
            dry_run=dry_run,
            force=force,
        )
        result = rollback(run.tools, request)
        progress.close()
        run.finish(result, render)
