"""`envtool schema`."""

import typer

from envtool.adapters import connect


def schema() -> None:
    """Print the JSON schema of `--output json`."""
    typer.echo(connect().shipped.result_schema(), nl=False)
