"""Styled lines: what text formats make, before anybody knows whether there is colour."""

import textwrap
from enum import StrEnum
from typing import NamedTuple

from envtool.formats.escape import visible


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


def fit(text: str, width: int, indent: int = 0, first: int = 0) -> list[str]:
    """`text` in lines that fit behind `indent` columns, the first one behind `first`.

    No word is broken; one that is wider than the line stands alone.
    """
    room = max(width - indent, 20)
    lead = "x" * max(first - indent, 0)
    lines = textwrap.wrap(
        lead + visible(text), room, break_long_words=False, break_on_hyphens=False
    )
    return [lines[0][len(lead) :], *lines[1:]] if lines else [""]
