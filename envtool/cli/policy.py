"""`envtool policy`."""

from typing import Annotated

import typer

from envtool.cli.options import read_outputs
from envtool.cli.session import session

policy = typer.Typer(help="Show the policy in force, and its schema.", no_args_is_help=True)


@policy.command()
def show(
    folder: Annotated[
        str, typer.Argument(help="The project; none is the one around here.", show_default=False)
    ] = ".",
    output: Annotated[
        list[str] | None, typer.Option("--output", "-o", help="FORMAT[=FILE]: text or json.")
    ] = None,
) -> None:
    """Show each value of the policy in force, and where it comes from."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("policy show", outputs) as run:
        from envtool.formats.reference import render_policy
        from envtool.workflows.policy import show_policy

        run.finish(show_policy(run.tools, folder), render_policy)


@policy.command()
def schema() -> None:
    """Print the JSON schema of `envtool.toml`."""
    import json

    from envtool.domain.policy.schema import policy_schema
    from envtool.domain.rules import RULES

    typer.echo(json.dumps(policy_schema({rule.id: rule.title for rule in RULES}), indent=2))
