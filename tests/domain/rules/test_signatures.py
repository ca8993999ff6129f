"""Rules on signatures, judged on what an audit found out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.identity import Certainty, Identity
from envtool.domain.auditing.signatures import Signature, SignatureCount, SignatureState, worst
from envtool.domain.auditing.standings import Standing, State
from envtool.domain.auditing.subjects import Subject
from envtool.domain.findings import Finding, Place, Severity
from envtool.domain.judge import Judgement, Selection, judge
from envtool.domain.policy.records import SignatureMode, Signing
from envtool.domain.rules.signatures import RULES
from tests.judging import environment, project

LOCK = Place("conda-lock.yml")
NOW = datetime(2026, 11, 30, tzinfo=UTC)
CHANNEL = "https://example.org/channel"
STATES = {
    "signatures.missing": SignatureState.MISSING,
    "signatures.invalid": SignatureState.INVALID,
    "signatures.wrong-publisher": SignatureState.UNTRUSTED,
    "signatures.unavailable": SignatureState.RETRIEVAL_FAILED,
}


def signature(
    name: str,
    state: SignatureState,
    mode: SignatureMode = SignatureMode.REQUIRE,
    channel: str = CHANNEL,
    subdir: str = "noarch",
) -> Signature:
    url = f"{channel}/{subdir}/{name}-1.0-0.conda"
    reason = "" if state is SignatureState.VERIFIED else "the reason"
    return Signature(name, "1.0", url, channel, Signing(mode), state, reason)


def judged(*signatures: Signature, toml: str = "") -> Judgement:
    place = Place("conda-lock.yml", 7)
    subject = Subject("conda", "app", "1.0", (), place)
    standing = Standing(subject, Identity(Certainty.UNKNOWN), State.NOT_AUDITED)
    facts = AuditFacts(LOCK, NOW, (standing,), signatures=signatures)
    return judge(replace(project(environment("a"), toml=toml), audit=facts), Selection())


def told(judgement: Judgement) -> dict[str, Finding]:
    return {each.rule: each for each in judgement.findings}


@pytest.mark.parametrize(("rule", "state"), STATES.items())
@pytest.mark.parametrize(
    ("mode", "severity"),
    [(SignatureMode.REQUIRE, Severity.ERROR), (SignatureMode.WARN, Severity.WARNING)],
)
def test_each_state_has_a_rule(
    rule: str, state: SignatureState, mode: SignatureMode, severity: Severity
) -> None:
    found = told(judged(signature("app", state, mode)))
    assert set(found) == {rule}
    assert found[rule].severity is severity
    assert ("the reason" in found[rule].message) is (state is not SignatureState.MISSING)


def test_a_rule_that_is_milder_stays_so() -> None:
    warned = signature("app", SignatureState.MISSING, SignatureMode.WARN)
    found = told(judged(warned, toml="[rules]\nsignatures = 'info'"))
    assert found["signatures.missing"].severity is Severity.INFO


def test_what_is_verified_is_no_finding() -> None:
    assert not judged(signature("app", SignatureState.VERIFIED)).findings
    assert not judged().findings


def test_a_finding_stands_where_the_package_is_locked() -> None:
    found = judged(
        signature("app", SignatureState.MISSING), signature("other", SignatureState.MISSING)
    ).findings
    assert [(each.package, each.place.line) for each in found] == [("other", 0), ("app", 7)]
    assert found[1].message == f"`app 1.0` of `{CHANNEL}` is not signed"
    assert found[1].summary == "packages are not signed"


def test_of_several_archives_the_worst_counts() -> None:
    archives = [
        signature("app", SignatureState.VERIFIED, subdir="linux-64"),
        signature("app", SignatureState.INVALID, subdir="osx-64"),
        signature("app", SignatureState.MISSING, subdir="win-64"),
    ]
    assert [each.rule for each in judged(*archives).findings] == ["signatures.invalid"]
    assert [each.state for each in worst(archives)] == [SignatureState.INVALID]


def test_what_can_not_be_fetched_is_counted_by_channel() -> None:
    failed = SignatureState.RETRIEVAL_FAILED
    found = judged(
        signature("app", SignatureState.VERIFIED),
        signature("b", failed),
        signature("c", failed),
        signature("d", failed, SignatureMode.WARN, "https://example.org/other"),
        signature("e", SignatureState.VERIFIED, channel="https://example.org/good"),
    ).findings
    assert [(each.number, each.severity) for each in found] == [
        (2, Severity.ERROR),
        (1, Severity.WARNING),
    ]
    assert found[0].message == (
        f"the signatures of 2 of 3 packages of `{CHANNEL}` can not be looked at: the reason"
    )


@pytest.mark.parametrize(
    ("signed", "words"),
    [(0, "no channel has one for any of 5"), (2, "one for 2 of 5 packages, and the policy asks")],
)
def test_without_a_policy_it_is_one_line(signed: int, words: str) -> None:
    assert words in str(SignatureCount(signed, 5))


def test_files_and_prefixes_are_not_judged_by_them() -> None:
    rules = {each.rule for each in judge(project(environment("a")), Selection()).findings}
    assert not {each for each in rules if each.startswith("signatures.")}
    assert not [found for each in RULES for found in each.check(project(environment("a")))]
