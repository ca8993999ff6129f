"""GitLab's report of code quality, which merge requests show.

The format is that of GitLab's page "Code Quality", "Code Quality report format": a list of
CodeClimate issues with description, check_name, fingerprint, severity and location; its schema
is `app/validators/json_schemas/codeclimate.json` of gitlab-org/gitlab.
"""

import json

from envtool.domain.findings import Finding, Severity
from envtool.domain.results import Failure, Json, Result
from envtool.formats.escape import visible
from envtool.formats.fingerprints import Fingerprints

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
# Where a failure is shown that has no place of its own.
_SOMEWHERE = "environment.yml"


def render(result: Result) -> str:
    """The open findings and what could not be judged, as JSON with a final newline."""
    names = Fingerprints()
    issues = [_failure(each, names) for each in result.failures]
    issues += [_issue(each, names) for each in result.open_findings]
    return json.dumps(issues, indent=1) + "\n"


def _issue(finding: Finding, names: Fingerprints) -> Json:
    fix = f" (fix: {finding.fix})" if finding.fix else ""
    return {
        "description": visible(finding.message + fix),
        "check_name": finding.rule,
        "fingerprint": names.of(finding),
        "severity": _SEVERITIES[finding.severity],
        "location": _location(finding.place.path, finding.place.line),
    }


def _failure(failure: Failure, names: Fingerprints) -> Json:
    path, line = (failure.place.path, failure.place.line) if failure.place else (_SOMEWHERE, 0)
    return {
        "description": visible(failure.message),
        "check_name": f"exit-{int(failure.code)}",
        "fingerprint": names.named("exit", path, failure.message),
        "severity": "blocker",
        "location": _location(path, line),
    }


def _location(path: str, line: int) -> Json:
    return {"path": visible(path), "lines": {"begin": max(line, 1)}}
