"""The JSON envelope: the same outer shape for every command, versioned.

Its schema is `envtool/data/schemas/result-v1.json`. Within version 1 keys are only added.
"""

import json

from envtool import __version__
from envtool.domain.findings import BaselineState, Finding, Place, Severity, Waived
from envtool.domain.results import Failure, Json, Result

VERSION = 1


def render(result: Result) -> str:
    """The envelope as indented JSON with a final newline; ASCII only."""
    return json.dumps(envelope(result), indent=2) + "\n"


def envelope(result: Result) -> dict[str, Json]:
    """The envelope as data."""
    return {
        "schema_version": VERSION,
        "tool": {"name": "envtool", "version": __version__},
        "command": result.command,
        "headline": result.headline,
        "exit_code": int(result.exit_code),
        "causes": list[Json](sorted(int(code) for code in result.causes)),
        "fail_on": result.fail_on.value,
        "counts": _counts(result),
        "findings": [_finding(each) for each in result.findings],
        "skipped": [{"what": each.what, "reason": each.reason} for each in result.skipped],
        "failures": [_failure(each) for each in result.failures],
        "notes": list(result.notes),
        "data": dict(result.data),
    }


def _counts(result: Result) -> dict[str, Json]:
    counts: dict[str, Json] = {
        severity.value: sum(each.severity is severity for each in result.open_findings)
        for severity in Severity
    }
    return counts | {
        "waived": sum(each.waived is not None for each in result.findings),
        "baseline": sum(each.baseline is BaselineState.UNCHANGED for each in result.findings),
    }


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "place": _place(finding.place),
        "source": finding.source,
        "package": finding.package,
        "version": finding.version,
        "fix": finding.fix,
        "waived": _waived(finding.waived) if finding.waived else None,
        "baseline": finding.baseline.value if finding.baseline else None,
    }


def _waived(waived: Waived) -> dict[str, Json]:
    return {
        "reason": waived.reason,
        "owner": waived.owner,
        "expires": waived.expires,
        "place": _place(waived.place),
    }


def _place(place: Place) -> dict[str, Json]:
    return {
        "path": place.path,
        "line": place.line or None,
        "column": place.column if place.line else None,
        "end_column": place.end_column if place.line else None,
    }


def _failure(failure: Failure) -> dict[str, Json]:
    return {
        "code": int(failure.code),
        "message": failure.message,
        "place": _place(failure.place) if failure.place else None,
        "details": list(failure.details),
        "hints": list(failure.hints),
    }
