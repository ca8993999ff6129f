"""The text of `envtool verify --fix`: what was mended, then what remains."""

from dataclasses import replace
from typing import Any

from envtool.domain.mends.mend import mended_headline
from envtool.domain.results import Result
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style


def render(result: Result, *, width: int = 80, expand: bool = False) -> list[Line]:
    """The mends, a line each, above the findings that remain."""
    mended: Any = result.data["mended"]
    if not mended:
        return text.render(result, width=width, expand=expand)
    first = mended_headline("Mended", [each["path"] for each in mended])
    lines: list[Line] = [(Span(visible(first), Style.GOOD),)]
    for each in mended:
        place = f"{each['path']}:{each['line']}" if each["line"] else each["path"]
        lines.append(
            (
                Span(f"  {visible(place)}: {visible(each['what'])} "),
                Span(f"[{each['rule']}]", Style.RULE),
            )
        )
    return [*lines, (), *text.render(result, width=width, expand=expand)]


def summary(result: Result, width: int) -> list[Line]:
    """What a dry run says beside its diff: the headline, and what is left."""
    return text.render(replace(result, findings=()), width=width)
