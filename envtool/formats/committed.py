"""What `envtool commit` did, as text for people."""

from typing import Any

from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style


def render(result: Result, width: int, *, expand: bool = False) -> list[Line]:
    """The answer, the message of the commit and its files, then what else there is to say."""
    answer, *rest = text.render(result, width=width, expand=expand)
    message: Any = result.data.get("message", "")
    files: Any = result.data["files"]
    lines: list[Line] = [answer]
    if message:
        lines += [(), *((Span(f"  {visible(each)}".rstrip()),) for each in message.splitlines())]
    if files:
        lines += [(), *((Span(visible(each), Style.PLACE),) for each in files)]
    return [*lines, *rest]
