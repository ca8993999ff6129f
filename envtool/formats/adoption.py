"""The text of `envtool init`."""

from collections.abc import Iterator
from typing import Any

from envtool.domain.adoption import WAIVED_FOR
from envtool.domain.results import Result
from envtool.errors import ExitCode
from envtool.formats import text
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style

_WORDS = {"write": "wrote", "add": "added to", "keep": "kept"}
_PLANNED = {"write": "would write", "add": "would add to", "keep": "would keep"}
_HOW = {"waived": f"waived for {WAIVED_FOR} days", "warning": "reported as warnings"}


def render(result: Result, width: int) -> list[Line]:
    """Each file with what happened to it; in a dry run with its text."""
    if result.exit_code is not ExitCode.YES:
        return text.render(result, width=width)
    data: Any = result.data
    lines: list[Line] = [(Span(visible(result.headline), Style.GOOD),), ()]
    for each in data["files"]:
        lines += _file(each, dry_run=data["dry_run"])
    lines += _accepted(data["accepted"])
    lines += [(Span(f"  left out  {visible(e.what)}: {e.reason}"),) for e in result.skipped]
    changed = any(each["action"] != "keep" for each in data["files"])
    if changed and not data["dry_run"]:
        lines += [(), (Span("hint: read the files, then commit them", Style.HINT),)]
    return lines


def _file(each: Any, *, dry_run: bool) -> Iterator[Line]:  # noqa: ANN401 - JSON
    word = (_PLANNED if dry_run else _WORDS)[each["action"]]
    style = Style.DIM if each["action"] == "keep" else Style.GOOD
    yield (
        Span(f"  {word:<{13 if dry_run else 9}} ", style),
        Span(visible(each["path"]), Style.PLACE),
    )
    shown = each["text"] if dry_run and each["text"] else ""
    for line in shown.splitlines():
        yield (Span("    | ", Style.DIM), Span(visible(line)))
    for line in (each["note"] or "").splitlines():
        yield (Span("    "), Span(visible(line), Style.HINT))


def _accepted(accepted: Any) -> Iterator[Line]:  # noqa: ANN401 - JSON
    if accepted:
        yield ()
    for each in accepted:
        number = f"{each['findings']} finding{'s' if each['findings'] > 1 else ''}"
        package = f" of {visible(each['package'])}" if each["package"] else ""
        yield (
            Span("  accepted  ", Style.WARNING),
            Span(each["rule"], Style.RULE),
            Span(f": {number}{package}, {_HOW[each['how']]}"),
        )
