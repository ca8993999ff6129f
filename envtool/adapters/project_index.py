"""The door to what an index of Python projects says of them (PEP 503, PEP 792).

Of each page its head is read, which says it; the links to thousands of files are not.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from envtool.adapters.downloads import Downloads
from envtool.domain.auditing.project_page import read_status
from envtool.domain.auditing.project_status import ProjectsFound, ProjectStatus
from envtool.errors import EnvtoolError

# So many pages are asked for at the same time.
_AT_ONCE = 8
_HEAD = 1 << 16
_SILENT = "the index does not say"


class SimpleIndex:
    """The port `ProjectIndex` on an index at `url`."""

    def __init__(self, downloads: Downloads, url: str, *, offline: bool) -> None:
        self._downloads = downloads
        self._url = url.rstrip("/")
        self._offline = offline
        self._away = threading.Event()

    def statuses(self, names: Sequence[str]) -> ProjectsFound:
        """See `ports_auditing.ProjectIndex.statuses`."""
        known: dict[str, ProjectStatus] = {}
        unknown: dict[str, str] = {}
        if self._offline:
            return ProjectsFound({}, dict.fromkeys(names, "this is offline"))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # Where one can not be had, the others would be waited for in vain.
            first = [self._asked(each) for each in names[:1]]
            answers = [*first, *pool.map(self._asked, names[1:])]
        for name, answer in zip(names, answers, strict=True):
            if isinstance(answer, ProjectStatus):
                known[name] = answer
            else:
                unknown[name] = answer
        return ProjectsFound(known, unknown)

    def _asked(self, name: str) -> ProjectStatus | str:
        """What the index says of a project, or why that is not known."""
        if self._away.is_set():
            return f"`{self._url}` can not be asked"
        pages: list[str] = []

        def take(pieces: Iterator[bytes]) -> int:
            pages.append(_head(pieces))
            return len(pages)

        try:
            self._downloads.fetch(self._downloads.address(f"{self._url}/{name}/"), take)
        except EnvtoolError as error:
            if not error.message.endswith("status 404"):
                self._away.set()
            return error.message
        return read_status(pages[-1]) or _SILENT


def _head(pieces: Iterator[bytes]) -> str:
    content = b""
    for piece in pieces:
        content += piece
        if b"<body" in content or len(content) >= _HEAD:
            break
    return content.partition(b"<body")[0][:_HEAD].decode("utf-8", "replace")
