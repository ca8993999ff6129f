"""What `envtool audit --fix` and `envtool update --security` have in common."""

from datetime import UTC, datetime
from typing import NoReturn

import typer

from envtool.cli.installing import say
from envtool.cli.options import Output
from envtool.cli.session import session
from envtool.domain.auditing.sources import Engine


def fix(
    command: str,
    folder: str,
    outputs: tuple[Output, ...],
    *,
    offline: bool,
    dry_run: bool,
    engine: Engine = Engine.ENVTOOL,
    vex: tuple[str, ...] = (),
) -> NoReturn:
    """Make a candidate that mends what is vulnerable, and leave with the exit status."""
    with session(command, outputs, offline=offline) as run:
        from envtool.formats.plan import render
        from envtool.workflows.audit_fix import FixRequest, audit_fix

        request = FixRequest(
            folder=folder,
            now=datetime.now(tz=UTC),
            say=say,
            command=command,
            engine=engine,
            vex=vex,
            dry_run=dry_run,
        )
        run.finish(audit_fix(run.tools, request), render)
    raise typer.Exit
