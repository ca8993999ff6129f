"""Hears from rattler how far an installation is."""

from collections.abc import Callable

from envtool.ports_installing import Progress


class Counter:
    """What rattler calls a reporter; tells `progress` of `total` packages."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._bytes: dict[int, int] = {}

    @property
    def downloaded(self) -> int:
        """The bytes that came over the network, or from another folder."""
        return sum(self._bytes.values())

    def on_download_progress(self, download: int, done: int, _total: int | None) -> None:
        """A part of an archive is there."""
        self._bytes[download] = done
        self._progress("fetch", self._done, self._total, self.downloaded)

    def on_link_complete(self, _token: int) -> None:
        """A package is in its place."""
        self._done += 1
        self._progress("link", self._done, self._total, 0)

    def __getattr__(self, name: str) -> Callable[..., int]:
        if name.startswith("on_"):
            return lambda *_: 0
        raise AttributeError(name)
