"""Writes down what a command says: bounded, without what is hidden, as it comes."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import BinaryIO

from envtool.domain.secrets import mask

# The start and the end of what a command says tell more than all between.
HEAD = 1 << 20
TAIL = 1 << 18
# A line that is longer is cut in pieces.
_LONGEST = 1 << 14
_SAID = 20


class TrialLog:
    """What one command says, on its way into a file; `hear` is told what the file has.

    Raises `OSError` when the file can not be written.
    """

    def __init__(self, file: BinaryIO, hidden: Sequence[str], hear: Callable[[str], None]) -> None:
        self._file = file
        self._hidden = tuple(hidden)
        self._hear = hear
        self._rest = b""
        self._written = 0
        self._tail: deque[bytes] = deque()
        self._kept = 0
        self._left_out = 0
        self._said: deque[str] = deque(maxlen=_SAID)

    @property
    def said(self) -> tuple[str, ...]:
        """The last lines with something in them."""
        return tuple(self._said)

    def feed(self, data: bytes) -> None:
        """More of what the command says, cut anywhere."""
        whole, newline, rest = (self._rest + data).rpartition(b"\n")
        self._rest = rest
        if newline:
            self._add(whole)
        if len(self._rest) > _LONGEST:
            self._add(self._rest)
            self._rest = b""

    def close(self) -> None:
        """Write the rest, and the end of what was too much."""
        if self._rest:
            self._add(self._rest)
            self._rest = b""
        if self._left_out:
            self._file.write(b"... %d bytes are left out ...\n" % self._left_out)
        for block in self._tail:
            self._file.write(block)
        self._tail.clear()
        self._left_out = 0
        self._file.flush()

    def _add(self, raw: bytes) -> None:
        """Whole lines, without the last newline."""
        text = mask(_plain(raw), self._hidden)
        lines = text.split("\n")
        self._said.extend(each for each in lines[-_SAID:] if each.strip())
        block = text.encode() + b"\n"
        if self._written + len(block) <= HEAD:
            self._written += len(block)
            self._file.write(block)
            self._file.flush()
            for line in lines:
                self._hear(line)
            return
        if self._written < HEAD:
            self._written = HEAD
            self._hear("... it says more than is shown here; the end is in the log")
        self._keep(block)

    def _keep(self, block: bytes) -> None:
        """Have `block` in the tail, and let go of the start of it."""
        self._tail.append(block)
        self._kept += len(block)
        while self._kept > TAIL and len(self._tail) > 1:
            gone = len(self._tail.popleft())
            self._kept -= gone
            self._left_out += gone


def _plain(raw: bytes) -> str:
    """Whole lines without their last newline, as text with newlines of one kind."""
    return (raw + b"\n").replace(b"\r\n", b"\n")[:-1].decode("utf-8", "replace")
