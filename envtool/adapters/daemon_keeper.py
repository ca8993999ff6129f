"""Keeps a program running: `python -m envtool.adapters.daemon_keeper`, the order on its stdin.

It belongs to no session of a user and outlives whoever started it. It writes down what the
program says, without what is hidden, and how it ended. Asked to end (SIGTERM), it ends the program
and all that this has started; with SIGUSR1 it does the same, and waits for SIGUSR2 to start it
again just as it was. Answers with a line when the program runs, or does not.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from logging import INFO, LogRecord
from logging.handlers import RotatingFileHandler
from threading import Thread
from typing import Any, BinaryIO

from envtool.adapters import trial_worker
from envtool.adapters.disk import write_draft
from envtool.adapters.process_stamps import signal_group, stamp
from envtool.domain.secrets import mask

_CHUNK = 1 << 16
# A line that is longer is cut in pieces.
_LONGEST = 1 << 14
_LOG_SIZE = 8 << 20
_SAID = 20
# By their names: where there are no such signals, this can be loaded all the same.
HOLD, RESUME = "SIGUSR1", "SIGUSR2"
# Who holds a program and does not come back was killed.
_HELD = 3600.0
_PATIENCE = 10.0
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


class _Asked(BaseException):
    """Somebody wants something else than what is waited for."""


class DaemonLog:
    """What a program says, on its way into a file that is begun anew when it is too large."""

    def __init__(self, path: str, hidden: tuple[str, ...]) -> None:
        self._handler = RotatingFileHandler(
            path, maxBytes=_LOG_SIZE, backupCount=1, encoding="utf-8", errors="replace"
        )
        self._hidden = hidden
        # The start of a secret may be the end of a piece.
        self._overlap = max((len(each.encode()) for each in hidden), default=1)
        self._rest = b""
        self.said: deque[str] = deque(maxlen=_SAID)

    def feed(self, data: bytes) -> None:
        """More of what it says, cut anywhere."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for each in lines:
            self._write(each)
        if len(self._rest) > _LONGEST + self._overlap:
            masked = mask(self._rest.decode("utf-8", "replace"), self._hidden).encode()
            self._write(masked[: -self._overlap])
            self._rest = masked[-self._overlap :]

    def note(self, text: str) -> None:
        """A line of ours."""
        self._handler.emit(LogRecord("", INFO, "", 0, f"== {text}", None, None))

    def close(self) -> None:
        """Write the rest."""
        if self._rest:
            self._write(self._rest)
        self._handler.close()

    def _write(self, raw: bytes) -> None:
        text = mask(raw.decode("utf-8", "replace").removesuffix("\r"), self._hidden)
        if text.strip():
            self.said.append(text)
        self._handler.emit(LogRecord("", INFO, "", 0, text, None, None))


def main() -> None:
    """Read the order, start the program, and stay until it has ended for good."""
    order = json.load(sys.stdin)
    if os.fork():
        os._exit(0)
    os.setsid()
    trial_worker.adopt()
    # What is written here is not for everybody; the program has its own way.
    order["umask"] = os.umask(0o077)
    keeper = _Keeper(order, DaemonLog(order["log"], tuple(order["hidden"])))
    for number in (signal.SIGTERM, _number(HOLD), _number(RESUME)):
        signal.signal(number, keeper.hear)
    for number in (signal.SIGHUP, signal.SIGINT):
        # What is ignored the program would ignore, too.
        signal.signal(number, _nothing)
    keeper.keep()


def _number(name: str) -> int:
    return signal.Signals[name]


def _nothing(*_: object) -> None:
    """Does not mind."""


class _Keeper:
    """One program, from its start to its end, and again when it was held."""

    def __init__(self, order: Mapping[str, Any], log: DaemonLog) -> None:
        self._order = order
        self._log = log
        self._asked: list[int] = []
        self._is_waiting = False

    def hear(self, number: int, _: object) -> None:
        """Somebody asks for something: at once, where that does no harm."""
        self._asked.append(number)
        if self._is_waiting:
            self._is_waiting = False
            raise _Asked

    def keep(self) -> None:
        """Run the program, as often as it is wanted."""
        is_wanted = True
        while is_wanted:
            self._log.note(f"{self._order['name']} is started, {_now()}")
            try:
                process = _started(self._order)
            except OSError as error:
                self._not_started(error)
                is_wanted = False
            else:
                is_wanted = self._run(process) and self._is_resumed()
        self._log.close()

    def _run(self, process: "subprocess.Popen[bytes]") -> bool:
        """Stay with the program until it has ended; whether it may be wanted again."""
        assert process.stdout is not None  # noqa: S101 - made above
        reader = Thread(target=_read, args=(process.stdout, self._log), daemon=True)
        reader.start()
        record = self._record(process.pid)
        _write(self._order["record"], record)
        _answer()
        self._wait(lambda: _reap_until(process))
        if process.poll() is None:
            signal_group(process.pid, _number(f"SIG{self._order['signal']}"))
            with suppress(subprocess.TimeoutExpired):
                process.wait(self._order["grace"])
        trial_worker.end(process)
        code = process.wait()
        _reap()
        reader.join(_PATIENCE)
        self._log.note(f"{self._order['name']} ended with {code}, {_now()}")
        is_held = self._asked[:1] == [_number(HOLD)]
        if not is_held:
            _write(self._order["record"], record | {"ended": self._end(code)})
        return is_held

    def _is_resumed(self) -> bool:
        """Wait, with all the settings that the program had, until it is wanted again."""
        # What comes next may have come already.
        self._asked.pop(0)
        self._wait(lambda: time.sleep(_HELD))
        is_wanted = self._asked[:1] == [_number(RESUME)]
        del self._asked[:1]
        return is_wanted

    def _wait(self, wait: Callable[[], object]) -> None:
        with suppress(_Asked):
            self._is_waiting = True
            if not self._asked:
                wait()
            self._is_waiting = False

    def _not_started(self, error: OSError) -> None:
        is_missing = isinstance(error, FileNotFoundError)
        why = "was not found" if is_missing else f"can not be started: {error.strerror}"
        said = f"`{self._order['command'][0]}` {why}"
        self._log.note(said)
        self._log.said.append(said)
        code = _NOT_FOUND if is_missing else _NOT_EXECUTABLE
        _write(self._order["record"], self._record(os.getpid()) | {"ended": self._end(code)})
        _answer()

    def _end(self, code: int) -> dict[str, Any]:
        return {"code": code, "said": [*self._log.said]}

    def _record(self, process: int) -> dict[str, Any]:
        return {
            **{name: self._order[name] for name in ("name", "memo", "signal", "grace")},
            "since": _now(),
            "keeper": [os.getpid(), stamp(os.getpid())],
            "process": [process, stamp(process)],
        }


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds")


def _started(order: Mapping[str, Any]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        order["command"],
        cwd=order["folder"],
        env=order["variables"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=order["umask"],
    )


def _reap_until(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the program, and meanwhile for what it has left to this process."""
    while sys.platform == "linux":
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        if ended is None or ended.si_pid == process.pid:
            break
        os.waitpid(ended.si_pid, 0)
    process.wait()


def _reap() -> None:
    """Take note of all that has ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _read(pipe: BinaryIO, log: DaemonLog) -> None:
    while data := os.read(pipe.fileno(), _CHUNK):
        log.feed(data)


def _write(path: str, record: Mapping[str, Any]) -> None:
    draft = f"{path}.part"
    with suppress(FileNotFoundError):
        os.unlink(draft)
    write_draft(draft, json.dumps(record).encode())
    os.replace(draft, path)


def _answer() -> None:
    """Let go of whoever waits."""
    sys.stdout.write("started\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)


if __name__ == "__main__":
    main()
