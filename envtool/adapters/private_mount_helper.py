"""Leaves the common view of the disk, puts one folder over another there, and becomes a command.

Started with `-I -S` by `private_mount.py`, as `helper.py FOLDER PLACE COMMAND...`, both empty for
the common view. It loads next to nothing, for whoever started it waits. Ends with `REFUSED` where
the system has no such view, and with whoever started it.
"""

import ctypes
import os
import sys

REFUSED = 113
_NEW_NAMESPACES = 0x10000000 | 0x00020000  # CLONE_NEWUSER | CLONE_NEWNS
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18  # MS_BIND, MS_REC, MS_PRIVATE
_PARENT_DIED, _KILL = 1, 9  # PR_SET_PDEATHSIG, SIGKILL


def main(folder: str, place: str, *command: str) -> None:
    """Be `command`, which sees `folder` at `place` where one is named."""
    library = ctypes.CDLL(None, use_errno=True)
    if folder:
        _mount(library, folder, place)
    # After what changes the rights of this process, for that takes it back. prctl(2).
    library.prctl(_PARENT_DIED, _KILL)
    try:
        os.execv(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127)


def _mount(library: ctypes.CDLL, folder: str, place: str) -> None:
    """Leave the common view of the disk, and put `folder` there; ends where that is refused."""
    user, group = os.getuid(), os.getgid()
    if library.unshare(_NEW_NAMESPACES) != 0:
        sys.exit(REFUSED)
    try:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    except OSError:
        sys.exit(REFUSED)
    source, target = os.fsencode(folder), os.fsencode(place)
    if library.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None) != 0:
        sys.exit(REFUSED)
    if library.mount(source, target, None, _BIND | _RECURSIVE, None) != 0:
        sys.exit(REFUSED)


if __name__ == "__main__":
    main(*sys.argv[1:])
