"""`envtool explain`."""

from typing import Annotated

import typer

from envtool.cli.options import OUTPUT, read_outputs
from envtool.cli.session import session


def explain(
    rule: Annotated[
        str | None, typer.Argument(help="A rule or a family; none lists all.", show_default=False)
    ] = None,
    output: OUTPUT = None,
) -> None:
    """Say what a rule demands, why, and how to accept a finding."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("explain", outputs) as run:
        from envtool.formats.reference import render_explain
        from envtool.workflows.explain import explain as workflow

        run.finish(workflow(rule), render_explain)
