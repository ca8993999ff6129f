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


def folded(line: Line, width: int) -> list[Line]:
    """`line` in lines of at most `width` columns, each indented as it is; no word is broken.

    For terminals, which fold in the middle of a word; a pipe gets the line whole.
    """
    text = "".join(span.text for span in line)
    indent = len(text) - len(text.lstrip())
    rows: list[Line] = []
    start, room = 0, width
    while len(text) - start > room:
        least = start + (0 if rows else indent)
        cut = text.rfind(" ", least, start + room + 1)
        cut = cut if cut > least else text.find(" ", start + room)
        if cut < 0:
            break
        rows.append(_cut(line, start, cut))
        start, room = cut + 1, width - indent
    rows.append(_cut(line, start, len(text)))
    margin = (Span(" " * indent),) if indent else ()
    return [rows[0], *((*margin, *row) for row in rows[1:])]


def _cut(line: Line, start: int, end: int) -> Line:
    """The columns of `line` from `start` to `end`."""
    spans: list[Span] = []
    place = 0
    for span in line:
        text = span.text[max(start - place, 0) : max(end - place, 0)]
        if text:
            spans.append(Span(text, span.style))
        place += len(span.text)
    return tuple(spans)


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
