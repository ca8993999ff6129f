"""What changed since an audit before."""

import json
from datetime import UTC, datetime

import pytest

from envtool.domain.auditing.advisories import Rating
from envtool.domain.auditing.since import (
    Before,
    Key,
    Open,
    described_open,
    kept,
    news,
    read_before,
)
from envtool.domain.auditing.standings import Exploitation, Standing, State
from envtool.domain.json_text import JsonTextError
from tests.audits import COOKIES, URLLIB3, X400
from tests.domain.test_vex import standing

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
COOKIE = Key("conda", "urllib3", "CVE-2023-43804")
BODY = Key("conda", "urllib3", "CVE-2023-45803")
ADDRESS = Key("conda", "openssl", "CVE-2023-0286")


def before(*standings: Standing) -> Before:
    """What an audit has kept, written and read again."""
    state = described_open(kept(standings, None), NOW)
    return read_before(json.dumps({"version": 1, "audit": state}).encode())


def test_new_fixed_and_still_open() -> None:
    old = before(standing("urllib3", "1.26.4", COOKIES, URLLIB3))
    found = news(old, [standing("urllib3", "1.26.17", URLLIB3), standing("openssl", "3.0.7", X400)])
    assert found == news(
        old, [standing("openssl", "3.0.7", X400), standing("urllib3", "1.26.17", URLLIB3)]
    )
    assert (found.new, found.fixed, found.still) == ((ADDRESS,), (COOKIE,), (BODY,))
    assert (found.at, found.rated, found.untold) == ("2026-11-23T09:00:00+00:00", (), ())


def test_what_is_gone_from_the_lock_is_fixed() -> None:
    assert news(before(standing("openssl", "3.0.7", X400)), []).fixed == (ADDRESS,)


def test_what_a_vex_document_settles_is_not_fixed() -> None:
    seen = standing("openssl", "3.0.7", X400)
    quiet = seen._replace(hits=tuple(e._replace(suppressed="not affected") for e in seen.hits))
    found = news(before(seen), [quiet])
    assert (found.fixed, found.still, found.untold) == ((), (), ())


def test_what_can_not_be_looked_at_again_is_not_fixed_and_stays() -> None:
    seen = standing("openssl", "3.0.7", X400)
    old = before(seen)
    blind = [seen._replace(state=State.NOT_AUDITED, hits=(), reason="no network")]
    found = news(old, blind)
    assert (found.fixed, found.untold) == ((), (ADDRESS,))
    assert kept(blind, old) == {ADDRESS: Open("3.0.7", 7.4)}


def test_what_is_rated_otherwise_is_told() -> None:
    seen = standing("openssl", "3.0.7", X400)
    worse = X400._replace(ratings=(Rating("x", 9.9, "3.1"),))
    again = standing("openssl", "3.0.7", worse)
    again = again._replace(
        hits=tuple(each._replace(exploitation=Exploitation(known=True)) for each in again.hits)
    )
    found = news(before(seen), [again])
    assert found.rated == ((ADDRESS, Open("3.0.7", 7.4), Open("3.0.7", 9.9, known=True)),)
    assert found.still == (ADDRESS,)


def test_an_advisory_that_gets_a_cve_is_the_same() -> None:
    bare = COOKIES._replace(aliases=())
    old = before(standing("urllib3", "1.26.4", bare))
    found = news(old, [standing("urllib3", "1.26.4", COOKIES)])
    assert (found.new, found.fixed) == ((), ())
    assert [key.id for key in found.still] == ["PYSEC-2023-192"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is no JSON report of `envtool audit`"),
        ("{}", "it is no JSON report"),
        ('{"data": {"audit": {"at": 3, "open": []}}}', "it is no JSON report"),
        ('{"data": {}, "audit": {"at": "", "open": {}}}', "it is no JSON report"),
        ('{"audit": {"at": "x", "open": [3]}}', "what was open has a wrong shape"),
        ('{"audit": {"at": "x", "open": [{"manager": "conda"}]}}', "a wrong shape"),
    ],
)
def test_what_is_no_report_is_refused(text: str, why: str) -> None:
    with pytest.raises(JsonTextError, match=why):
        read_before(text.encode())
    with pytest.raises(JsonTextError, match="UTF-8"):
        read_before(b"\xff")


@pytest.mark.parametrize("score", ['"x"', "true", "NaN", "-1", "1" + "0" * 400, "null"])
def test_an_odd_score_is_none(score: str) -> None:
    entry = f'{{"manager": "a", "package": "b", "id": "c", "version": "1", "score": {score}}}'
    found = read_before(f'{{"audit": {{"at": "x", "open": [{entry}]}}}}'.encode())
    assert found.open == {Key("a", "b", "c"): Open("1")}
