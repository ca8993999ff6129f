"""The door to programs that go on running: each behind a keeper, which writes down what it says.

What is known of one lies beside its prefix, in `services/`: `NAME.json` for envtool, `NAME.log`
and `NAME.log.1` for people; `NAME.held` is that of a program that may be wanted again.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from envtool.adapters.daemon_keeper import HOLD, RESUME
from envtool.adapters.prefix_places import Places
from envtool.adapters.process_stamps import runs, signal_group
from envtool.adapters.writing import writing
from envtool.errors import ToolError, UnreadableError, UsageError
from envtool.ports_deploying import Known, Launch
from envtool.ports_testing import Tried

_FOLDER, _ENDING, _HELD = "services", ".json", ".held"
_LIMIT = 1 << 20
_START = 30.0
_PAUSE = 0.02
# The keeper needs so long besides what the program gets.
_PATIENCE = 20.0
_KILLED = -9
_KEYS = {"name", "memo", "since", "signal", "grace", "keeper", "process"}


class KeptDaemons:
    """The port `Daemons`, on processes of this machine."""

    def start(self, prefix: str, launch: Launch) -> None:
        """See `ports_deploying.Daemons.start`."""
        if sys.platform == "win32":
            raise UsageError(
                "envtool runs no services on Windows",
                hints=("have its service manager do it: `start` and `stop` in the policy",),
            )
        if not os.path.isdir(launch.folder):
            raise UsageError(
                f"`{launch.folder}` can not be the working directory",
                hints=("mend `cwd` in the policy",),
            )
        with writing(_folder(prefix)):
            os.makedirs(_folder(prefix), mode=0o700, exist_ok=True)
            log = self.log(prefix, launch.name)
            # What programs say, and what they are told, is not for everybody on the machine.
            os.close(os.open(log, os.O_CREAT | os.O_WRONLY, 0o600))
        order = launch._asdict() | {"log": log, "record": _path(prefix, launch.name)}
        self._send(order)

    def _send(self, order: dict[str, Any]) -> None:
        """Start a keeper, and wait until it has started the program, or tried to."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "envtool.adapters.daemon_keeper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )
        with process:
            try:
                said, wrong = process.communicate(json.dumps(order).encode(), _START)
            except BaseException:
                process.kill()
                raise
        if not said:
            last = wrong.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ToolError(
                f"nobody could be found to keep `{order['name']}` running: {last}",
                hints=("look at the disk and at its rights: `df -h .`",),
            )

    def known(self, prefix: str) -> tuple[Known, ...]:
        """See `ports_deploying.Daemons.known`."""
        found = [_read(prefix, name) for name in _names(prefix)]
        ordered = sorted(found, key=lambda each: (each["since"], each["name"]))
        return tuple(
            Known(
                each["name"],
                each["memo"],
                each["process"][0],
                each["since"],
                runs(*each["process"]),
            )
            for each in ordered
        )

    def ended(self, prefix: str, name: str) -> Tried | None:
        """See `ports_deploying.Daemons.ended`."""
        is_kept = runs(*_read(prefix, name)["keeper"])
        # It may have written down the end just before it went.
        record = _read(prefix, name)
        if how := record.get("ended"):
            return Tried(int(how["code"]), 0.0, 0, 0, tuple(how["said"]))
        return None if is_kept or runs(*record["process"]) else Tried(_KILLED, 0.0, 0, 0, ())

    def stop(self, prefix: str, name: str) -> None:
        """See `ports_deploying.Daemons.stop`."""
        record = _read(prefix, name)
        with _permitted(name):
            if runs(*record["keeper"]):
                os.kill(record["keeper"][0], signal.SIGTERM)
                _waited(record["keeper"], record["grace"] + _PATIENCE)
            if runs(*record["process"]):
                # Its keeper was killed.
                number = signal.Signals[f"SIG{record['signal']}"]
                signal_group(record["process"][0], number)
                _waited(record["process"], record["grace"])
            if sys.platform != "win32" and runs(*record["process"]):
                signal_group(record["process"][0], signal.SIGKILL)
                _waited(record["process"], _PATIENCE)
        with writing(_path(prefix, name)), suppress(FileNotFoundError):
            os.unlink(_path(prefix, name))

    def hold(self, prefix: str, name: str) -> None:
        """See `ports_deploying.Daemons.hold`."""
        record = _read(prefix, name)
        with writing(_path(prefix, name)), _permitted(name):
            os.kill(record["keeper"][0], signal.Signals[HOLD])
            os.replace(_path(prefix, name), _path(prefix, name, _HELD))
            _waited(record["process"], record["grace"] + _PATIENCE)

    def resume(self, prefix: str, name: str) -> None:
        """See `ports_deploying.Daemons.resume`."""
        record = _read(prefix, name, _HELD)
        until = time.monotonic() + _START
        with _permitted(name):
            if runs(*record["keeper"]):
                os.kill(record["keeper"][0], signal.Signals[RESUME])
        while not os.path.exists(_path(prefix, name)):
            if not runs(*record["keeper"]) or time.monotonic() > until:
                raise ToolError(
                    f"nobody knows anymore how `{name}` was started",
                    hints=("start it anew: `envtool deploy`",),
                )
            time.sleep(_PAUSE)
        os.unlink(_path(prefix, name, _HELD))

    def release(self, prefix: str) -> None:
        """See `ports_deploying.Daemons.release`."""
        for name in list(_names(prefix, _HELD)):
            record = _read(prefix, name, _HELD)
            with _permitted(name):
                if runs(*record["keeper"]):
                    os.kill(record["keeper"][0], signal.SIGTERM)
                    _waited(record["keeper"], _PATIENCE)
            with writing(_path(prefix, name, _HELD)):
                os.unlink(_path(prefix, name, _HELD))

    def log(self, prefix: str, name: str) -> str:
        """See `ports_deploying.Daemons.log`."""
        return os.path.join(_folder(prefix), f"{name}.log")


def _folder(prefix: str) -> str:
    return os.path.join(Places(prefix).folder, _FOLDER)


def _path(prefix: str, name: str, ending: str = _ENDING) -> str:
    return os.path.join(_folder(prefix), f"{name}{ending}")


def _names(prefix: str, ending: str = _ENDING) -> Iterator[str]:
    with suppress(FileNotFoundError, NotADirectoryError):
        for each in sorted(os.listdir(_folder(prefix))):
            if each.endswith(ending):
                yield each.removesuffix(ending)


def _known(record: Any) -> Known:  # noqa: ANN401 - JSON
    process, stamped = record["process"]
    return Known(record["name"], record["memo"], process, record["since"], runs(process, stamped))


def _read(prefix: str, name: str, ending: str = _ENDING) -> Any:  # noqa: ANN401 - JSON
    path = _path(prefix, name, ending)
    record: Any = {}
    with suppress(OSError, ValueError), open(path, "rb") as file:
        record = json.loads(file.read(_LIMIT))
    if not isinstance(record, dict) or not record.keys() >= _KEYS:
        raise UnreadableError(
            f"`{path}` does not say what was started",
            hints=(f"end `{name}` by hand if it runs, then `rm {path}`",),
        )
    return record


def _waited(marked: tuple[int, str], seconds: float) -> None:
    """Wait until a process is gone, so long at most."""
    until = time.monotonic() + seconds
    while runs(*marked) and time.monotonic() < until:
        time.sleep(_PAUSE)


@contextmanager
def _permitted(name: str) -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        # Gone by itself.
        return
    except PermissionError as error:
        raise UsageError(
            f"`{name}` was started by another user", hints=("deploy as that user",)
        ) from error
