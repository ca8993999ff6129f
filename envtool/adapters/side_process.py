"""Starts workers of `envtool.workers`, and tells them what to do."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from envtool.workers.frames import tell, told

# The standard library comes first, whatever stands beside envtool.
_START = """
import sys
sys.path.append({root!r})
from envtool.workers.{name} import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
_ROOT = str(Path(__file__).parents[2])


class SideProcess:
    """A worker; what goes wrong with it is not there, and who asked does the work himself."""

    def __init__(self, process: "subprocess.Popen[bytes] | None") -> None:
        self._process = process

    def tell(self, message: object) -> bool:
        """Send something; whether it is there to read it."""
        with suppress(OSError):
            if self._process is not None and self._process.stdin is not None:
                tell(self._process.stdin, message)
                return True
        return False

    def answer(self) -> Any:  # noqa: ANN401 - what the worker answers
        """The next answer that is one; None when it died."""
        found = None
        # What is no message can not be told from a worker that died.
        with suppress(OSError, EOFError, ValueError, TypeError):
            while found is None and self._process is not None and self._process.stdout is not None:
                found = told(self._process.stdout)
        return found


@contextmanager
def side_process(name: str) -> Iterator[SideProcess]:
    """The worker `name` of `envtool.workers`, gone at the end."""
    try:
        process = subprocess.Popen(  # noqa: S603 - this Python, named in full
            [sys.executable or "", "-I", "-S", "-c", _START.format(root=_ROOT, name=name)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield SideProcess(None)
        return
    try:
        yield SideProcess(process)
    finally:
        process.kill()
        # What it was not there to read.
        with suppress(OSError):
            process.communicate()
