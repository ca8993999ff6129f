"""The door to conda-lock, as a process in a folder of its own, where nothing of the project is.

It needs a conda, mamba or micromamba, which it asks to solve without installing anything. Both use
the settings, credentials and proxies of conda itself.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from envtool.adapters.conda_lock_errors import Told, refused
from envtool.domain.engine import EngineQuestion, environment_text, machines_text, names_text
from envtool.domain.solving import Conflict
from envtool.errors import ToolError, UnavailableError

# Who is asked for packages by name, in this order, where no variable says it.
_CONDAS = ("mamba", "conda", "micromamba")
_VARIABLES = ("CONDA_LOCK_CONDA", "CONDA_EXE", "MAMBA_EXE")
_LOCK = "conda-lock.yml"


class CondaLock:
    """The port `LockEngine`; `timeout` of a run is in seconds, for all platforms together."""

    def __init__(self, variables: Mapping[str, str] = os.environ, *, timeout: float = 1800) -> None:
        self._variables = variables
        self._timeout = timeout

    def lock(self, question: EngineQuestion) -> str | Conflict:
        """See `ports.LockEngine.lock`."""
        command = [*self._program(), "lock", "--conda", self._conda()]
        # What dies on the way leaves its folders in this one.
        with tempfile.TemporaryDirectory(
            prefix="envtool-engine-", ignore_cleanup_errors=True
        ) as at:
            folder = Path(at)
            _write(folder, question)
            told = self._run([*command, *_options(question)], folder)
            if told.code != 0:
                return refused(told)
            try:
                return (folder / _LOCK).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                raise ToolError("conda-lock left no lock that can be read", hints=_OURS) from error

    def _program(self) -> list[str]:
        """The conda-lock of this Python, else the one on the path."""
        if find_spec("conda_lock") is not None:
            return [sys.executable, "-m", "conda_lock"]
        found = self._which("conda-lock")
        if found is None:
            raise ToolError("conda-lock is not installed", hints=(_INSTALL, *_OURS))
        return [found]

    def _conda(self) -> str:
        """The executable that solves for it."""
        found = next(self._condas(), None)
        if found is None:
            raise ToolError(
                "conda-lock needs conda, mamba or micromamba, and none is here",
                hints=("name one: `CONDA_EXE=/path/to/conda`", *_OURS),
            )
        return found

    def _condas(self) -> Iterator[str]:
        names = (*(self._variables.get(each, "") for each in _VARIABLES), *_CONDAS)
        yield from filter(None, map(self._which, filter(None, names)))

    def _which(self, name: str) -> str | None:
        """Where an executable is; a shim of pyenv stands there for none."""
        folders = self._variables.get("PATH", os.defpath).split(os.pathsep)
        real = os.pathsep.join(each for each in folders if Path(each).parts[-2:] != _SHIMS)
        return shutil.which(name, path=real)

    def _run(self, command: list[str], folder: Path) -> Told:
        """What it said and how it ended; raises when it did not start, or not end in time."""
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
        environment = {**self._variables, **places, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Its conda dies with it.
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError("conda-lock can not be started", hints=(_INSTALL, *_OURS)) from error
        with process:
            try:
                output, _ = process.communicate(timeout=self._timeout)
            except subprocess.TimeoutExpired:
                raise UnavailableError(
                    f"conda-lock did not end within {self._timeout:.0f} s", hints=_AGAIN
                ) from None
            finally:
                _end(process)
        return Told(process.returncode, output.decode("utf-8", "replace"))


def _write(folder: Path, question: EngineQuestion) -> None:
    texts = {
        "environment.yml": environment_text(question),
        "virtual-packages.yml": machines_text(question),
        "names.json": names_text(question),
        _LOCK: question.held,
    }
    for name, text in texts.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")


def _options(question: EngineQuestion) -> Iterator[str]:
    yield from ("--no-mamba", "--no-micromamba", "--log-level", "WARNING")
    yield from ("--file", "environment.yml", "--lockfile", _LOCK)
    yield from ("--virtual-package-spec", "virtual-packages.yml")
    yield from ("--pypi_to_conda_lookup_file", "names.json")
    for platform in question.lines:
        yield from ("--platform", platform)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it and all that it started; does nothing to what has ended."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


_SHIMS = (".pyenv", "shims")
_INSTALL = "python -m pip install 'envtool[conda-lock]'"
_OURS = ("or leave out `--engine`: `envtool lock` by itself needs neither conda nor conda-lock",)
_AGAIN = ("try again in a while", *_OURS)
