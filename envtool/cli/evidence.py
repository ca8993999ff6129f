"""`envtool evidence`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.cli.installing import say
from envtool.cli.options import OUTPUT, read_outputs
from envtool.cli.session import session

evidence = typer.Typer(help="Collect what other machines have tested.", no_args_is_help=True)


# A group of one command would be that command.
@evidence.callback()
def _group() -> None:
    """Collect what other machines have tested."""


@evidence.command("import")
def import_(
    files: Annotated[
        list[str], typer.Argument(help="What `envtool test` has kept in `.envtool/evidence/`.")
    ],
    folder: Annotated[str, typer.Option("--folder", help="The project.")] = ".",
    output: OUTPUT = None,
) -> None:
    """Keep the evidence of other platforms for `envtool commit`."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("evidence import", outputs) as run:
        from envtool.workflows.evidence import ImportRequest, import_evidence

        today = datetime.now(tz=UTC).date()
        request = ImportRequest(folder=folder, paths=tuple(files), today=today, say=say)
        run.finish(import_evidence(run.tools, request))
