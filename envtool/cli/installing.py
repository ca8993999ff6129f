"""What the commands have in common that put an environment in its place."""

import sys
import time
from typing import Annotated

import typer

PREFIX = Annotated[str | None, typer.Option("--prefix", "-p", help="The environment by its path.")]
NAME = Annotated[
    str | None, typer.Option("--name", "-n", help="The environment by its name, as conda has it.")
]
ENVIRONMENT = Annotated[
    str,
    typer.Option("--environment", "-e", help="Of the lock: production, development, ..."),
]
OFFLINE = Annotated[bool, typer.Option("--offline", help="Take only what was fetched before.")]
FORCE = Annotated[
    bool, typer.Option("--force", help="Go on over what was changed by hand; it is kept.")
]
KEEP = Annotated[
    int,
    typer.Option(
        "--keep", min=0, help="Trees from before that are kept, one of another lock among them."
    ),
]
# Seconds between two of the lines that a terminal overwrites, and two that a log keeps.
_PAUSE, _LOG_PAUSE = 0.1, 10.0


def say(text: str) -> None:
    """Tell something that is no answer."""
    typer.echo(text, err=True)


class Progress:
    """Shows on a terminal how far it is, in one line; elsewhere lines, and not too many."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._shown = 0.0
        self._last = ""
        self._width = 0
        self._size, self._since = 0, 0.0

    def __call__(self, step: str, done: int, total: int, size: int = 0, /) -> None:
        """See `ports_installing.Progress`."""
        now = time.monotonic()
        text = f"{step} {done}/{total}" if total else step
        text += self._rate(size, now)
        if not self._is_terminal:
            self._log(step, text, now, is_new=not total)
        elif now - self._shown > _PAUSE or not total:
            self._shown = now
            sys.stderr.write(f"\r{text:<{self._width}}")
            sys.stderr.flush()
            self._width = len(text)

    def _log(self, step: str, text: str, now: float, *, is_new: bool) -> None:
        if (is_new and step != self._last) or (not is_new and now - self._shown > _LOG_PAUSE):
            self._shown = now
            self._last = step
            say(f"- {text}")

    def _rate(self, size: int, now: float) -> str:
        """How many bytes came, and how fast; empty where none did."""
        if size < self._size or not self._size:
            # Another one is counting.
            self._since = now
        self._size = size
        seconds = now - self._since
        rate = f" at {size / seconds / 1e6:.1f} MB/s" if seconds > _PAUSE else ""
        return f", {size / 1e6:.1f} MB{rate}" if size else ""

    def close(self) -> None:
        """Take the line away."""
        if self._is_terminal and self._width:
            sys.stderr.write(f"\r{'':<{self._width}}\r")
            sys.stderr.flush()
