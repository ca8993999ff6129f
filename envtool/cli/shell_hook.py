"""`envtool shell-hook`."""

import os
from typing import Annotated

import typer

from envtool.cli.installing import ENVIRONMENT, NAME, PREFIX


def shell_hook(
    prefix: PREFIX = None,
    name: NAME = None,
    environment: ENVIRONMENT = "production",
    shell: Annotated[
        str | None,
        typer.Option("--shell", help="bash, zsh, fish, powershell or cmd; else that of $SHELL."),
    ] = None,
) -> None:
    """Print what a shell reads to use an environment.

    Bash reads it with `eval "$(envtool shell-hook)"`.
    """
    from envtool.adapters import connect_run
    from envtool.cli.output import write_bytes
    from envtool.workflows.prefixes import Where
    from envtool.workflows.shell_hook import ShellHookRequest
    from envtool.workflows.shell_hook import shell_hook as workflow

    request = ShellHookRequest(Where(prefix, name, environment), shell)
    text = workflow(connect_run(), request)
    # Paths need not be UTF-8.
    write_bytes(os.fsencode(text))
