"""GitHub's Markdown: a report for a pull request or a step summary, and texts inside it."""

import re
from collections.abc import Iterable, Iterator

from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Result
from envtool.formats.escape import visible

_LITERAL = re.compile(r"`([^`]+)`")
# GitHub's limit for a comment, in characters, less what the last lines take.
COMMENT = 65_536
_RESERVE = 2_000
# One cell; a message of this length says what it has to say.
_LONGEST = 500

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&-])")


def cell(text: str) -> str:
    """`text` as it is, inside a paragraph or a cell of a table: nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", visible(text)).replace(r"\<", "&lt;").replace(r"\&", "&amp;")


def code(text: str) -> str:
    """`text` as code; what would end the code or the cell becomes something alike."""
    return f"`{visible(text).replace('`', chr(0x2019)).replace('|', chr(0x2223))}`"


def prose(text: str) -> str:
    """A message of ours, cut when it is long: what stands in backticks becomes code."""
    text = visible(text)
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
    parts = _LITERAL.split(text)
    return "".join(code(part) if index % 2 else cell(part) for index, part in enumerate(parts))


def comment(result: Result) -> str:
    """The report for a comment of a pull request."""
    return render(result, COMMENT)


def render(result: Result, limit: int) -> str:
    """The report in at most `limit` characters: the answer, errors, the rest folded.

    What does not fit is counted.
    """
    text = f"**{prose(result.headline)}**\n"
    for failure in result.failures[:10]:
        hints = "".join(f"\n  - {prose(hint)}" for hint in failure.hints)
        text += f"\n- not judged: {prose(failure.message)}{hints}"
    text += "\n" if result.failures else ""
    room = limit - _RESERVE - len(text)
    errors = [each for each in result.open_findings if each.severity is Severity.ERROR]
    others = [each for each in result.open_findings if each.severity is not Severity.ERROR]
    shown, listed = _table(errors, room)
    text += f"\n{shown}" if listed else ""
    folded, more = _table(others, room - len(shown))
    if more:
        title = f"{len(others)} warning{'s' if len(others) > 1 else ''} and notes"
        text += f"\n<details><summary>{title}</summary>\n\n{folded}\n</details>\n"
    if left := len(result.open_findings) - listed - more:
        text += f"\n{left} more findings are not listed\n"
    return text + "".join(f"\n{line}\n" for line in _last(result))


def _table(findings: Iterable[Finding], room: int) -> tuple[str, int]:
    """Rows as far as they fit into `room` characters, and how many these are."""
    return table(("severity", "rule", "where", "what", "fix"), map(_row, findings), room)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], room: int) -> tuple[str, int]:
    """A table of cells that are Markdown, as far as it fits, and the number of its rows."""
    text = f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n"
    number = 0
    for row in rows:
        line = f"| {' | '.join(row)} |\n"
        if len(text) + len(line) > room:
            break
        text, number = text + line, number + 1
    return text, number


def _row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.severity.value,
        code(finding.rule),
        code(str(finding.place)[-_LONGEST:]),
        prose(finding.message),
        prose(finding.fix or ""),
    )


def _last(result: Result) -> Iterator[str]:
    for skip in result.skipped[:10]:
        yield f"skipped: {code(skip.what[:_LONGEST])} ({prose(skip.reason)})"
    yield from map(prose, result.notes)
