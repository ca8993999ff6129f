"""`envtool approve`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.cli.installing import say
from envtool.cli.options import OUTPUT, read_outputs
from envtool.cli.session import session


def approve(
    packages: Annotated[list[str], typer.Argument(help="Whose change somebody has looked at.")],
    reason: Annotated[str, typer.Option("--reason", help="Why that is fine.")],
    version: Annotated[
        str | None, typer.Option("--version", help="Instead of the one that is to be committed.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Who looked at it; without it who commits.")
    ] = None,
    folder: Annotated[str, typer.Option("--folder", help="The project.")] = ".",
    output: OUTPUT = None,
) -> None:
    """Let a change of a package pass, to exactly one version.

    The policy holds it.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("approve", outputs) as run:
        from envtool.workflows.approve import ApproveRequest
        from envtool.workflows.approve import approve as workflow

        request = ApproveRequest(
            folder=folder,
            packages=tuple(dict.fromkeys(packages)),
            reason=reason,
            today=datetime.now(tz=UTC).date(),
            say=say,
            version=version,
            owner=owner,
        )
        run.finish(workflow(run.tools, request))
