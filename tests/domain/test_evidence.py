"""Evidence: written, read, merged; what was edited shows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.evidence import (
    Check,
    Evidence,
    Examined,
    Outcome,
    Subject,
    decoded,
    digest,
    encoded,
    lock_hash,
)
from envtool.errors import IntegrityError, UnreadableError

BAD = Check("command", "pytest", Outcome.FAILED, "ended with 1", 0.5, 1 << 20)
GOOD = Check("smoke", "numpy", Outcome.PASSED)
SUBJECT = Subject("a" * 64, "linux-64", "b" * 64, "c" * 40)


def evidence(*checks: Check, subject: Subject = SUBJECT, name: str = "production") -> Evidence:
    tested = Examined(name, "2026-11-30T09:00:00+00:00", checks)
    return Evidence(subject=subject, envtool="0.1.0", environments=(tested,))


@given(st.text(), st.text(), st.floats(0, 1e6), st.sampled_from([True, False]))
def test_it_comes_back_as_it_was(name: str, said: str, seconds: float, dirty: object) -> None:
    check = Check("command", name, Outcome.SKIPPED, said, seconds, 1 << 40)
    made = evidence(check, GOOD, subject=SUBJECT._replace(dirty=bool(dirty)))
    assert decoded(encoded(made), "x.json") == made


def test_what_failed_and_what_is_missing() -> None:
    made = evidence(GOOD, BAD)
    assert made.failed == (("production", BAD),)
    assert made.missing(("production", "development")) == ("development",)
    assert made.name == f"{'a' * 64}-linux-64.json"


def changed(**values: Any) -> str:
    """Evidence with other values, and a hash that is right."""
    data = json.loads(encoded(evidence(BAD))) | values
    del data["sha256"]
    return json.dumps(data | {"sha256": digest(data)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "3",
        "[" * 100_000,
        changed(version=2),
        changed(lock=3),
        changed(dirty="no"),
        changed(envtool=None),
        changed(environments=[3]),
        changed(environments=[{"environment": "x"}]),
        changed(environments=[{"environment": "x", "started": "", "checks": [{"kind": "x"}]}]),
        changed(environments=[{"environment": "x", "started": "", "checks": [{**BAD._asdict(), "outcome": "great"}]}]),
    ],
)  # fmt: skip
def test_what_is_no_evidence(text: str) -> None:
    with pytest.raises(UnreadableError, match=r"`x\.json` is no evidence of this envtool"):
        decoded(text, "x.json")


def test_an_edit_shows() -> None:
    text = encoded(evidence(BAD)).replace('"failed"', '"passed"')
    with pytest.raises(IntegrityError, match="was edited after it was written"):
        decoded(text, "x.json")


def test_line_ends_do_not_make_another_lock() -> None:
    assert lock_hash(b"a\r\nb\r\n") == lock_hash(b"a\nb\n") != lock_hash(b"a\nb")


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        (SUBJECT, ["development", "production"]),
        (SUBJECT._replace(tree="d" * 40), ["development"]),
        (SUBJECT._replace(policy="d" * 64), ["development"]),
    ],
)
def test_environments_of_one_subject_stand_together(subject: Subject, names: list[str]) -> None:
    new = evidence(GOOD, name="development")
    both = new.on_top_of(evidence(BAD, subject=subject))
    assert [each.environment for each in both.environments] == names
    assert new.on_top_of(None) == new
    assert evidence(GOOD).on_top_of(evidence(BAD)) == evidence(GOOD)
