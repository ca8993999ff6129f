"""Files as they would be: changes in memory on top of the real ones."""

import posixpath
from collections.abc import Mapping

from envtool.errors import EnvtoolError
from envtool.ports import FileKind, Files
from envtool.workflows.spec_files import STDIN


class Overlay:
    """The port `Files` with other contents for some paths; writes nothing.

    Everything is read once, so that it stays what was judged. Standard input stands under `-`.
    """

    def __init__(self, under: Files, changed: Mapping[str, bytes] | None = None) -> None:
        self.changed: Mapping[str, bytes] = changed or {}
        self._under = under
        # By absolute path, for one file has many names.
        self._at = {self._name(path): data for path, data in self.changed.items()}
        self._read: dict[str, bytes] = {}
        self._stdin: list[bytes | EnvtoolError] = []

    def with_changes(self, changes: Mapping[str, bytes]) -> "Overlay":
        """The same with `changes` on top."""
        overlay = Overlay(self._under, {**self.changed, **changes})
        overlay._read, overlay._stdin = self._read, self._stdin
        return overlay

    def original(self, path: str) -> bytes | None:
        """What was read at `path`; None when that was never asked for."""
        if path == STDIN:
            return next((each for each in self._stdin if isinstance(each, bytes)), None)
        return self._read.get(path)

    def current(self, path: str) -> bytes | None:
        """What stands at `path` with the changes; None when nobody asked before."""
        return self.changed.get(path, self.original(path))

    def kind(self, path: str) -> FileKind:
        """See `ports.Files.kind`."""
        return FileKind.FILE if self._name(path) in self._at else self._under.kind(path)

    def read(self, path: str, limit: int) -> bytes:
        """See `ports.Files.read`."""
        if (name := self._name(path)) in self._at:
            return self._at[name]
        if path not in self._read:
            self._read[path] = self._under.read(path, limit)
        return self._read[path]

    def was_read(self, path: str) -> bool:
        """See `ports.Files.was_read`."""
        return self._under.was_read(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """See `ports.Files.names`."""
        place = self._under.absolute(folder)
        new = {posixpath.basename(each) for each in self._at if posixpath.dirname(each) == place}
        return tuple(sorted(new.union(self._under.names(folder))))

    def subfolders(self, folder: str) -> tuple[str, ...]:
        """See `ports.Files.subfolders`."""
        return self._under.subfolders(folder)

    def absolute(self, path: str) -> str:
        """See `ports.Files.absolute`."""
        return self._under.absolute(path)

    def is_link(self, path: str) -> bool:
        """See `ports.Files.is_link`."""
        return self._name(path) not in self._at and self._under.is_link(path)

    def create(self, path: str, text: str) -> None:
        """See `ports.Files.create`."""
        self._under.create(path, text)

    def write(self, path: str, text: str) -> None:
        """See `ports.Files.write`."""
        self._under.write(path, text)

    def append(self, path: str, text: str) -> None:
        """See `ports.Files.append`."""
        self._under.append(path, text)

    def stdin(self, limit: int) -> bytes:
        """See `ports.Files.stdin`."""
        if STDIN in self.changed:
            return self.changed[STDIN]
        if not self._stdin:
            try:
                self._stdin.append(self._under.stdin(limit))
            except EnvtoolError as error:
                self._stdin.append(error)
        if isinstance(self._stdin[0], EnvtoolError):
            raise self._stdin[0]
        return self._stdin[0]

    def _name(self, path: str) -> str:
        return path if path == STDIN else self._under.absolute(path)
