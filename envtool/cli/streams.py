"""Standard error that stops nobody."""

import io
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO, cast


class _Nobody(io.TextIOBase):
    """Takes whatever is written."""

    def write(self, text: str) -> int:
        return len(text)


class Unheard:
    """A stream that goes on when nobody hears it: what is told on the way is no reason to stop."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, where that is possible."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        self._give_up()
        return len(text)

    def flush(self) -> None:
        """Have written what was."""
        with suppress(OSError, ValueError):
            self._stream.flush()
            return
        self._give_up()

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several."""
        for each in lines:
            self.write(each)

    def _give_up(self) -> None:
        """What is left in the stream would fail again at the end."""
        self._stream = cast("TextIO", _Nobody())

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._stream, name)


def unheard(stream: TextIO | None) -> TextIO:
    """`stream` as one that stops nobody; None is what Python has in the place of a closed one."""
    return cast("TextIO", Unheard(stream or cast("TextIO", _Nobody())))
