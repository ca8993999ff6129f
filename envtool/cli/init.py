"""`envtool init`."""

from typing import Annotated

import typer

from envtool.cli.options import OUTPUT, read_day, read_outputs
from envtool.cli.session import session
from envtool.domain.policy.records import Profile


def init(
    folder: Annotated[
        str, typer.Argument(help="The project; none is the folder here.", show_default=False)
    ] = ".",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every file, and write none.")
    ] = False,
    profile: Annotated[
        Profile | None, typer.Option(help="Of the new policy.", case_sensitive=False)
    ] = None,
    output: OUTPUT = None,
) -> None:
    """Set envtool up in a repository: policy, workflow, Dependabot.

    Overwrites nothing, and writes only when `envtool verify` passes with all of it: errors of
    today are taken into the policy where everybody sees them; credentials never are.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("init", outputs) as run:
        from envtool.formats.adoption import render
        from envtool.workflows.init import InitRequest
        from envtool.workflows.init import init as workflow

        request = InitRequest(folder=folder, today=read_day(None), profile=profile, dry_run=dry_run)
        run.finish(workflow(run.tools, request), render)
