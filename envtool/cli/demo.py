"""`envtool demo`."""

import time
from typing import Annotated

import typer

from envtool.adapters import connect_demo
from envtool.cli.options import OUTPUT, read_outputs
from envtool.cli.session import session
from envtool.domain.demo import Played, Scene


def demo(
    folder: Annotated[str, typer.Argument(help="A new folder to play in.")] = "envtool-demo",
    output: OUTPUT = None,
) -> None:
    """Show the main job on a channel that is made here.

    That is: lock, build, break, go back.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("demo", outputs) as run:
        from envtool.workflows.demo import DemoRequest, demo

        request = DemoRequest(folder=folder, clock=time.perf_counter, tell=_tell, show=_show)
        run.finish(demo(connect_demo(), request))


def _tell(text: str) -> None:
    typer.echo(text, err=True)


def _show(scene: Scene, played: Played) -> None:
    typed = " ".join(scene.typed)
    ended = f"(exit status {played.code})\n" if played.code > 0 else ""
    # What was told of the progress is of no use anymore; tests tell what they do line by line.
    idle = ("- ", "  ") if scene.typed[0] == "test" else ("- ",)
    lines = played.err.splitlines(keepends=True)
    said = "".join(line for line in lines if not line.startswith(idle))
    typer.echo(
        f"\n# {scene.told}\n$ envtool {typed}\n{played.out}{said}{ended}", nl=False, err=True
    )
