"""Runs a command, and ends it with all it started: `worker.py REPORT SECONDS COMMAND...`.

Started with `-I -S` by `trials.py`, so it needs nothing but the standard library. What goes into
the background becomes a child of this process (`PR_SET_CHILD_SUBREAPER`, prctl(2)) where there
is such a thing; when whoever started it is killed, it ends the command, too (`PR_SET_PDEATHSIG`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

_DEATH_SIGNAL, _SUBREAPER = 1, 36
# What ends by itself when it is asked to has so long for it.
_GRACE = 5.0
# Processes that even SIGKILL does not end wait for a disk.
_PATIENCE = 10.0
_MOMENT = 0.1
_DEAD = frozenset({b"Z", b"X"})
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


class _Bell:
    """Notes that somebody wants the command to end; interrupts nothing that is half done."""

    def __init__(self) -> None:
        self.is_rung = False

    def ring(self, *_: object) -> None:
        """Handle the signal."""
        self.is_rung = True


def main(report: str, seconds: str, *command: str) -> None:
    """Run `command` for so many seconds at most, and write down how it ended."""
    bell = _Bell()
    signal.signal(signal.SIGTERM, bell.ring)
    adopt()
    _follow()
    started = time.monotonic()
    code, is_late, left = _watched(command, float(seconds), bell)
    took = time.monotonic() - started
    data = {"code": code, "late": is_late, "left": left, "seconds": took, "peak": _peak()}
    with open(f"{report}.part", "w", encoding="ascii") as file:
        json.dump(data, file)
    os.replace(f"{report}.part", report)


def _watched(command: tuple[str, ...], seconds: float, bell: _Bell) -> tuple[int, bool, int]:
    """The exit status, whether it took too long, and how many processes it left behind."""
    try:
        process = _started(command)
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        why = "was not found" if is_missing else f"can not be started: {error.strerror}"
        sys.stdout.write(f"`{command[0]}` {why}\n")
        sys.stdout.flush()
        return _NOT_FOUND if is_missing else _NOT_EXECUTABLE, False, 0
    until = time.monotonic() + seconds
    while _is_running(process) and not bell.is_rung and time.monotonic() < until:
        pass
    if bell.is_rung:
        _ask(process)
    is_running = process.poll() is None
    left = end(process)
    return process.wait(), is_running and not bell.is_rung, max(left - is_running, 0)


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process runs still, after a moment."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_MOMENT)
    return process.returncode is None


def _started(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    program = command[0]
    if sys.platform == "win32":
        import shutil

        program = shutil.which(program) or program
    # Out of the session of this process, so that signals to its group spare this one.
    return subprocess.Popen(  # noqa: S603 - what it is for
        [program, *command[1:]], stdin=subprocess.DEVNULL, start_new_session=True
    )


def adopt() -> None:
    """Be the parent of what loses its own, where there is such a thing."""
    _control(_SUBREAPER, 1)


def _follow() -> None:
    """Go with whoever started this, where there is such a thing."""
    _control(_DEATH_SIGNAL, signal.SIGTERM)


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _ask(process: subprocess.Popen[bytes]) -> None:
    """Let a program end by itself."""
    if sys.platform != "win32":
        _signal_group(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)


def end(process: subprocess.Popen[bytes]) -> int:
    """Kill what is left of a command, and on Linux all below this process; how many those were."""
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        return 0
    if sys.platform != "linux":
        _signal_group(process.pid, signal.SIGKILL)
        return 0
    killed: set[int] = set()
    until = time.monotonic() + _PATIENCE
    while (found := _stopped()) and time.monotonic() < until:
        for each in found:
            _signal(each, signal.SIGKILL)
        killed |= found
        time.sleep(0.001)
    return len(killed)


def _stopped() -> set[int]:
    """Everything below this process, none of which can start another one any more."""
    found: set[int] = set()
    while new := _descendants(os.getpid()) - found:
        for each in new:
            _signal(each, signal.SIGSTOP)
        found |= new
    return found


def _descendants(root: int) -> set[int]:
    """Everything below a process that still runs."""
    children, found, waiting = _children(), set[int](), [root]
    while waiting:
        for each in children.get(waiting.pop(), ()):
            found.add(each)
            waiting.append(each)
    return found


def _children() -> dict[int, list[int]]:
    """The running processes of this machine by their parent (proc(5), `/proc/PID/stat`)."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The name of the program, in brackets, may hold anything.
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except (OSError, ValueError):
                continue
            if state not in _DEAD:
                found.setdefault(int(parent), []).append(int(name))
    return found


def _signal_group(group: int, number: int) -> None:
    with suppress(OSError):
        os.killpg(group, number)


def _signal(process: int, number: int) -> None:
    with suppress(OSError):
        os.kill(process, number)


def _peak() -> int:
    """The memory of the largest child, in bytes."""
    if sys.platform == "win32":
        return 0
    import resource

    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
