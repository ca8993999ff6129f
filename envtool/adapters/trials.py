"""The door to commands of users that may do anything: each behind a worker that ends it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

from envtool.adapters import trial_worker
from envtool.adapters.trial_log import TrialLog
from envtool.errors import UnreadableError, UsageError
from envtool.ports_testing import Trial, Tried

_CHUNK = 1 << 16
# The worker ends a command by itself; this is for a worker that does not.
_PATIENCE = 30.0


class WatchedTrials:
    """The port `Trials`, on processes of this machine."""

    def run(self, trial: Trial, hear: Callable[[str], None]) -> Tried:
        """See `ports_testing.Trials.run`."""
        with _Running(trial, hear) as running:
            return running.wait()

    @contextmanager
    def serving(self, trial: Trial) -> Iterator["_Running"]:
        """See `ports_testing.Trials.serving`."""
        with _Running(trial, _nobody) as running:
            yield running

    def answers_http(self, url: str, seconds: float) -> str:
        """See `ports_testing.Trials.answers_http`."""
        from urllib.error import HTTPError, URLError
        from urllib.request import ProxyHandler, build_opener

        # Not through a proxy: it is a program of this machine that is asked.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(url, timeout=seconds):
                return ""
        except HTTPError as error:
            with error:
                return f"`{url}` answers with {error.code}"
        except URLError as error:
            return f"`{url}` does not answer: {error.reason}"
        except (OSError, ValueError) as error:
            return f"`{url}` does not answer: {error}"

    def answers_tcp(self, address: str, seconds: float) -> str:
        """See `ports_testing.Trials.answers_tcp`."""
        import socket

        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), seconds):
                return ""
        except (OSError, OverflowError) as error:
            return f"`{address}` is not open: {error}"

    def pause(self, seconds: float) -> None:
        """See `ports_testing.Trials.pause`."""
        time.sleep(seconds)


def _nobody(_: str) -> None:
    """Hears what is read in the log later."""


class _Running:
    """A command behind its worker, and the thread that writes down what it says."""

    def __init__(self, trial: Trial, hear: Callable[[str], None]) -> None:
        self._trial = trial
        self._hear = hear
        self._started = time.monotonic()
        self._failed: OSError | None = None

    def __enter__(self) -> Self:
        trial = self._trial
        try:
            os.makedirs(os.path.dirname(trial.log), exist_ok=True)
            self._file = open(trial.log, "ab")
        except OSError as error:
            raise _unwritten(trial, error) from error
        self._file.write(f"== {trial.title}\n".encode())
        self._log = TrialLog(self._file, trial.hidden, self._hear)
        descriptor, self._report = tempfile.mkstemp(prefix="envtool-trial-")
        os.close(descriptor)
        self._process = self._worker()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._over()
        except UnreadableError:
            if kind is None:
                raise
        finally:
            # What a full disk did not take was told above.
            with suppress(OSError):
                self._file.close()
            for path in (self._report, f"{self._report}.part"):
                with suppress(FileNotFoundError):
                    os.unlink(path)

    def _worker(self) -> "subprocess.Popen[bytes]":
        trial = self._trial
        command = [
            *(sys.executable, "-I", "-S", trial_worker.__file__, self._report, str(trial.seconds)),
            *trial.command,
        ]
        try:
            return subprocess.Popen(
                command,
                cwd=trial.folder,
                env=dict(trial.variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._file.close()
            os.unlink(self._report)
            raise UsageError(
                f"`{trial.folder}` can not be the working directory: {error.strerror}",
                hints=("mend `cwd` in the policy",),
            ) from error

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - made above
        with pipe:
            while data := os.read(pipe.fileno(), _CHUNK):
                if self._failed is None:
                    try:
                        self._log.feed(data)
                    except OSError as error:
                        # The command must not wait for a reader; it is told at the end.
                        self._failed = error

    def wait(self) -> Tried:
        """How it ended, as soon as it did; raises `UnreadableError` when the log is not whole."""
        self._process.wait(self._trial.seconds + _PATIENCE)
        return self._over()

    def ended(self) -> Tried | None:
        """See `ports_testing.Serving.ended`."""
        return None if self._process.poll() is None else self._over()

    def _over(self) -> Tried:
        code = self._process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        try:
            if self._failed is not None:
                raise self._failed
            self._log.close()
        except (OSError, ValueError) as error:
            raise _unwritten(self._trial, error) from error
        with open(self._report, encoding="ascii") as file:
            text = file.read()
        if not text:
            # Somebody has killed the worker.
            return Tried(code or -9, time.monotonic() - self._started, 0, 0, self._log.said)
        told = json.loads(text)
        ended = None if told["late"] else int(told["code"])
        return Tried(ended, told["seconds"], told["peak"], told["left"], self._log.said)


def _unwritten(trial: Trial, error: Exception) -> UnreadableError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return UnreadableError(
        f"`{trial.log}` can not be written: {why}", hints=("look at the disk: `df -h .`",)
    )
