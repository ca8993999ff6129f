"""The text of `envtool diff`, and its Markdown."""

import textwrap
from typing import Any

from envtool.domain.results import Result
from envtool.formats import markdown, text
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
    return [(Span(visible(result.headline), Style.PLACE),), *_table(result, width)]


def render_answer(result: Result, width: int) -> list[Line]:
    """The answer first, then the changes, then what else there is to say."""
    answer, *rest = text.render(result, width=width)
    return [answer, *_table(result, width), *rest]


def _table(result: Result, width: int) -> list[Line]:
    changes: Any = result.data["changes"]
    if not changes:
        return []
    names = max(len(visible(each["name"])) for each in changes)
    lines = (line for each in changes for line in _change(each, min(names, 30), width))
    return [(), *lines]


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


def render_markdown(result: Result) -> str:
    """The counts, and a table that fits into a comment; what does not fit is counted."""
    changes: Any = result.data.get("changes", [])
    table = f"**{markdown.prose(result.headline)}**\n"
    reasons = [each for failure in result.failures for each in (failure.message, *failure.hints)]
    items = [f"- {markdown.prose(each)}\n" for each in reasons]
    table += "\n" * bool(items) + markdown.listing(items, "reasons", markdown.COMMENT // 4)
    head = ("change", "package", "before", "after", "platforms")
    rows, listed = markdown.table(head, map(_row, changes), markdown.COMMENT - len(table) - 100)
    if listed:
        table += f"\n{rows}"
    if left := len(changes) - listed:
        table += f"\n{left} more changes are not listed\n"
    return table


def _row(change: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    manager = " (pip)" if change["manager"] == "pip" else ""
    where = "all" if change["everywhere"] else ", ".join(change["platforms"])
    return (
        change["kind"],
        markdown.code(markdown.cut(change["name"])) + manager,
        markdown.cell(markdown.cut(change["before"] or "")),
        markdown.cell(markdown.cut(change["after"] or "")),
        markdown.cell(markdown.cut(where)),
    )
