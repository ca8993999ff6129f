"""The text of `envtool diff`."""

import textwrap
from typing import Any

from envtool.domain.results import Result
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style

_STYLES = {
    "removed": Style.ERROR,
    "added": Style.GOOD,
    "down": Style.WARNING,
    "up": Style.INFO,
}


def render(result: Result, width: int) -> list[Line]:
    """The counts first, then a line for each change; columns as wide as they need to be."""
    changes: Any = result.data["changes"]
    lines: list[Line] = [(Span(visible(result.headline), Style.PLACE),)]
    if not changes:
        return lines
    names = max(len(visible(each["name"])) for each in changes)
    for each in changes:
        lines += _change(each, min(names, 30), width)
    return [lines[0], (), *lines[1:]]


def _change(change: Any, names: int, width: int) -> list[Line]:  # noqa: ANN401 - JSON
    kind = Span(f"  {change['kind']:<8} ", _STYLES.get(change["kind"], Style.PLAIN))
    manager = " (pip)" if change["manager"] == "pip" else ""
    name = f"{visible(change['name']) + manager:<{names + 6}} "
    versions = " -> ".join(visible(each) for each in (change["before"], change["after"]) if each)
    where = "" if change["everywhere"] else f"  on {', '.join(change['platforms'])}"
    used = len(kind.text) + len(name)
    room = max(width - used, 24)
    wrapped = textwrap.wrap(visible(versions + where), room, break_on_hyphens=False) or [""]
    first: Line = (kind, Span(name, Style.PLACE), Span(wrapped[0]))
    return [first, *((Span(" " * used + line),) for line in wrapped[1:])]
