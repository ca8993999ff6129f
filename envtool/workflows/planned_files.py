"""Files as they will be once a plan is carried out."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from envtool.errors import UnreadableError
from envtool.ports import FileKind, Files, Tools


def with_planned(tools: Tools, planned: Mapping[str, str]) -> Tools:
    """`tools` that see the texts of `planned` at their paths; nothing can be written."""
    return replace(tools, files=PlannedFiles(tools.files, planned))


class PlannedFiles:
    """The port `Files` on other files, with new ones among them."""

    def __init__(self, files: Files, planned: Mapping[str, str]) -> None:
        self._files = files
        self._planned = {files.absolute(path): text for path, text in planned.items()}

    def kind(self, path: str) -> FileKind:
        """See `ports.Files.kind`."""
        return FileKind.FILE if self._has(path) else self._files.kind(path)

    def read(self, path: str, limit: int) -> bytes:
        """See `ports.Files.read`."""
        if self._has(path):
            return self._planned[self._files.absolute(path)].encode("utf-8", "replace")
        return self._files.read(path, limit)

    def names(self, folder: str) -> tuple[str, ...]:
        """See `ports.Files.names`."""
        place = self._files.absolute(folder)
        new = {posixpath.basename(each) for each in self._planned if _folder(each) == place}
        return tuple(sorted({*self._files.names(folder), *new}))

    def subfolders(self, folder: str) -> tuple[str, ...]:
        """See `ports.Files.subfolders`."""
        return self._files.subfolders(folder)

    def is_link(self, path: str) -> bool:
        """See `ports.Files.is_link`."""
        return not self._has(path) and self._files.is_link(path)

    def absolute(self, path: str) -> str:
        """See `ports.Files.absolute`."""
        return self._files.absolute(path)

    def write(self, path: str, text: str) -> None:
        """Refuses: a plan is looked at, not carried out."""
        raise self._refusal(path, text)

    def create(self, path: str, text: str) -> None:
        """Refuses, see `write`."""
        raise self._refusal(path, text)

    def append(self, path: str, text: str) -> None:
        """Refuses, see `write`."""
        raise self._refusal(path, text)

    def stdin(self, limit: int) -> bytes:
        """See `ports.Files.stdin`."""
        return self._files.stdin(limit)

    def _has(self, path: str) -> bool:
        return self._files.absolute(path) in self._planned

    def _refusal(self, path: str, text: str) -> UnreadableError:
        return UnreadableError(f"`{path}` is only planned: {len(text)} characters not written")


def _folder(path: str) -> str:
    return posixpath.dirname(path)
