"""A module that has no byte-code yet."""

import os
from typing import NamedTuple

from envtool.workers import linker


class Module(NamedTuple):
    """A source in the stage, as `linker.Source`; `path` below it, with slashes."""

    path: str
    folder: str
    name: str
    seconds: int
    size: int

    @property
    def source(self) -> str:
        """The file, in the spelling of the machine."""
        return f"{self.folder}{os.sep}{self.name}"

    def target(self, tag: str) -> str:
        """Where Python looks for its byte-code."""
        return linker.target(self, tag)
