"""The first line of a judgement: what was found, and what could not be judged."""

from collections.abc import Iterable

from envtool.domain.findings import BaselineState, Finding, Severity
from envtool.domain.results import Result
from envtool.errors import ExitCode

# More files than this are counted in the headline.
_NAMED_FILES = 2


def headline(result: Result, files: Iterable[str]) -> str:
    """The answer in one line; `files` are those that were judged."""
    known = sum(each.baseline is BaselineState.UNCHANGED for each in result.findings)
    behind = f"{known} in the baseline" if known else ""
    waived = sum(each.waived is not None for each in result.findings)
    counts = _counts(result.open_findings, waived)
    if not result.failures and result.exit_code is ExitCode.YES:
        counts = _joined(counts, behind)
        return f"Passed: {_named(files)}" + (f", with {counts}" if counts else "")
    if not result.failures:
        return _joined(f"Failed: {counts} in {_where(result.open_findings)}", behind)
    return _joined(*_unjudged(result, waived), behind)


def _unjudged(result: Result, waived: int) -> tuple[str, str]:
    """What could not be judged, and what was found beside it."""
    first = result.failures[0]
    in_policy = first.place and first.place.line and first.place.path.endswith(".toml")
    text = f"`{first.place.path}`: {first.message}" if in_policy and first.place else first.message
    more = f" (and {len(result.failures) - 1} more)" if len(result.failures) > 1 else ""
    unread = {each.place.path for each in result.failures if each.place}
    others = tuple(each for each in result.open_findings if each.place.path not in unread)
    is_found = _counts(result.open_findings, waived)
    return (
        f"{'Failed' if is_found else 'Not judged'}: {text}{more}",
        f"{_counts(others, waived)} in {_where(others)}" if others else "",
    )


def _joined(*parts: str) -> str:
    return "; ".join(each for each in parts if each)


def _named(files: Iterable[str]) -> str:
    unique = list(dict.fromkeys(files))
    return f"{len(unique)} files" if len(unique) > _NAMED_FILES else " and ".join(unique)


def _where(findings: tuple[Finding, ...]) -> str:
    return _named(each.place.path for each in findings)


def _counts(findings: tuple[Finding, ...], waived: int) -> str:
    words = []
    for severity in Severity:
        number = sum(finding.severity is severity for finding in findings)
        if number:
            plural = "s" if number > 1 and severity is not Severity.INFO else ""
            words.append(f"{number} {severity}{plural}")
    if waived:
        words.append(f"{waived} waived")
    return ", ".join(words[:-1]) + (" and " if words[:-1] else "") + (words[-1] if words else "")
