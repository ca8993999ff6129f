"""What looking after envtool's own cache asks of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from envtool.domain.caching import CacheChecked, CacheFound, CacheItem, CacheRemoved
    from envtool.ports_installing import Progress


class Cache(Protocol):
    """The folder of what can be fetched or made again; no link in it is followed."""

    def look(self) -> "CacheFound":
        """What there is; changes nothing.

        Raises `UnreadableError` when the folder is none, or can not be looked into.
        """
        ...

    def check(self, items: "Iterable[CacheItem]", progress: "Progress") -> "CacheChecked":
        """Hold all of `items` that have a known hash against it, every file; changes nothing."""
        ...

    def hold(
        self, *, alone: bool, wait: float, say: "Callable[[str], None]"
    ) -> "AbstractContextManager[bool]":
        """Have nobody else take away what is in the cache; `alone`: and nobody else use it.

        Gives whether there are locks that see to it. `say` is told once on whom it waits, and
        that for `wait` seconds at most: then `UsageError`. `UnreadableError` when it has to be
        written to, and can not.
        """
        ...

    def remove(self, items: "Iterable[CacheItem]") -> "CacheRemoved":
        """Take `items` away; a package is gone by its name before its first file is.

        What is cut off leaves nothing that counts as a package. Who calls it holds the cache.
        """
        ...

    def dissolve(self) -> None:
        """Take away the folders of the cache that are empty, and its locks; raises nothing."""
        ...
