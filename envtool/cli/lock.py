"""`envtool lock`."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from envtool.cli.options import FOLDER, MARKDOWN_OUTPUT, read_outputs
from envtool.cli.session import session
from envtool.domain.engine import Engine


def lock(
    folder: FOLDER = ".",
    platform: Annotated[
        list[str] | None,
        typer.Option("--platform", "-p", help="Lock for this one (repeatable): linux-64, ..."),
    ] = None,
    output: MARKDOWN_OUTPUT = None,
    engine: Annotated[
        Engine, typer.Option("--engine", help="Who solves; conda-lock needs a conda.")
    ] = Engine.RATTLER,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when the lock is out of date.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Settle a lock that git left in conflict.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Read channels as they were fetched before.")
    ] = False,
) -> None:
    """Lock exact packages for each platform, moving few of them.

    As few as possible move.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
    with session("lock", outputs, offline=offline) as run:
        from envtool.formats.changes import render_answer
        from envtool.workflows.lock import LockRequest, lock

        request = LockRequest(
            folder=folder,
            today=datetime.now(tz=UTC).date(),
            say=partial(typer.echo, err=True),
            platforms=tuple(platform or ()),
            check=check,
            merge=merge,
            engine=engine,
        )
        run.finish(lock(run.tools, request), render_answer)
