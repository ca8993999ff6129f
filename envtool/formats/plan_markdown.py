"""A plan for a pull request: GitHub's Markdown, what needs a review first."""

from itertools import groupby
from typing import Any

from envtool.domain.results import Result
from envtool.formats import markdown
from envtool.formats.plan import decided_by, name, versions, why

_HEAD = ("change", "package", "version", "why", "layer", "platforms")
# What the lines around the tables take at most.
_FRAME = 600


def render_markdown(result: Result) -> str:
    """The answer, a table for each decision, the lines of files; cut to what a comment takes."""
    plan: Any = result.data["plan"]
    lines = _lines(plan["lines"], markdown.COMMENT // 8)
    notes = [f"\n{markdown.prose(each)}\n" for each in _notes(result)]
    last = markdown.listing(notes, "notes are not listed", markdown.COMMENT // 8)
    text = f"**{markdown.prose(result.headline)}**\n"
    room = markdown.COMMENT - len(text) - len(lines) - len(last) - _FRAME
    listed = 0
    for (decision, line, origin), group in groupby(plan["changes"], key=decided_by):
        title = _title(decision, line, origin)
        rows, number = markdown.table(_HEAD, map(_row, group), room - len(title))
        if number:
            text += title + rows
            room -= len(title) + len(rows)
            listed += number
    if left := len(plan["changes"]) - listed:
        text += f"\n{left} more changes are not listed\n"
    return text + lines + last


def _title(decision: str, line: str, origin: str) -> str:
    what = "needs a review" if decision == "review" else "auto"
    by = markdown.code(markdown.cut(line))
    return f"\n**{what}** by {by} ({markdown.prose(origin)})\n\n"


def _row(change: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    where = "all" if change["everywhere"] else ", ".join(change["platforms"])
    return (
        change["kind"],
        *(markdown.code(markdown.cut(each)) for each in (name(change), versions(change))),
        *(markdown.cell(markdown.cut(each)) for each in (why(change), change["layer"], where)),
    )


def _lines(lines: Any, room: int) -> str:  # noqa: ANN401 - JSON
    items = [_line(each) for each in lines]
    text = markdown.listing(items, "lines are not listed", room)
    return f"\n{text}" if text else ""


def _line(line: Any) -> str:  # noqa: ANN401 - JSON
    before, after = (markdown.code(markdown.cut(line[each])) for each in ("before", "after"))
    place = markdown.code(markdown.cut(f"{line['path']}:{line['line']}"))
    return f"- {place}: {before} becomes {after}\n"


def _notes(result: Result) -> tuple[str, ...]:
    return (*(each.message for each in result.failures), *result.notes)
