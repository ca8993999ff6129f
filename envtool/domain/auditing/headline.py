"""The first line of an audit: how much was audited, and what came of it."""

from collections.abc import Iterator, Sequence

from envtool.domain.auditing.coverage import missing
from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.standing import coverage_of
from envtool.domain.auditing.standings import State
from envtool.domain.auditing.words import called
from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Result
from envtool.errors import ExitCode

_RULE = "advisories.vulnerable"
_UNASKED = "advisories.unavailable"


def audit_headline(result: Result, facts: AuditFacts) -> str:
    """The answer in one line; it always says how many packages of how many were audited."""
    known = coverage_of(facts.standings)
    if not known.audited:
        why = result.failures[0].message if result.failures else "there is nothing to audit"
        return f"Not judged: {known}: {why}"
    parts = [_vulnerable(result, facts), *besides(result.open_findings, facts)]
    if result.failures:
        parts.append(result.failures[0].message)
    return f"{_word(result)}: {known}, {'; '.join(each for each in parts if each)}"


def _word(result: Result) -> str:
    if result.exit_code is ExitCode.YES:
        return "Passed"
    return "Failed" if result.exit_code is ExitCode.NO else "Incomplete"


def _vulnerable(result: Result, facts: AuditFacts) -> str:
    """How many are vulnerable, and how many of these nobody has waived."""
    number = sum(each.state is State.VULNERABLE for each in facts.standings)
    open_ = [each for each in result.open_findings if each.rule == _RULE]
    found = [hit for each in open_ for hit in each.exposures]
    waived = sum(len(each.exposures) for each in result.findings if _is_waived(each))
    if not found:
        behind = f" ({waived} waived)" if waived else ""
        return ("nothing open" if number else "no known vulnerability") + behind
    exploited = _exploited(facts, {each.id for each in found})
    used = f", {exploited} exploited" if exploited else ""
    advisories = "advisories" if len(found) > 1 else "advisory"
    accepted = f", {waived} waived" if waived else ""
    return f"{len(open_)} vulnerable ({len(found)} {advisories}{used}{accepted})"


def _is_waived(finding: Finding) -> bool:
    return finding.rule == _RULE and finding.waived is not None


def _exploited(facts: AuditFacts, ids: set[str]) -> int:
    hits = (hit for each in facts.standings for hit in each.hits)
    known = {called(hit) for hit in hits if hit.exploitation.known}
    return len(known & ids)


def besides(findings: Sequence[Finding], facts: AuditFacts) -> list[str]:
    """What else the open `findings` are, and which sources could not be asked if one is on that."""
    names = ", ".join(each.name for each in missing(facts.sources))
    is_open = any(each.rule == _UNASKED for each in findings)
    return [*_others(findings), *([f"{names} could not be asked"] if names and is_open else [])]


def _others(findings: Sequence[Finding]) -> Iterator[str]:
    """What else counts against it."""
    others = [
        each
        for each in findings
        if each.rule not in {_RULE, _UNASKED} and each.severity is not Severity.INFO
    ]
    for severity in (Severity.ERROR, Severity.WARNING):
        number = sum(each.severity is severity for each in others)
        if number:
            yield f"{number} other {severity}{'s' if number > 1 else ''}"
