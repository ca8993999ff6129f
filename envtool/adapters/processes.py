"""The process that envtool is: it becomes another program, or waits for one."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from envtool.errors import COMMAND_HINT, CommandError, ToolError, UsageError

_SHELL = "/bin/sh"
# Writes down what is set, for whoever started the shell; text with no quote of any shell in it.
_DUMP = "import json,os,sys;json.dump(dict(os.environ),open(sys.argv[1],mode=chr(119)))"


class BecomingProcess:
    """The port `Processes` where a process can become another one: everywhere but on Windows."""

    is_windows = False

    def variables(self) -> dict[str, str]:
        """See `ports.Processes.variables`."""
        return dict(os.environ)

    def scripted(
        self, command: Sequence[str], variables: Mapping[str, str], script: str
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        """See `ports.Processes.scripted`."""
        has_bash = any(map(os.path.exists, _paths("bash", variables)))
        return (("bash" if has_bash else _SHELL), "-c", script, "envtool", *command), variables

    def become(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        folder: str | None = None,
        script: str | None = None,
    ) -> int:
        """See `ports.Processes.become`; comes back with an error alone."""
        _enter(folder)
        with _usual_signals():
            if script is None:
                raise _not_started(command[0], _replaced(command, variables))
            # What packages have for `sh` is often written for `bash`.
            told = ("-c", script, "envtool", *command)
            _replaced(("bash", *told), variables)
            raise _not_started(_SHELL, _replaced((_SHELL, *told), variables))


def _replaced(command: Sequence[str], variables: Mapping[str, str]) -> OSError | None:
    """Become `command`; what else than that it is nowhere prevents it."""
    refused: OSError | None = None
    for path in _paths(command[0], variables):
        try:
            _execute(path, command, variables)
        except (FileNotFoundError, NotADirectoryError) as error:
            # There, and yet not found: what its first line names.
            refused = refused or (error if os.path.exists(path) else None)
        except OSError as error:
            refused = refused or (error if not os.path.isdir(path) else None)
    return refused


class WaitingProcess:
    """The port `Processes` where a process can only start another one: on Windows."""

    is_windows = True

    def __init__(self, shell: Sequence[str] | None = None) -> None:
        self._shell = shell or (os.environ.get("COMSPEC", "cmd.exe"), "/D", "/C")

    def variables(self) -> dict[str, str]:
        """See `ports.Processes.variables`."""
        return dict(os.environ)

    def scripted(
        self, command: Sequence[str], variables: Mapping[str, str], script: str
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        """See `ports.Processes.scripted`."""
        return command, _settled(self._shell, script, variables)

    def become(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        folder: str | None = None,
        script: str | None = None,
    ) -> int:
        """See `ports.Processes.become`."""
        import shutil
        import subprocess

        _enter(folder)
        if script is not None:
            variables = _settled(self._shell, script, variables)
        program = shutil.which(command[0], path=variables.get("PATH", ""))
        if program is None:
            raise _not_started(command[0], None)
        with _no_interrupts():
            try:
                process = subprocess.Popen([program, *command[1:]], env=variables)
            except OSError as error:
                raise _not_started(command[0], error) from error
            return process.wait()


def _enter(folder: str | None) -> None:
    if folder is None:
        return
    try:
        os.chdir(folder)
    except OSError as error:
        message = f"`{folder}` can not be the working directory: {error.strerror}"
        raise UsageError(message, hints=("name a folder: `--cwd FOLDER`",)) from error


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """The whole console gets Ctrl+C; what it means is up to the program that is waited for."""
    import signal

    # A handler is for this process alone; what is ignored the program would ignore, too.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _usual_signals() -> Iterator[None]:
    """Python ignores these two, and what a process ignores its successor ignores, too."""
    import signal

    numbers = (signal.SIGPIPE, signal.SIGXFSZ)
    before = [signal.signal(each, signal.SIG_DFL) for each in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _paths(program: str, variables: Mapping[str, str]) -> Iterator[str]:
    """Where `program` may be, as `execvp` has it."""
    if os.sep in program:
        yield program
    elif program:
        for folder in variables.get("PATH", os.defpath).split(os.pathsep):
            yield os.path.join(folder, program)


def _execute(path: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
    try:
        os.execve(path, [*command], variables)  # noqa: S606 - the program that the user asked for
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        # A script without a first line that says what reads it.
        os.execve(_SHELL, [_SHELL, path, *command[1:]], variables)  # noqa: S606 - the same


_UNREAD = "build the environment again: `envtool recreate`; or mend that line, if it is your own"


def _not_started(program: str, refused: OSError | None) -> CommandError:
    if refused is None:
        return CommandError(f"`{program}` was not found", is_found=False, hints=(COMMAND_HINT,))
    if isinstance(refused, FileNotFoundError):
        reason, hint = "what its first line names is not there", _UNREAD
    else:
        reason, hint = refused.strerror or str(refused), "look at it with `ls -l`"
    return CommandError(f"`{program}` can not be executed: {reason}", is_found=True, hints=(hint,))


def _settled(shell: Sequence[str], script: str, variables: Mapping[str, str]) -> dict[str, str]:
    """What is set after `shell` has read `script`, in a file of the ending that `cmd` wants."""
    import json
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="envtool-") as folder:
        said, read = os.path.join(folder, "variables"), os.path.join(folder, "activate.bat")
        python, file_name = (each.replace("%", "%%") for each in (sys.executable, said))
        with open(read, "w", encoding="utf-8", newline="") as file:
            file.write(f'{script}@"{python}" -I -c "{_DUMP}" "{file_name}"\r\n')
        # Standard output and input are those of the program that is started then.
        process = subprocess.run(
            [*shell, read], env=variables, stdin=subprocess.DEVNULL, stdout=2, check=False
        )
        try:
            with open(said, encoding="utf-8") as file:
                return dict(json.load(file))
        except (OSError, ValueError) as error:
            raise ToolError(
                f"the scripts of the environment ended early: exit status {process.returncode}",
                hints=("look into `etc/conda/activate.d` of the environment",),
            ) from error
