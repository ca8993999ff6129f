"""Advisories that are one vulnerability, and what mends it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from envtool.domain.auditing.advisories import Advisory, Span
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.standings import Exploitation, Hit
from envtool.domain.auditing.vulnerabilities import fix_of, hits_of, urgency
from tests.auditing import LIBCURL, NODE, OPENSSL, URLLIB3, advisory, affected, rating

GONE = datetime(2024, 5, 6, tzinfo=UTC)
BELOW_2 = affected(URLLIB3, Span("0", "2.0"))
BELOW_3 = affected(URLLIB3, Span("0", "3.0"))
OLD = affected(URLLIB3, Span("0", "0.5"))
OPEN = affected(URLLIB3, Span("0", has_end=False))


def hits(*advisories: Advisory, version: str = "1.0", of: Coordinate = URLLIB3) -> tuple[Hit, ...]:
    return hits_of(version, {of: advisories}, {})


def test_one_vulnerability_has_many_advisories() -> None:
    (hit,) = hits(
        advisory("GHSA-1", BELOW_2, aliases=["CVE-1"], ratings=(rating(7.5),)),
        advisory("PYSEC-1", BELOW_2, aliases=["CVE-1"], ratings=(rating(9.1), rating(3.0))),
        advisory("X-1", BELOW_2, aliases=["PYSEC-1"]),
    )
    assert hit.ids == ("PYSEC-1", "CVE-1", "GHSA-1", "X-1")
    assert [each.id for each in hit.advisories] == ["GHSA-1", "PYSEC-1", "X-1"]
    assert (hit.coordinate, hit.score, hit.fixed, hit.unconfirmed) == (URLLIB3, 9.1, "2.0", "")


def test_aliases_join_groups_that_were_apart() -> None:
    first, second = advisory("A-1", BELOW_2), advisory("A-2", BELOW_2)
    assert [each.id for each in hits(first, second)] == ["A-1", "A-2"]
    (hit,) = hits(first, second, advisory("CVE-1", BELOW_2, aliases=["A-1", "A-2"]))
    assert hit.id == "CVE-1"


@pytest.mark.parametrize(
    ("of", "names", "expected"),
    [
        (URLLIB3, ["GHSA-1", "CVE-1", "PYSEC-1"], "PYSEC-1"),
        (URLLIB3, ["GHSA-1", "CVE-2", "CVE-1"], "CVE-1"),
        (URLLIB3, ["MAL-2", "MAL-1"], "MAL-2"),
        (NODE, ["BIT-node-1", "CVE-1"], "CVE-1"),
        (NODE, ["BIT-node-1", "GHSA-1"], "GHSA-1"),
        (NODE, ["BIT-node-1"], "BIT-node-1"),
    ],
)
def test_what_it_is_called(of: Coordinate, names: Sequence[str], expected: str) -> None:
    (hit,) = hits(advisory(names[0], affected(of, Span("0")), aliases=names[1:]), of=of)
    assert hit.id == expected


def test_no_hit() -> None:
    assert hits() == ()
    assert hits(advisory("A-1", OLD)) == ()


def test_a_hit_of_several_products_is_one() -> None:
    both = {
        NODE: [advisory("BIT-1", affected(NODE, Span("0", "2")), aliases=["CVE-1"])],
        URLLIB3: [advisory("PYSEC-1", BELOW_2, aliases=["CVE-1"])],
    }
    (hit,) = hits_of("1.0", both, {})
    assert (hit.coordinate, hit.id, len(hit.advisories)) == (NODE, "CVE-1", 2)


def test_of_a_part_it_is_not_known_whether_it_has_it() -> None:
    said = [advisory("BIT-1", affected(NODE, Span("0", "2.0")))]
    (hit,) = hits_of("1.0", {NODE: said}, {}, "client library")
    assert hit.unconfirmed == (
        "the advisory is about all of node, and this is only the client library"
    )
    assert hit.fixed == "2.0"
    assert hits_of("2.0", {NODE: said}, {}, "client library") == ()


def test_a_part_that_is_a_distribution_is_all_of_that() -> None:
    answers = {
        NODE: [advisory("BIT-1", affected(NODE, Span("0", "2.0")), aliases=["CVE-1"])],
        URLLIB3: [advisory("PYSEC-1", BELOW_2, aliases=["CVE-1"])],
    }
    (hit,) = hits_of("1.0", answers, {}, "Python bindings")
    assert (hit.coordinate, hit.unconfirmed) == (URLLIB3, "")


def test_what_is_in_doubt_anyway_stays_so_of_a_part() -> None:
    open_ = [advisory("BIT-1", affected(NODE, Span("0", has_end=False)))]
    (hit,) = hits_of("1.0", {NODE: open_}, {}, "client library")
    assert hit.unconfirmed == "the advisory does not say where it ends"


@pytest.mark.parametrize(
    ("advisories", "doubt"),
    [
        # Nothing else says so.
        ([advisory("A-1", BELOW_2, withdrawn=GONE)], "withdrawn on 2024-05-06"),
        # Another one does, or does not.
        (
            [
                advisory("A-1", BELOW_2, withdrawn=GONE),
                advisory("A-2", BELOW_2, aliases=["A-1"]),
            ],
            "",
        ),
        ([advisory("A-1", BELOW_2, withdrawn=GONE), advisory("A-2", OLD, aliases=["A-1"])], None),
        (
            [advisory("A-1", BELOW_2, withdrawn=GONE), advisory("A-2", OPEN, aliases=["A-1"])],
            "the advisory does not say where it ends",
        ),
        (
            [advisory("A-1", OPEN), advisory("A-2", BELOW_2, aliases=["A-1"])],
            "",
        ),
    ],
)
def test_doubts(advisories: list[Advisory], doubt: str | None) -> None:
    found = hits(*advisories)
    assert [each.unconfirmed for each in found] == ([] if doubt is None else [doubt])
    # A withdrawn one is named only where it is all that there is.
    standing = [each for hit in found for each in hit.advisories if each.withdrawn is None]
    assert standing or [hit.advisories[0].withdrawn for hit in found] in ([GONE], [])


def test_exploitation_is_the_worst_of_its_cves() -> None:
    known = {
        "CVE-1": Exploitation(known=True, due="2024-02-01", probability=0.1),
        "CVE-2": Exploitation(known=True, due="2024-01-01", probability=0.9),
        "CVE-3": Exploitation(probability=0.99),
    }
    said = advisory("A-1", BELOW_2, aliases=["CVE-1", "CVE-2"])
    (hit,) = hits_of("1.0", {URLLIB3: [said]}, known)
    assert hit.exploitation == Exploitation(known=True, due="2024-01-01", probability=0.9)
    (hit,) = hits(said)
    assert hit.exploitation == Exploitation()


def hit(name: str, **fields: Any) -> Hit:
    return Hit(name, (), URLLIB3)._replace(**fields)


def test_worst_first() -> None:
    wanted = [
        hit("z", exploitation=Exploitation(known=True)),
        hit("y", exploitation=Exploitation(probability=0.5)),
        hit("x", score=9.0),
        hit("w", score=5.0),
        hit("v", fixed="2.0"),
        hit("a"),
        hit("b"),
        hit("c", score=9.9, unconfirmed="why"),
        hit("d", score=9.9, suppressed="why"),
    ]
    shuffled = [wanted[-1], *wanted[:-1]]
    assert sorted(shuffled, key=urgency) == wanted


@pytest.mark.parametrize(
    ("version", "spans", "of", "fixed"),
    [
        # The next one on the same branch.
        ("3.0.7", [Span("3.0.0", "3.0.8"), Span("1.1.1", "1.1.1t")], OPENSSL, "3.0.8"),
        ("1.1.1w", [Span("1.1.1", "1.1.1x"), Span("3.0.0", "3.0.12")], OPENSSL, "1.1.1x"),
        # What is called fixed on one branch may be affected by the next range.
        ("1.0.0", [Span("0", "2.0.0"), Span("2.0.0", "2.5.0")], NODE, "2.5.0"),
        ("1.0.0", [Span("0", last_affected="8.3.0")], LIBCURL, None),
        ("1.0.0", [Span("0", "odd"), Span("0", "2.0")], NODE, "2.0"),
        ("odd", [Span("0", "2.0")], NODE, None),
    ],
)
def test_the_lowest_fixed_version(
    version: str, spans: list[Span], of: Coordinate, fixed: str | None
) -> None:
    (found,) = hits(advisory("A-1", affected(of, *spans)), version=version, of=of)
    assert found.fixed == fixed


def test_what_mends_all() -> None:
    answers = {
        URLLIB3: [
            advisory("A-1", BELOW_2),
            advisory("A-2", BELOW_3),
            # A later vulnerability: it affects the first version without the others.
            advisory("A-3", affected(URLLIB3, Span("3.0", "3.2"))),
            advisory("A-4", affected(URLLIB3, Span("0", "9.0")), withdrawn=GONE),
            # In doubt for every version.
            advisory("A-5", OPEN),
        ]
    }
    found = hits_of("1.0", answers, {})
    certain = [each for each in found if not each.unconfirmed]
    assert [each.fixed for each in certain] == ["2.0", "3.0"]
    assert fix_of("1.0", certain, answers) == "3.2"
    assert fix_of("1.0", [], answers) is None


def test_a_fix_is_a_release_that_can_be_installed() -> None:
    """`1.21.0-0` is a bound; and what begins with the release itself counts for that."""
    first = advisory("A-1", affected(NODE, Span("0", "1.21.0-0")))
    (hit,) = hits_of("1.20.0", {NODE: [first]}, {})
    assert (hit.fixed, fix_of("1.20.0", [hit], {NODE: [first]})) == ("1.21.0", "1.21.0")
    later = advisory("A-2", affected(NODE, Span("1.21.0", "1.21.3")))
    assert fix_of("1.20.0", [hit], {NODE: [first, later]}) == "1.21.3"


def test_products_apart_have_no_common_fix() -> None:
    answers = {
        NODE: [advisory("A-1", affected(NODE, Span("0", "2.0")))],
        URLLIB3: [advisory("A-2", BELOW_2)],
    }
    assert fix_of("1.0", hits_of("1.0", answers, {}), answers) is None
