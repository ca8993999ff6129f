"""SARIF 2.1.0 (OASIS), as GitHub code scanning reads it.

GitHub's page "SARIF support for code scanning" asks for a region with every result and for
fingerprints that do not change when a finding moves to another line.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from envtool import __version__
from envtool.domain.findings import BaselineState, Exposure, Finding, Place, Severity
from envtool.domain.policy.records import Level
from envtool.domain.results import Failure, Json, Result
from envtool.domain.rules import BY_ID
from envtool.domain.rules.rule import Rule
from envtool.formats.escape import visible
from envtool.formats.fingerprints import Fingerprints

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# GitHub shows 5,000 results of a run, refuses more than 25,000, and 10 MB when gzipped.
_MOST = 5000
_LARGEST = 9_500_000
_LONGEST = 1000
_MORE = "envtool.more"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(result: Result) -> str:
    """The SARIF log of one run, as indented JSON with a final newline; GitHub takes any."""
    most = _MOST
    text = _log(result, most)
    while most > 1 and not _is_taken(text):
        most //= 2
        text = _log(result, most)
    return text


def _is_taken(text: str) -> bool:
    """Whether it is small enough; the fastest compression is the one that saves least."""
    return len(text) <= _LARGEST or len(zlib.compress(text.encode("ascii"), 1)) <= _LARGEST


class _Item(NamedTuple):
    """A result to be: a finding, or one of the vulnerabilities that it is about."""

    finding: Finding
    exposure: Exposure | None = None

    @property
    def rule(self) -> str:
        """GitHub takes severities from rules, and dismisses by them: each vulnerability is one."""
        return self.exposure.id if self.exposure else self.finding.rule


def _log(result: Result, most: int) -> str:
    """The log with at most so many results, and as many notifications."""
    shown, left = _limited(list(_items(result.findings)), most)
    used = dict(sorted((each.rule, each) for each in shown))
    index = {rule: number for number, rule in enumerate(used)}
    names = Fingerprints()
    results = [_result(each, index[each.rule], names) for each in shown]
    rules = [_rule_of(each) for each in used.values()]
    if left:
        rules.append({"id": _MORE, "shortDescription": {"text": "findings that are not listed"}})
        results.append(_counted([each.finding for each in left], len(rules) - 1, names))
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "envtool",
                "semanticVersion": __version__,
                "rules": list[Json](rules),
            }
        },
        "invocations": [
            {
                "executionSuccessful": not result.failures,
                "exitCode": int(result.exit_code),
                "toolExecutionNotifications": _notifications(result.failures, most),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": list[Json](results),
    }
    log: dict[str, Json] = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _items(findings: Iterable[Finding]) -> Iterator[_Item]:
    for each in findings:
        if each.exposures:
            yield from (_Item(each, exposure) for exposure in each.exposures)
        else:
            yield _Item(each)


def _limited(items: list[_Item], most: int) -> tuple[list[_Item], list[_Item]]:
    """What is listed, and what is only counted: the worst come first when not all fit."""
    if len(items) <= most:
        return items, []
    ordered = sorted(items, key=lambda each: (not each.finding.is_open, each.finding.severity.rank))
    return ordered[: most - 1], ordered[most - 1 :]


def _counted(left: list[Finding], index: int, names: Fingerprints) -> dict[str, Json]:
    """One result for all that are not listed."""
    counts = Counter(each.rule for each in left)
    rules = ", ".join(f"{number} of {rule}" for rule, number in counts.most_common())
    counted: dict[str, Json] = {
        "ruleId": _MORE,
        "ruleIndex": index,
        "level": _LEVELS[left[0].severity],
        "message": {"text": f"{len(left)} more findings are not listed: {rules}"},
        "locations": [_location(left[0].place)],
        "partialFingerprints": {"envtool/v1": names.named(_MORE)},
        **_state(min((each.baseline for each in left if each.baseline), default=None)),
    }
    if all(each.waived for each in left):
        counted["suppressions"] = [_suppression("external", "all of them are waived")]
    return counted


def _level(level: Level) -> str:
    return "none" if level.severity is None else _LEVELS[level.severity]


def _rule_of(item: _Item) -> dict[str, Json]:
    rule = BY_ID[item.finding.rule]
    if item.exposure is None:
        return _rule(rule)
    # What is in doubt, or below the policy's threshold, is no alarm.
    is_note = item.finding.severity is Severity.INFO
    return _vulnerability(rule, item.exposure._replace(score=None) if is_note else item.exposure)


def _rule(rule: Rule) -> dict[str, Json]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.text},
        "help": {"text": rule.text},
        "defaultConfiguration": {"level": _level(rule.recommended)},
        "properties": {"tags": [rule.family]},
    }


def _vulnerability(rule: Rule, exposure: Exposure) -> dict[str, Json]:
    """A vulnerability as a rule; GitHub's `security-severity` is the CVSS base score."""
    title = visible(exposure.title)[:_LONGEST] or exposure.id
    score = {} if exposure.score is None else {"security-severity": f"{exposure.score:.1f}"}
    return {
        "id": visible(exposure.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": visible(exposure.text)[:_LONGEST]},
        "help": {"text": rule.text},
        "helpUri": exposure.url,
        "defaultConfiguration": {"level": _level(rule.recommended)},
        "properties": {"tags": ["security", rule.family, rule.id], **score},
    }


def _result(item: _Item, index: int, names: Fingerprints) -> dict[str, Json]:
    finding, exposure = item
    fix = f". Fix: {visible(finding.fix)[:_LONGEST]}" if finding.fix else ""
    result: dict[str, Json] = {
        "ruleId": visible(item.rule),
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": visible(_message(finding, exposure))[:_LONGEST] + fix},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"envtool/v1": _fingerprint(finding, exposure, names)},
        **_state(finding.baseline),
    }
    if finding.waived:
        inline = finding.waived.place.path == finding.place.path
        kind = "inSource" if inline else "external"
        result["suppressions"] = [_suppression(kind, finding.waived.reason)]
    return result


def _message(finding: Finding, exposure: Exposure | None) -> str:
    if exposure is None:
        return finding.message
    return f"`{finding.package} {finding.version}`: {exposure.id}: {exposure.text}"


def _fingerprint(finding: Finding, exposure: Exposure | None, names: Fingerprints) -> str:
    if exposure is None:
        return names.of(finding)
    return names.named(finding.rule, finding.place.path, finding.package or "", exposure.id)


def _suppression(kind: str, reason: str) -> dict[str, Json]:
    return {"kind": kind, "justification": visible(reason)[:_LONGEST]}


def _state(state: BaselineState | None) -> dict[str, Json]:
    """SARIF wants it with every result or with none; `new` comes before `unchanged`."""
    return {"baselineState": state.value} if state else {}


def _location(place: Place) -> dict[str, Json]:
    region: dict[str, Json] = {"startLine": max(place.line, 1)}
    if place.line:
        region |= {"startColumn": place.column, "endColumn": place.end_column}
    address: dict[str, Json] = {"uri": quote(place.path.encode("utf-8", "surrogateescape"))}
    return {"physicalLocation": {"artifactLocation": address, "region": region}}


def _notifications(failures: tuple[Failure, ...], most: int) -> list[Json]:
    """What could not be judged; what is too much is counted in the last one."""
    if len(failures) <= most:
        return [_notification(each) for each in failures]
    message = f"{len(failures) - most + 1} more could not be judged and are not listed"
    listed = failures[: most - 1]
    return [_notification(each) for each in (*listed, Failure(failures[-1].code, message))]


def _notification(failure: Failure) -> dict[str, Json]:
    notification: dict[str, Json] = {
        "level": "error",
        "message": {"text": visible(failure.message)[:_LONGEST]},
        "descriptor": {"id": f"exit-{int(failure.code)}"},
    }
    if failure.place is not None:
        notification["locations"] = [_location(failure.place)]
    return notification
