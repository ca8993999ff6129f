"""`python -m tests.cutting FAULT ROOT [TEXTS]`: a change of files that is cut off or fails.

Without TEXTS (JSON, by path; `@FILE`: in that file) the command of envtool in the rest of the line runs instead, as in
`python -m tests.cutting kill:7 ROOT -- lock`.

FAULT: `none`; `kill:N`, killed right before the N-th operation on a file below ROOT; `EIO:N`, that
operation fails; `EIO:N-`, it and all after it. With `os.rename:` before the number only operations
of that name count.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

OPERATIONS = frozenset({
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.link",
    "os.listdir", "os.truncate", "envtool.exchange", "fcntl.flock", "os.fsync",
})  # fmt: skip
# These name no path.
_ANYWHERE = {"fcntl.flock", "os.fsync"}


class Fault(NamedTuple):
    """What happens, and before which of the operations that count."""

    what: str
    at: int = 0
    goes_on: bool = False
    events: frozenset[str] = OPERATIONS


def fault(text: str) -> Fault:
    what, *events, when = text.split(":")
    return Fault(what, int(when.rstrip("-")), when.endswith("-"), frozenset(events) or OPERATIONS)


class Cutter:
    """Counts operations on files below a folder, and has one fail or be the last."""

    def __init__(self, planned: Fault, root: str) -> None:
        self._planned = planned
        self._root = os.path.abspath(root)
        self._count = 0

    def install(self) -> None:
        synced = os.fsync

        def fsync(fd: Any) -> None:
            self.audit("os.fsync", ())
            synced(fd)

        # The one operation that Python does not announce.
        os.fsync = fsync
        sys.addaudithook(self.audit)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in self._planned.events and (event in _ANYWHERE or self._is_below(arguments)):
            self._count += 1
            due = self._planned.at
            if self._count == due or (self._planned.goes_on and self._count > due):
                self._strike()

    def _is_below(self, arguments: tuple[object, ...]) -> bool:
        paths = [each for each in arguments if isinstance(each, str)]
        return any(os.path.abspath(each).startswith(self._root) for each in paths)

    def _strike(self) -> NoReturn:
        if self._planned.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, self._planned.what)
        raise OSError(number, os.strerror(number))


def change(root: str, texts: Mapping[str, str | None]) -> int:
    """Make a change as a verb does it; the exit status."""
    from envtool.adapters import connect
    from envtool.errors import EnvtoolError

    changes = connect().changes()
    try:
        with changes.exclusive(root, wait=30, say=print) as notes:
            sys.stdout.write("".join(f"{note}\n" for note in notes))
            changes.commit(root, texts)
    except EnvtoolError as error:
        sys.stdout.write("\n".join([error.message, *error.hints, ""]))
        return error.exit_code
    return 0


def main() -> int:
    planned, root, *rest = sys.argv[1:]
    if planned != "none":
        Cutter(fault(planned), root).install()
    if rest[0] == "--":
        from envtool.cli import run

        return run(rest[1:])
    given = Path(rest[0][1:]).read_text(encoding="utf-8") if rest[0].startswith("@") else rest[0]
    return change(root, json.loads(given))


if __name__ == "__main__":
    sys.exit(main())
