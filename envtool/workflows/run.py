"""Runs a program in an installed environment."""

from typing import NamedTuple

from envtool.domain.activation import Activation
from envtool.errors import COMMAND_HINT, UsageError
from envtool.ports_running import RunTools
from envtool.workflows.activation import Wanted, prepare
from envtool.workflows.prefixes import Where


class RunRequest(NamedTuple):
    """What to run, where, and in which working directory."""

    command: tuple[str, ...]
    where: Where
    folder: str | None = None


def run(doors: RunTools, request: RunRequest) -> int:
    """Become the program, or give the exit status of it.

    A shell is started only for scripts that packages want to be run. Raises `CommandError` when
    there is no such program, and as `prepare`.
    """
    processes = doors.processes
    active = prepare(doors, Wanted(request.where, ".bat" if processes.is_windows else ".sh"))
    present = processes.variables()
    if active.has_scripts:
        script = _script(active, windows=processes.is_windows)
        return processes.become(request.command, present, folder=request.folder, script=script)
    return processes.become(request.command, active.applied(present), folder=request.folder)


def _script(active: Activation, *, windows: bool) -> str:
    from envtool.domain.shell_scripts import Shell, exec_script, script

    if not windows:
        return exec_script(active, f"hint: {COMMAND_HINT}")
    try:
        return script(Shell.CMD, active)
    except ValueError as error:
        raise UsageError(str(error), hints=("install it at a plainer path",)) from error
