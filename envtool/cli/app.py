"""Every command of envtool."""

from typing import Annotated

import typer

from envtool import __version__
from envtool.cli.baseline import baseline
from envtool.cli.diff import diff
from envtool.cli.explain import explain
from envtool.cli.init import init
from envtool.cli.policy import policy
from envtool.cli.schema import schema
from envtool.cli.verify import verify

app = typer.Typer(
    name="envtool",
    help="Keep conda environments pinned, tested, audited and recoverable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001 - typer hands over the flag like this
    if value:
        typer.echo(f"envtool {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")
    ] = False,
) -> None:
    """Keep conda environments pinned, tested, audited and recoverable."""
    del version, debug


app.command()(verify)
app.command()(init)
app.add_typer(baseline, name="baseline")
app.command()(diff)
app.command()(explain)
app.add_typer(policy, name="policy")
app.command()(schema)
