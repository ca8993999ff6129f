"""Tells a process from another one that has got its number later."""

import os
import subprocess
from contextlib import suppress

_BOOT = "/proc/sys/kernel/random/boot_id"
# Of proc(5), `/proc/PID/stat`, counted from what stands behind the name of the program.
_STATE, _STARTED = 0, 19
_DEAD = frozenset({b"Z", b"X"})


def stamp(process: int) -> str:
    """When a process was started, in whatever the system counts; empty when it does not run."""
    return _of_proc(process) if os.path.exists(_BOOT) else of_ps(process)


def of_ps(process: int) -> str:
    """The same where there is no `/proc`."""
    command = ["ps", "-o", "stat=,lstart=", "-p", str(process)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    state, _, started = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _of_proc(process: int) -> str:
    with suppress(OSError):
        with open(f"/proc/{process}/stat", "rb") as file:
            # The name of the program, in brackets, may hold anything.
            fields = file.read().rpartition(b")")[2].split()
        with open(_BOOT, encoding="ascii") as file:
            boot = file.read().strip()
        return "" if fields[_STATE] in _DEAD else f"{boot} {int(fields[_STARTED])}"
    return ""


def runs(process: int, stamped: str) -> bool:
    """Whether the process that had this number and stamp still runs."""
    return bool(stamped) and stamp(process) == stamped


def signal_group(group: int, number: int) -> None:
    """Send a signal to all of a session; no matter when there is none."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)
