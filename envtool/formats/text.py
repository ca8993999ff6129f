"""The text that people read: the answer first, then each file with its findings."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Failure, Result
from envtool.errors import ExitCode
from envtool.formats.escape import visible
from envtool.formats.lines import Line, Span, Style, fit

_SEVERITY_STYLES = {
    Severity.ERROR: Style.ERROR,
    Severity.WARNING: Style.WARNING,
    Severity.INFO: Style.INFO,
}
# From this many findings of one rule in one file on, they are folded into one.
_FOLD_FROM = 3
# So many of them are named there, or listed where each needs a line.
_NAMED = 24
_LISTED = 8
_INDENT = "    "
# So many columns of what a finding is about are always shown.
_LEAST = 30


def render(result: Result, *, width: int = 80, expand: bool = False) -> list[Line]:
    """The lines of `result`; `expand` unfolds them, and lists what was waived."""
    groups, folded = findings_of(result, width, expand=expand)
    return [
        answer(result),
        *unjudged(result, width),
        *groups,
        *footer(result, width, folded=folded),
    ]


def answer(result: Result) -> Line:
    """The first line."""
    style = Style.GOOD if result.exit_code is ExitCode.YES else Style.ERROR
    word, colon, rest = visible(result.headline).partition(":")
    return (Span(word + colon, style), Span(rest))


def findings_of(result: Result, width: int, *, expand: bool) -> tuple[list[Line], bool]:
    """The findings file by file, and whether some of them are folded into one."""
    lines: list[Line] = []
    shown = _worst_first(_shown(result.open_findings, expand=expand))
    for path, findings in groupby(shown, key=lambda each: each[0].place.path):
        lines += [(), (Span(visible(path), Style.PLACE),)]
        for group in findings:
            lines += _group(group, width)
    if expand:
        lines += _waived(result, width)
    return lines, any(len(group) > 1 for group in shown)


def _shown(findings: tuple[Finding, ...], *, expand: bool) -> list[list[Finding]]:
    """Findings that are shown together, in the order of the first of each."""
    groups: dict[tuple[str, str, str | None], list[Finding]] = {}
    for finding in findings:
        key = (finding.place.path, finding.rule, finding.summary)
        groups.setdefault(key, []).append(finding)
    shown: list[list[Finding]] = []
    for group in groups.values():
        if expand or group[0].summary is None or len(group) < _FOLD_FROM:
            shown += [[finding] for finding in group]
        else:
            shown.append(group)
    return shown


def _worst_first(shown: list[list[Finding]]) -> list[list[Finding]]:
    """Files with errors before those with warnings, else in their order."""
    paths = dict.fromkeys(group[0].place.path for group in shown)
    worst = dict.fromkeys(paths, len(Severity))
    for group in shown:
        path = group[0].place.path
        worst[path] = min(worst[path], group[0].severity.rank)
    order = {path: index for index, path in enumerate(sorted(paths, key=worst.__getitem__))}
    return sorted(shown, key=lambda group: order[group[0].place.path])


def _group(group: list[Finding], width: int) -> Iterator[Line]:
    first = group[0]
    style = _SEVERITY_STYLES[first.severity]
    message = first.message
    if len(group) > 1:
        message = f"{len(group)} {first.summary}"
    where = _numbered(first) if len(group) == 1 else ""
    head = f"  {where}{first.severity}[{first.rule}] "
    wrapped = fit(message, width, len(_INDENT), first=len(head))
    yield (
        Span(f"  {where}"),
        Span(first.severity, style),
        Span(f"[{first.rule}] ", Style.RULE),
        Span(wrapped[0]),
    )
    yield from ((Span(_INDENT + line),) for line in wrapped[1:])
    if len(group) > 1:
        yield from ((Span(_INDENT + line),) for line in _names(group, width))
    else:
        yield from _source(first, width)
    if first.fix:
        for line in fit(f"fix: {first.fix}", width, len(_INDENT)):
            yield (Span(_INDENT), Span(line, Style.HINT))


def _waived(result: Result, width: int) -> Iterator[Line]:
    """What was accepted, and why; behind all that is open."""
    waived = [(each, each.waived) for each in result.findings if each.waived is not None]
    for path, pairs in groupby(waived, key=lambda each: each[0].place.path):
        yield ()
        yield (Span(f"{visible(path)} (waived)", Style.DIM),)
        for finding, why in pairs:
            where = f"{finding.place.line}: " if finding.place.line else ""
            head = f"  {where}{finding.severity}[{finding.rule}] "
            first, *rest = fit(finding.message, width, len(_INDENT), first=len(head))
            by = f"{why.owner}, until {why.expires}, {why.place}" if why.owner else "inline"
            rest += fit(f"waived: {why.reason} ({by})", width, len(_INDENT))
            yield (Span(head + first, Style.DIM),)
            yield from ((Span(_INDENT + line, Style.DIM),) for line in rest)


def _names(group: list[Finding], width: int) -> list[str]:
    """The packages of a folded group, each with its line; the first of them when there are many."""
    shown = group[: _LISTED if group[0].brief else _NAMED]
    if group[0].brief:
        briefs = (_numbered(each) + (each.brief or "") for each in shown)
        lines = [line for brief in briefs for line in fit(brief, width, len(_INDENT))]
    else:
        named = [f"{visible(each.package or '?')} ({each.place.line})" for each in shown]
        lines = fit(", ".join(named), width, len(_INDENT))
    left = len(group) - len(shown)
    return [*lines, f"and {left} more"] if left else lines


def _numbered(finding: Finding) -> str:
    """The line in front of what a finding is about; nothing when it is about no line."""
    return f"{finding.place.line}: " if finding.place.line else ""


def _source(finding: Finding, width: int) -> Iterator[Line]:
    """The line of the file, and a caret below the stretch that is meant."""
    if finding.source is None:
        return
    number = str(finding.place.line)
    start, end = finding.place.column - 1, finding.place.end_column - 1
    before = visible(finding.source[:start])
    inside = visible(finding.source[start:end])
    shown = before + inside + visible(finding.source[end:])
    room = width - len(_INDENT) - len(number) - 3
    if (hidden := min(len(before), len(before) + _LEAST - room)) > 0:
        # Far to the right: what is meant is shown, and the rest is left out.
        before, shown = "..." + before[hidden:], "..." + shown[hidden:]
    yield (Span(f"{_INDENT}{number} | ", Style.DIM), Span(shown[:room]))
    caret = (" " * len(before) + "^" * max(len(inside), 1))[:room]
    blank = " " * len(number)
    yield (Span(f"{_INDENT}{blank} | ", Style.DIM), Span(caret, _SEVERITY_STYLES[finding.severity]))


def unjudged(result: Result, width: int) -> Iterator[Line]:
    """What could not be judged, and what to do about it."""
    reported = {finding.place for finding in result.findings}
    failures = [each for each in result.failures if each.place not in reported]
    if failures:
        yield ()
    hints = Counter(hint for each in failures for hint in each.hints)
    for failure in failures:
        yield from _failure(failure, result, width)
        yield from _hints((hint for hint in failure.hints if hints[hint] == 1), width)
    yield from _hints((hint for hint, number in hints.items() if number > 1), width)


def _failure(failure: Failure, result: Result, width: int) -> Iterator[Line]:
    has_line = failure.place is not None and failure.place.line
    is_told = failure.message in result.headline
    # The details have the places, too.
    if not is_told or (has_line and not failure.details):
        message = f"error: {f'{failure.place}: ' if has_line else ''}{failure.message}"
        for line in fit(message, width, 2):
            yield (Span(line),)
    for detail in failure.details:
        for line in fit(detail, width, len(_INDENT)):
            yield (Span("  "), Span(line))


def _hints(hints: Iterable[str], width: int) -> Iterator[Line]:
    """What several failures have in common comes once, behind them."""
    for hint in hints:
        for line in fit(f"hint: {hint}", width, 2):
            yield (Span(line, Style.HINT),)


def footer(result: Result, width: int, *, folded: bool) -> Iterator[Line]:
    """What was skipped, what else there is to know, what to type next."""
    hints = []
    if result.skipped:
        reasons: dict[str, list[str]] = {}
        for skip in result.skipped:
            reasons.setdefault(skip.reason, []).append(skip.what)
        hints += [f"skipped: {_rules(rules)} ({why})" for why, rules in reasons.items()]
    hints += [f"info: {note}" for note in result.notes]
    if result.open_findings:
        rule = min(result.open_findings, key=lambda each: each.severity.rank).rule
        more = "; `--expand` lists every finding" if folded else ""
        hints.append(f"hint: `envtool explain {rule}` says why a rule is there{more}")
        mendable = result.data.get("mendable")
        if isinstance(mendable, dict):
            number, found = mendable["findings"], len(result.open_findings)
            some = f"{number} of these" if number != found else "it" if number == 1 else "all of it"
            hints.append(f"hint: `{visible(str(mendable['command']))}` mends {some}")
    if hints:
        yield ()
    for hint in hints:
        for line in fit(hint, width, 2):
            yield (Span(line, Style.DIM),)


def _rules(names: list[str]) -> str:
    """The names of a few, the number of many."""
    return ", ".join(names) if len(names) < _FOLD_FROM else f"{len(names)} rules"
