"""Runs a command that sees a new tree where the old one stands, and nobody else does.

In a mount namespace of its own, made without any right (user_namespaces(7)). Where the system
refuses that, as in locked-down containers, on macOS and Windows, there is no such view.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envtool.ports_installing import Ran

_NEW_NAMESPACES = 0x10000000 | 0x00020000  # CLONE_NEWUSER | CLONE_NEWNS
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18  # MS_BIND, MS_REC, MS_PRIVATE
_PARENT_DIED = 1  # PR_SET_PDEATHSIG
_REFUSED = 113
_LIMIT = 4000


def run_over(
    stage: str, final: str, command: Sequence[str], variables: Mapping[str, str], seconds: float
) -> "Ran | None":
    """Run `command` with the folder `stage` over `final`; None where the system refuses that."""
    if sys.platform != "linux":
        return None
    helper = [sys.executable, "-I", "-S", __file__, stage, final, *command]
    ran = run_plain(helper, variables, seconds)
    return None if ran.code == _REFUSED else ran


def run_tied(command: Sequence[str], variables: Mapping[str, str], seconds: float) -> "Ran":
    """As `run_plain`; where the system can do that it ends when this process ends, however."""
    if sys.platform != "linux":
        return run_plain(command, variables, seconds)
    return run_plain([sys.executable, "-I", "-S", __file__, "", "", *command], variables, seconds)


def run_plain(command: Sequence[str], variables: Mapping[str, str], seconds: float) -> "Ran":
    """Run `command`, killed with all that it started after `seconds`."""
    # Not above: the helper has nothing but the standard library.
    from envtool.ports_installing import Ran

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


def _main(stage: str, final: str, *command: str) -> None:
    """What the helper does: have `stage` at `final` where one is named, then be `command`."""
    library = ctypes.CDLL(None, use_errno=True)
    if stage:
        _mount(library, stage, final)
    # After what changes the rights of this process, for that takes it back. prctl(2).
    library.prctl(_PARENT_DIED, signal.SIGKILL)
    try:
        os.execv(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127)


def _mount(library: ctypes.CDLL, stage: str, final: str) -> None:
    """Leave the common view of the disk, and put `stage` there; ends where that is refused."""
    user, group = os.getuid(), os.getgid()
    if library.unshare(_NEW_NAMESPACES) != 0:
        sys.exit(_REFUSED)
    try:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    except OSError:
        sys.exit(_REFUSED)
    source, place = os.fsencode(stage), os.fsencode(final)
    if library.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None) != 0:
        sys.exit(_REFUSED)
    if library.mount(source, place, None, _BIND | _RECURSIVE, None) != 0:
        sys.exit(_REFUSED)


if __name__ == "__main__":
    _main(*sys.argv[1:])
