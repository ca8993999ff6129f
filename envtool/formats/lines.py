"""Styled lines: what text formats make, before anybody knows whether there is colour."""

from enum import StrEnum
from typing import NamedTuple


class Style(StrEnum):
    """What a stretch of text is; every one reads as well without colour."""

    PLAIN = ""
    GOOD = "bold green"
    ERROR = "bold red"
    WARNING = "bold yellow"
    INFO = "bold cyan"
    PLACE = "bold"
    RULE = "magenta"
    HINT = "cyan"
    DIM = "dim"


class Span(NamedTuple):
    """A stretch of one style; its text is never markup."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]


def plain(lines: "list[Line]") -> str:
    """The lines as they are written into a pipe or a file."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)
