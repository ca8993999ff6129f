"""Writes what a shell has to read to use an installed environment."""

import posixpath
from collections.abc import Mapping
from typing import NamedTuple

from envtool.domain.shell_scripts import Shell, script
from envtool.errors import UsageError
from envtool.ports_running import RunTools
from envtool.workflows.activation import Wanted, prepare
from envtool.workflows.prefixes import Where

_SHELLS = {each.value: each for each in Shell}
# Those that read what `bash` reads.
_LIKE_BASH = ("sh", "dash", "ash", "ksh", "mksh")


class ShellHookRequest(NamedTuple):
    """Which environment, and for which shell; None is the user's own."""

    where: Where
    shell: str | None = None


def shell_hook(doors: RunTools, request: ShellHookRequest) -> str:
    """The script; raises `UsageError` when the shell is not known, and as `prepare`."""
    processes = doors.processes
    shell = _shell(request.shell, processes.variables(), windows=processes.is_windows)
    try:
        return script(shell, prepare(doors, Wanted(request.where, shell.ending)))
    except ValueError as error:
        raise UsageError(str(error), hints=("take another shell: `--shell powershell`",)) from error


def _shell(name: str | None, variables: Mapping[str, str], *, windows: bool) -> Shell:
    if name is None and windows:
        return Shell.POWERSHELL
    said = name or posixpath.basename(variables.get("SHELL", "bash"))
    known = _SHELLS | dict.fromkeys(_LIKE_BASH, Shell.BASH) | {"pwsh": Shell.POWERSHELL}
    if said not in known:
        listed = ", ".join(f"`{each}`" for each in _SHELLS)
        raise UsageError(
            f"`{said}` is no shell known here", hints=(f"`--shell` with one of {listed}",)
        )
    return known[said]
