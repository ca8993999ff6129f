"""`envtool merge-driver`."""

from typing import Annotated

import typer

from envtool.adapters import connect
from envtool.errors import ExitCode


def merge_driver(
    base: Annotated[str, typer.Argument(metavar="%O", help="The common ancestor.")],
    ours: Annotated[str, typer.Argument(metavar="%A", help="Ours; the result is written here.")],
    theirs: Annotated[str, typer.Argument(metavar="%B", help="Theirs.")],
    path: Annotated[str, typer.Argument(metavar="%P", help="The path that is merged.")],
) -> None:
    """Merge a lock in the middle of a git merge; git calls this.

    Set it up once for each clone:
    git config merge.envtool.driver "envtool merge-driver %O %A %B %P",
    and in .gitattributes: conda-lock.yml merge=envtool.
    Exit status 0: merged. 1: a conflict is left, which `envtool lock --merge` settles.
    """
    from envtool.formats.escape import visible
    from envtool.workflows.merge_driver import DriverRequest, drive

    request = DriverRequest(base=base, ours=ours, theirs=theirs, path=path)
    done = drive(connect(), request)
    for line in done.lines:
        # git hands on what stands here; standard output is its own.
        typer.echo(f"envtool: {visible(line)}", err=True)
    raise typer.Exit(ExitCode.YES if done.is_settled else ExitCode.NO)
