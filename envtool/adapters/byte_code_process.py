"""The worker that links byte-code while other things are done, from the side of who asks."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envtool.adapters.side_process import SideProcess, side_process

if TYPE_CHECKING:
    from envtool.workers.linker import Left


class Linker:
    """Links what the folder `cache` has; to be asked once."""

    def __init__(self, process: SideProcess, cache: str) -> None:
        self.cache = cache
        self._process = process
        self._is_there = False
        self._is_asked = False

    def look(self, stage: str, place: str, tag: str) -> None:
        """Have it look for sources at `place` of a stage."""
        self._is_there = self._process.tell((stage, place, tag))

    def ask(self, hashes: Mapping[str, str]) -> None:
        """Have it link there, where it was told to look, as `linker.linked`."""
        self._is_asked = self._is_there and self._process.tell(dict(hashes))

    def answer(self) -> "tuple[int, Left] | None":
        """What that came to; None when it was not asked, or died."""
        if not self._is_asked:
            return None
        found: tuple[int, Left] | None = self._process.answer()
        return found


@contextmanager
def linking(cache: str, lists: Iterable[str]) -> Iterator[Linker]:
    """A linker that looks at what belongs to `lists` in `cache`; gone at the end."""
    with side_process("linker") as process:
        process.tell((cache, tuple(lists)))
        yield Linker(process, cache)
