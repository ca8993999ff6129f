"""`envtool test`."""

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.adapters import peak_memory
from envtool.cli.installing import OFFLINE, Progress, say
from envtool.cli.options import FOLDER, read_outputs
from envtool.cli.session import session


def test(
    folder: FOLDER = ".",
    environment: Annotated[
        list[str] | None,
        typer.Option("--environment", "-e", help="Only this one of the lock; several times."),
    ] = None,
    output: Annotated[
        list[str] | None, typer.Option("--output", "-o", help="FORMAT[=FILE]: text, json or junit.")
    ] = None,
    *,
    candidate: Annotated[
        bool | None,
        typer.Option(
            "--candidate/--current",
            help="What `envtool update` proposes, or the lock; the first where it fits.",
        ),
    ] = None,
    offline: OFFLINE = False,
) -> None:
    """Try the candidate, or the lock, in environments of its own.

    The evidence is kept, for `envtool commit`.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "junit"))
    with session("test", outputs, offline=offline) as run, closing(Progress()) as progress:
        from envtool.formats.escape import visible
        from envtool.formats.tested import render
        from envtool.workflows.install_terms import How
        from envtool.workflows.test import TrialRequest
        from envtool.workflows.test import test as workflow
        from envtool.workflows.test_environment import Manner

        def tell(text: str) -> None:
            # What is told stands in a line of its own.
            progress.close()
            say(text)

        now = datetime.now(tz=UTC)
        manner = Manner(
            how=How(
                now=now,
                clock=time.perf_counter,
                memory=peak_memory,
                progress=progress,
                register=False,
            ),
            today=now.date(),
            say=tell,
            hear=lambda line: tell(f"  {visible(line)}"),
        )
        request = TrialRequest(
            folder=folder,
            manner=manner,
            candidate=candidate,
            environments=tuple(dict.fromkeys(environment or ())),
        )
        result = workflow(run.tools, request)
        progress.close()
        run.finish(result, render)
