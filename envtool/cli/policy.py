"""`envtool policy`."""

from typing import Annotated

import typer

from envtool.cli.options import OUTPUT, read_day, read_outputs
from envtool.cli.session import session
from envtool.domain.policy.records import Profile

policy = typer.Typer(help="Show the policy in force, and its schema.", no_args_is_help=True)


@policy.command()
def show(
    folder: Annotated[
        str, typer.Argument(help="The project; none is the one around here.", show_default=False)
    ] = ".",
    *,
    profile: Annotated[
        Profile | None, typer.Option(help="Instead of the policy's own.", case_sensitive=False)
    ] = None,
    policy_from: Annotated[
        str | None, typer.Option(help="Show that of a git revision, or of FILE@sha256:HASH.")
    ] = None,
    output: OUTPUT = None,
) -> None:
    """Show each value of the policy in force, where it comes from, and what is wrong with it.

    Exit status 0: nothing at or above `fail-on` is wrong with it. 1: something is. 2: it can not
    be read.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("policy show", outputs) as run:
        from envtool.formats.policy import render
        from envtool.workflows.policy import ShowRequest, show_policy

        request = ShowRequest(
            folder=folder, today=read_day(None), profile=profile, policy_from=policy_from
        )
        run.finish(show_policy(run.tools, request), render)


@policy.command()
def schema() -> None:
    """Print the JSON schema of `envtool.toml`."""
    import json

    from envtool.domain.policy.schema import policy_schema
    from envtool.domain.rules import RULES

    typer.echo(json.dumps(policy_schema({rule.id: rule.title for rule in RULES}), indent=2))
