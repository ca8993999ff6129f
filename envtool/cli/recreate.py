"""`envtool recreate`."""

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from envtool.adapters import peak_memory
from envtool.cli.installing import ENVIRONMENT, FORCE, KEEP, NAME, OFFLINE, PREFIX, Progress, say
from envtool.cli.options import FOLDER, OUTPUT, read_outputs
from envtool.cli.session import session
from envtool.errors import UsageError

_SOURCES = "`--candidate`, `--generation`, `--revision`, `--lock`, `--bundle`, `--from-prefix`"


def recreate(
    folder: FOLDER = ".",
    prefix: PREFIX = None,
    name: NAME = None,
    environment: ENVIRONMENT = "production",
    generation: Annotated[
        str | None,
        typer.Option("--generation", help="Build again what was installed: its number."),
    ] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="From the lock of a commit.")
    ] = None,
    lock: Annotated[
        str | None, typer.Option("--lock", help="From a lock file of any kind.")
    ] = None,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="From a bundle that `envtool export` wrote.")
    ] = None,
    from_prefix: Annotated[
        str | None,
        typer.Option("--from-prefix", help="From what is installed in another environment."),
    ] = None,
    keep: KEEP = 2,
    output: OUTPUT = None,
    *,
    candidate: Annotated[
        bool, typer.Option("--candidate", help="From what `envtool update` proposes.")
    ] = False,
    offline: OFFLINE = False,
    refetch: Annotated[
        bool, typer.Option("--refetch", help="Take no extracted package of the cache.")
    ] = False,
    force: FORCE = False,
    archives: Annotated[
        bool | None,
        typer.Option(
            "--keep-archives/--no-keep-archives",
            help="Have the archives, too, for the day when a channel has lost them.",
        ),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Make byte-code of Python modules.")
    ] = True,
) -> None:
    """Build an environment from its lock, whole or not at all.

    It is put in place when it is whole.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("recreate", outputs, offline=offline) as run, closing(Progress()) as progress:
        from envtool.formats.installing import render
        from envtool.workflows.install_source import Choice, Kind
        from envtool.workflows.install_terms import How
        from envtool.workflows.prefixes import Where
        from envtool.workflows.recreate import RecreateRequest, recreate

        choices = [
            Choice(kind, value)
            for kind, value in (
                (Kind.CANDIDATE, "." if candidate else None),
                (Kind.GENERATION, generation),
                (Kind.REVISION, revision),
                (Kind.FILE, lock),
                (Kind.BUNDLE, bundle),
                (Kind.PREFIX, from_prefix),
            )
            if value is not None
        ]
        if len(choices) > 1:
            raise UsageError(
                "packages are read in one place",
                hints=(f"give one of {_SOURCES}",),
            )
        request = RecreateRequest(
            folder=folder,
            where=Where(prefix, name, environment),
            choice=choices[0] if choices else Choice(),
            how=How(
                now=datetime.now(tz=UTC),
                clock=time.perf_counter,
                progress=progress,
                memory=peak_memory,
                refetch=refetch,
                compile=compiled,
                archives=archives,
            ),
            say=say,
            keep=keep,
            force=force,
        )
        result = recreate(run.tools, request)
        progress.close()
        run.finish(result, render)
