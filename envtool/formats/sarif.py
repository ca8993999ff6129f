"""SARIF 2.1.0 (OASIS), as GitHub code scanning reads it.

GitHub's page "SARIF support for code scanning" asks for a region with every result and for
fingerprints that do not change when a finding moves to another line.
"""

import json
from collections import Counter
from hashlib import sha256
from urllib.parse import quote

from envtool import __version__
from envtool.domain.findings import Finding, Place, Severity
from envtool.domain.policy.records import Level
from envtool.domain.results import Failure, Json, Result
from envtool.domain.rules import BY_ID
from envtool.domain.rules.rule import Rule
from envtool.formats.escape import visible

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(result: Result) -> str:
    """The SARIF log of one run, as indented JSON with a final newline."""
    used = sorted({finding.rule for finding in result.findings})
    seen: Counter[str] = Counter()
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "envtool",
                "semanticVersion": __version__,
                "rules": [_rule(BY_ID[rule]) for rule in used],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not result.failures,
                "exitCode": int(result.exit_code),
                "toolExecutionNotifications": [_notification(each) for each in result.failures],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, used.index(each.rule), seen) for each in result.findings],
    }
    log: dict[str, Json] = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _level(level: Level) -> str:
    return "none" if level.severity is None else _LEVELS[level.severity]


def _rule(rule: Rule) -> dict[str, Json]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.text},
        "help": {"text": rule.text},
        "defaultConfiguration": {"level": _level(rule.recommended)},
        "properties": {"tags": [rule.family]},
    }


def _result(finding: Finding, index: int, seen: "Counter[str]") -> dict[str, Json]:
    text = visible(finding.message) + (f". Fix: {visible(finding.fix)}" if finding.fix else "")
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"envtool/v1": _fingerprint(finding, seen)},
    }
    if finding.waived:
        inline = finding.waived.place.path == finding.place.path
        result["suppressions"] = [
            {
                "kind": "inSource" if inline else "external",
                "justification": visible(finding.waived.reason),
            }
        ]
    return result


def _location(place: Place) -> dict[str, Json]:
    region: dict[str, Json] = {"startLine": max(place.line, 1)}
    if place.line:
        region |= {"startColumn": place.column, "endColumn": place.end_column}
    address: dict[str, Json] = {"uri": quote(place.path.encode("utf-8", "surrogateescape"))}
    return {"physicalLocation": {"artifactLocation": address, "region": region}}


def _fingerprint(finding: Finding, seen: "Counter[str]") -> str:
    """Without line and column; equal findings are told apart by their order."""
    content = (finding.source or "").strip()
    key = "\0".join((finding.rule, finding.place.path, finding.package or "", content))
    seen[key] += 1
    return sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _notification(failure: Failure) -> dict[str, Json]:
    notification: dict[str, Json] = {
        "level": "error",
        "message": {"text": visible(failure.message)},
        "descriptor": {"id": f"exit-{int(failure.code)}"},
    }
    if failure.place is not None:
        notification["locations"] = [_location(failure.place)]
    return notification
