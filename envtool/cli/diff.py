"""`envtool diff`."""

from typing import Annotated

import typer

from envtool.cli.options import MARKDOWN_OUTPUT, read_outputs
from envtool.cli.session import session
from envtool.errors import UsageError


def diff(
    before: Annotated[str, typer.Argument(help="A file, a git revision, or REVISION:FILE.")],
    after: Annotated[
        str | None,
        typer.Argument(help="The other side; none is the same file here.", show_default=False),
    ] = None,
    output: MARKDOWN_OUTPUT = None,
    *,
    textconv: Annotated[
        bool, typer.Option("--textconv", help="List one file, as git's textconv driver.")
    ] = False,
) -> None:
    """Show what changed between two locks or environment files."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
    with session("diff", outputs) as run:
        from envtool.formats.changes import render
        from envtool.workflows.diff import DiffRequest, compare, listing

        if textconv and after is not None:
            raise UsageError("`--textconv` lists one file", hints=("leave out the other one",))
        if textconv:
            typer.echo(listing(run.tools, before), nl=False)
            return
        run.finish(compare(run.tools, DiffRequest(before=before, after=after)), render)
