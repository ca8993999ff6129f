"""Keeps a program running: `python -m envtool.adapters.daemon_keeper`, the order on its stdin.

It belongs to no session of a user and outlives whoever started it. It writes down what the
program says, without what is hidden, and how it ended; asked to end (SIGTERM), it ends the program
and all that this has started. Answers with one line of JSON when the program runs, or does not.
"""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
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
_PATIENCE = 10.0
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


class _Stopped(BaseException):
    """Somebody wants the program to end."""


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
    """Read the order, start the program, and stay until it has ended."""
    order = json.load(sys.stdin)
    if os.fork():
        os._exit(0)
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    trial_worker.adopt()
    log = DaemonLog(order["log"], tuple(order["hidden"]))
    log.note(f"{order['name']} is started, {_now()}")
    try:
        process = _started(order)
    except OSError as error:
        _not_started(order, log, error)
    else:
        _keep(order, log, process)


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Stopped


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
    )


def _not_started(order: Mapping[str, Any], log: DaemonLog, error: OSError) -> None:
    is_missing = isinstance(error, FileNotFoundError)
    why = "was not found" if is_missing else f"can not be started: {error.strerror}"
    said = f"`{order['command'][0]}` {why}"
    log.note(said)
    log.close()
    code = _NOT_FOUND if is_missing else _NOT_EXECUTABLE
    record = _record(order, os.getpid()) | {"ended": {"code": code, "said": [said]}}
    _write(order["record"], record)
    _answer()


def _keep(order: Mapping[str, Any], log: DaemonLog, process: "subprocess.Popen[bytes]") -> None:
    # Only now, for the program would get it, too.
    os.umask(0o077)
    record = _record(order, process.pid)
    assert process.stdout is not None  # noqa: S101 - made above
    reader = Thread(target=_read, args=(process.stdout, log), daemon=True)
    try:
        _write(order["record"], record)
        reader.start()
        _answer()
        process.wait()
    except _Stopped:
        signal_group(process.pid, signal.Signals[f"SIG{order['signal']}"])
        with suppress(subprocess.TimeoutExpired):
            process.wait(order["grace"])
    trial_worker.end(process)
    code = process.wait()
    reader.join(_PATIENCE)
    log.note(f"{order['name']} ended with {code}, {_now()}")
    log.close()
    _write(order["record"], record | {"ended": {"code": code, "said": [*log.said]}})


def _read(pipe: BinaryIO, log: DaemonLog) -> None:
    while data := os.read(pipe.fileno(), _CHUNK):
        log.feed(data)


def _record(order: Mapping[str, Any], process: int) -> dict[str, Any]:
    return {
        "name": order["name"],
        "memo": order["memo"],
        "since": _now(),
        "signal": order["signal"],
        "grace": order["grace"],
        "keeper": [os.getpid(), stamp(os.getpid())],
        "process": [process, stamp(process)],
    }


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
