"""The process that links byte-code while other things are done, from the side of who asks."""

import marshal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from envtool.adapters import byte_code_linker

if TYPE_CHECKING:
    from envtool.adapters.byte_code_linker import Left


class Linker:
    """Links what the folder `cache` has; to be asked once."""

    def __init__(self, process: "subprocess.Popen[bytes]", cache: str) -> None:
        self.cache = cache
        self._process = process
        self._is_asked = False

    def tell(self, message: tuple[object, ...]) -> bool:
        """Send something; whether it is there to read it."""
        requests = self._process.stdin
        with suppress(OSError):
            if requests is not None:
                requests.write(marshal.dumps(message))  # type: ignore[arg-type]
                requests.flush()
                return True
        return False

    def ask(self, stage: str, place: str, tag: str, hashes: Mapping[str, str]) -> None:
        """Have it link, as `byte_code_linker.linked` at `place` of a stage."""
        self._is_asked = self.tell((stage, place, tag, dict(hashes)))

    def answer(self) -> "tuple[int, Left] | None":
        """What that came to; None when it was not asked, or died."""
        answers = self._process.stdout
        if not self._is_asked or answers is None:
            return None
        return byte_code_linker.answered(answers.read())


@contextmanager
def linking(cache: str, lists: Iterable[str]) -> Iterator[Linker | None]:
    """A linker that looks at what belongs to `lists` in `cache`; gone at the end.

    None where no process can be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - this Python, named in full
            [sys.executable, "-I", "-S", byte_code_linker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield None
        return
    try:
        linker = Linker(process, cache)
        linker.tell((cache, tuple(lists)))
        yield linker
    finally:
        process.kill()
        # What it was not there to read.
        with suppress(OSError):
            process.communicate()
