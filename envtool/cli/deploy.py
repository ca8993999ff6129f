"""`envtool deploy`."""

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.adapters import peak_memory
from envtool.cli.installing import KEEP, NAME, OFFLINE, PREFIX, Progress, say
from envtool.cli.options import FOLDER, OUTPUT, read_outputs
from envtool.cli.session import session
from envtool.errors import UsageError


def deploy(
    folder: FOLDER = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", help="The profile of the policy; the only one needs no name."),
    ] = None,
    prefix: PREFIX = None,
    name: NAME = None,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="From a bundle that `envtool export` wrote.")
    ] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="From the lock of a commit.")
    ] = None,
    generation: Annotated[
        str | None,
        typer.Option("--generation", help="What was installed before, by its number."),
    ] = None,
    keep: KEEP = 2,
    output: OUTPUT = None,
    *,
    status: Annotated[
        bool, typer.Option("--status", help="Only see whether what is deployed runs and answers.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Only end what is deployed.")] = False,
    offline: OFFLINE = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Also a lock that is stale or has failed, and over what was changed by hand.",
        ),
    ] = False,
) -> None:
    """Install the lock and start its services, or go back.

    It goes back when they do not answer.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("deploy", outputs, offline=offline) as run, closing(Progress()) as progress:
        from envtool.formats.deployed import render
        from envtool.formats.escape import visible
        from envtool.workflows.deploy import deploy
        from envtool.workflows.deploy_stages import DeployRequest
        from envtool.workflows.deploy_status import ServicesRequest
        from envtool.workflows.deploy_status import status as look
        from envtool.workflows.deploy_status import stop as end
        from envtool.workflows.install_source import Choice, Kind
        from envtool.workflows.install_terms import How

        named = ((Kind.BUNDLE, bundle), (Kind.REVISION, revision), (Kind.GENERATION, generation))
        choices = [Choice(kind, value) for kind, value in named if value is not None]
        if len(choices) + status + stop > 1:
            raise UsageError(
                "these options do not go together",
                hints=(
                    "give one of `--bundle`, `--revision`, `--generation`, `--status`, `--stop`",
                ),
            )
        now = datetime.now(tz=UTC)
        if status or stop:
            asked = ServicesRequest(
                folder=folder,
                prefix=prefix,
                name=name,
                to=to,
                today=now.date(),
                clock=time.perf_counter,
                say=say,
            )
            run.finish(look(run.tools, asked) if status else end(run.tools, asked))
        request = DeployRequest(
            folder=folder,
            prefix=prefix,
            name=name,
            to=to,
            choice=choices[0] if choices else Choice(),
            how=How(now=now, clock=time.perf_counter, progress=progress, memory=peak_memory),
            say=say,
            hear=lambda line: say(f"  {visible(line)}"),
            keep=keep,
            force=force,
        )
        result = deploy(run.tools, request)
        progress.close()
        run.finish(result, render)
