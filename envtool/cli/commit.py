"""`envtool commit`."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from envtool.cli.installing import say
from envtool.cli.options import FOLDER, OUTPUT, read_outputs
from envtool.cli.session import session


def commit(
    folder: FOLDER = ".",
    branch: Annotated[
        str, typer.Option("--branch", help="Make the commit on a new branch of this name.")
    ] = "",
    output: OUTPUT = None,
    *,
    sign: Annotated[bool, typer.Option("--sign", help="Sign the commit.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be committed, commit nothing.")
    ] = False,
    expand: Annotated[
        bool, typer.Option("--expand", help="List every finding, waived ones too.")
    ] = False,
) -> None:
    """Commit what was tested and approved, and nothing else.

    That is environment files, lock and approvals.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("commit", outputs) as run:
        from envtool.formats.committed import render
        from envtool.workflows.commit import CommitRequest
        from envtool.workflows.commit import commit as workflow

        request = CommitRequest(
            folder=folder,
            today=datetime.now(tz=UTC).date(),
            say=say,
            branch=branch,
            sign=sign,
            dry_run=dry_run,
        )
        run.finish(workflow(run.tools, request), partial(render, expand=expand))
