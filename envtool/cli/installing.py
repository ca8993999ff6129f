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
# Of a second.
_PAUSE = 0.1


def say(text: str) -> None:
    """Tell something that is no answer."""
    typer.echo(text, err=True)


class Progress:
    """Shows on a terminal how far it is, in one line; elsewhere a line for each step."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._shown = 0.0
        self._last = ""
        self._width = 0

    def __call__(self, step: str, done: int, total: int) -> None:
        """See `ports.Progress`."""
        text = f"{step} {done}/{total}" if total else step
        if not self._is_terminal:
            if not total and step != self._last:
                say(f"- {step}")
                self._last = step
            return
        now = time.monotonic()
        if now - self._shown > _PAUSE or not total:
            self._shown = now
            sys.stderr.write(f"\r{text:<{self._width}}")
            sys.stderr.flush()
            self._width = len(text)

    def close(self) -> None:
        """Take the line away."""
        if self._is_terminal and self._width:
            sys.stderr.write(f"\r{'':<{self._width}}\r")
            sys.stderr.flush()
