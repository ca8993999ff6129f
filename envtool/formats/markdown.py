"""GitHub's Markdown: a report for a pull request or a step summary, and texts inside it."""

import re
from collections.abc import Iterable

from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Failure, Result
from envtool.formats.escape import visible

_LITERAL = re.compile(r"`([^`]+)`")
# GitHub's limit for a comment, in characters.
COMMENT = 65_536
# One cell; a message of this length says what it has to say.
_LONGEST = 500
# What the lines around the tables take at most, without what stands in them.
_FRAME = 300

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|~@&-]")
# GitHub looks for `@name` and `#1` after it took the backslashes away, and not in code; the space
# without width is what keeps them from calling somebody.
_INSTEAD = {"<": "&lt;", "&": "&amp;", "@": "@&#8203;", "#": "#&#8203;"}


def cell(text: str) -> str:
    """`text` as it is, inside a paragraph or a cell of a table: nothing in it is markup."""
    return _SPECIAL.sub(lambda match: _INSTEAD.get(match[0], "\\" + match[0]), visible(text))


def code(text: str) -> str:
    """`text` as code; what would end the code or the cell becomes something alike."""
    return f"`{visible(text).replace('`', chr(0x2019)).replace('|', chr(0x2223))}`"


def cut(text: str) -> str:
    """`text` at a length that a cell has room for."""
    text = visible(text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."


def prose(text: str) -> str:
    """A message of ours, cut when it is long: what stands in backticks becomes code."""
    parts = _LITERAL.split(cut(text))
    return "".join(code(part) if index % 2 else cell(part) for index, part in enumerate(parts))


def comment(result: Result) -> str:
    """The report for a comment of a pull request."""
    return render(result, COMMENT)


def render(result: Result, limit: int) -> str:
    """The report in at most `limit` characters: the answer, errors, the rest folded.

    What does not fit is counted.
    """
    text = f"**{prose(result.headline)}**\n"
    text += failures_of(result, limit)
    last = rest_of(result, limit)
    return text + findings_of(result, limit - len(text) - len(last)) + last


def failures_of(result: Result, limit: int) -> str:
    """What could not be judged, as a list."""
    failures = [_failure(each) for each in result.failures]
    return "\n" * bool(failures) + listing(failures, "could not be judged", limit // 4)


def rest_of(result: Result, limit: int) -> str:
    """What was skipped, and what else there is to know."""
    skipped = [f"\nskipped: {code(cut(s.what))} ({prose(s.reason)})\n" for s in result.skipped]
    notes = [f"\n{prose(each)}\n" for each in result.notes]
    told = listing(skipped, "skipped checks are not listed", limit // 4)
    return told + listing(notes, "notes are not listed", limit // 8)


def findings_of(result: Result, room: int) -> str:
    """The tables of the open findings in at most `room` characters."""
    room -= _FRAME
    errors = [each for each in result.open_findings if each.severity is Severity.ERROR]
    others = [each for each in result.open_findings if each.severity is not Severity.ERROR]
    shown, listed = _table(errors, room)
    text = f"\n{shown}" if listed else ""
    folded, more = _table(others, room - len(text))
    if more:
        title = f"{len(others)} warning{'s' if len(others) > 1 else ''} and notes"
        text += f"\n<details><summary>{title}</summary>\n\n{folded}\n</details>\n"
    if left := len(result.open_findings) - listed - more:
        text += f"\n{left} more findings are not listed\n"
    return text


def listing(items: list[str], what: str, room: int) -> str:
    """The items as far as they fit into about `room` characters; how many more there are."""
    text = ""
    for index, item in enumerate(items):
        if len(text) + len(item) > room:
            return f"{text}\n{len(items) - index} more {what}\n"
        text += item
    return text


def _failure(failure: Failure) -> str:
    lines = (*failure.details, *failure.hints)
    hints = "".join(f"  - {prose(line)}\n" for line in lines)
    return f"- not judged: {prose(failure.message)}\n{hints}"


def _table(findings: Iterable[Finding], room: int) -> tuple[str, int]:
    """Rows as far as they fit into `room` characters, and how many these are."""
    return table(("severity", "rule", "where", "what", "fix"), map(_row, findings), room)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], room: int) -> tuple[str, int]:
    """A table of cells that are Markdown, as far as it fits, and the number of its rows."""
    lines = [f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n"]
    room -= len(lines[0])
    for row in rows:
        line = f"| {' | '.join(row)} |\n"
        if len(line) > room:
            break
        lines.append(line)
        room -= len(line)
    return "".join(lines), len(lines) - 1


def _row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.severity.value,
        code(finding.rule),
        code(visible(str(finding.place))[-_LONGEST:]),
        prose(finding.message),
        prose(finding.fix or ""),
    )
