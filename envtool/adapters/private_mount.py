"""Runs a command that sees a new tree where the old one stands, and nobody else does.

In a mount namespace of its own, made without any right (user_namespaces(7)) by a small helper.
Where the system refuses that, as in locked-down containers, on macOS and Windows, there is no such
view.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from envtool.adapters import private_mount_helper
from envtool.ports_prefixes import Ran

_LIMIT = 4000


def run_over(
    stage: str, final: str, command: Sequence[str], variables: Mapping[str, str], seconds: float
) -> Ran | None:
    """Run `command` with the folder `stage` over `final`; None where the system refuses that."""
    if sys.platform != "linux":
        return None
    helper = [sys.executable, "-I", "-S", private_mount_helper.__file__, stage, final, *command]
    ran = run_plain(helper, variables, seconds)
    return None if ran.code == private_mount_helper.REFUSED else ran


def run_tied(command: Sequence[str], variables: Mapping[str, str], seconds: float) -> Ran:
    """As `run_plain`; where the system can do that it ends when this process ends, however."""
    if sys.platform != "linux":
        return run_plain(command, variables, seconds)
    helper = [sys.executable, "-I", "-S", private_mount_helper.__file__, "", "", *command]
    return run_plain(helper, variables, seconds)


def run_plain(command: Sequence[str], variables: Mapping[str, str], seconds: float) -> Ran:
    """Run `command`, killed with all that it started after `seconds`."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a program of the prefix, named in full
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return Ran(127, f"{command[0]}: {error.strerror}")
    with process:
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            return Ran(124, f"did not end within {seconds:.0f} s")
    return Ran(process.returncode, out[-_LIMIT:].decode("utf-8", "replace").strip())


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
