"""`envtool export`."""

from contextlib import closing
from typing import Annotated

import typer

from envtool.cli.installing import Progress, say
from envtool.cli.options import FOLDER, MARKDOWN_OUTPUT, read_now, read_outputs
from envtool.cli.session import session
from envtool.errors import UsageError


def export(
    folder: FOLDER = ".",
    output: MARKDOWN_OUTPUT = None,
    bundle: Annotated[
        str | None,
        typer.Option("--bundle", help="Pack the lock, archives included; accept nothing."),
    ] = None,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="With --bundle: of the lock.")
    ] = "production",
    platform: Annotated[
        str | None, typer.Option("--platform", help="With --bundle: instead of this machine's.")
    ] = None,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="With --bundle: take only what was fetched before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be accepted, write nothing.")
    ] = False,
) -> None:
    """Accept the candidate, and write what recovery needs.

    Other tools find what they read there, too; all files are written, or none.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
    if bundle is not None and dry_run:
        raise UsageError("`--bundle` writes a file, and `--dry-run` none", hints=("leave out one",))
    with session("export", outputs, offline=offline) as run, closing(Progress()) as progress:
        from envtool.formats.plan import render
        from envtool.workflows.export import ExportRequest
        from envtool.workflows.export import export as accept

        now = read_now()
        packs = bundle is not None
        request = ExportRequest(folder=folder, now=now, say=say, dry_run=dry_run, packs=packs)
        result = accept(run.tools, request)
        if bundle is not None:
            from envtool.workflows.bundle import BundleRequest, with_bundle

            wanted = BundleRequest(
                path=bundle,
                folder=folder,
                environment=environment,
                platform=platform or "",
                now=now,
                progress=progress,
            )
            result = with_bundle(run.tools, wanted, result)
        progress.close()
        # Who accepts has seen the plan; reports have it anyway.
        run.finish(result, render if dry_run else None)
