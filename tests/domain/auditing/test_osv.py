"""Records of OSV and of curl."""

from datetime import UTC, datetime

import pytest

from envtool.domain.auditing.advisories import Scheme, Span
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.json_values import NotAnAdvisoryError
from envtool.domain.auditing.osv import read_curl, read_osv
from tests.auditing import osv

FIXED = [{"introduced": "0"}, {"fixed": "2.0"}]
V3 = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


def events(*said: dict[str, str]) -> dict[str, object]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(said)}]}


def spans(package: dict[str, object], name: str = "PYSEC-2024-1") -> tuple[Span, ...]:
    return read_osv(osv(name, package), "osv:PyPI").affected[0].spans


def test_a_whole_record() -> None:
    record = osv(
        aliases=["CVE-2024-5", "GHSA-x"],
        details="\n\n  First line.  \nsecond",
        published="2024-01-02T03:04:05.678Z",
        modified="2024-02-02T00:00:00",
        references=[{"type": "WEB", "url": f"https://example.org/{n}"} for n in range(99)],
        severity=[{"type": "CVSS_V3", "score": V3}, {"type": "CVSS_V4", "score": V4}],
    )
    advisory = read_osv(record, "osv:PyPI")
    assert (advisory.id, advisory.aliases, advisory.source) == (
        "PYSEC-2024-1",
        ("CVE-2024-5", "GHSA-x"),
        "osv:PyPI",
    )
    assert advisory.cves == ("CVE-2024-5",)
    assert advisory.summary == "First line."
    assert advisory.published == datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert advisory.modified == datetime(2024, 2, 2, tzinfo=UTC)
    assert advisory.withdrawn is None
    assert [(each.version, each.score) for each in advisory.ratings] == [("4.0", 9.3), ("3.1", 8.8)]
    assert len(advisory.references) == 30
    (entry,) = advisory.affected
    assert entry.coordinate == Coordinate(Ecosystem.PYPI, "some-package")
    assert (entry.scheme, entry.spans) == (Scheme.PEP440, (Span("0", fixed="2.0"),))


def test_a_long_summary_is_cut() -> None:
    advisory = read_osv(osv(summary="x" * 500, details="unused"), "osv:PyPI")
    assert advisory.summary == "x" * 199 + "…"


def test_ratings_of_a_package_and_those_that_are_none() -> None:
    severity = [
        {"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"},
        {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"},
        {"type": "CVSS_V3", "score": "CVSS:3.1/" + "x" * 999},
        {"type": "Ubuntu", "score": "high"},
    ]
    (rating,) = read_osv(osv(package={"severity": severity}), "osv:PyPI").ratings
    assert (rating.version, rating.score) == ("2.0", 10.0)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([{"introduced": "1.0"}, {"last_affected": "1.5"}], [Span("1.0", last_affected="1.5")]),
        ([{"introduced": "1.0"}, {"last_affected": "1.0"}], [Span("1.0", last_affected="1.0")]),
        ([{"introduced": "0"}], [Span("0", has_end=False)]),
        ([{"introduced": "1"}, {"limit": "*"}], [Span("1")]),
        ([{"introduced": "1"}, {"limit": "3"}], [Span("1", fixed="3")]),
        ([{"fixed": "3"}], [Span("0", fixed="3")]),
        # In whatever order they stand: OSV says that they are sorted by those who read.
        (
            [{"fixed": "4"}, {"fixed": "2.0"}, {"introduced": "3"}, {"introduced": "0"}],
            [Span("0", fixed="2.0"), Span("3", fixed="4")],
        ),
        (
            [{"introduced": "0"}, {"fixed": "2"}, {"introduced": "2"}, {"fixed": "3"}],
            [Span("0", fixed="2"), Span("2", fixed="3")],
        ),
        ([{"introduced": "1"}, {"introduced": "2"}, {"fixed": "3"}], [Span("1", fixed="3")]),
        # What has no order stays as it stands.
        ([{"introduced": "odd"}, {"fixed": "0.1"}], [Span("odd", fixed="0.1")]),
        ([], [Span("0", has_end=False)]),
    ],
)
def test_events(said: list[dict[str, str]], expected: list[Span]) -> None:
    assert spans(events(*said)) == tuple(expected)


def test_ranges_of_commits_say_nothing() -> None:
    git = {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "abcdef"}]}
    entry = read_osv(osv(package={"ranges": [git], "versions": ["1.0"]}), "x").affected[0]
    assert entry.spans == ()
    assert entry.versions == {"1.0"}
    # It names the package, and no version.
    assert spans({"ranges": [git]}) == (Span("0", has_end=False),)


def test_what_github_knows_of_a_range_without_end() -> None:
    known = {"database_specific": {"last_known_affected_version_range": "<= 1.9"}}
    assert spans(events({"introduced": "0"}) | known) == (
        Span("0", last_affected="1.9", has_end=False),
    )
    assert spans(events(*FIXED) | known) == (Span("0", fixed="2.0"),)
    below = {"database_specific": {"last_known_affected_version_range": "< 1.9"}}
    assert spans(events({"introduced": "0"}) | below) == (Span("0", has_end=False),)


def test_all_versions_of_what_was_made_to_do_harm() -> None:
    assert spans(events({"introduced": "0"}), "MAL-2024-7") == (Span("0"),)


def test_other_ecosystems_are_left_out() -> None:
    record = osv(package={"package": {"ecosystem": "npm", "name": "left-pad"}})
    assert read_osv(record, "osv").affected == ()
    assert read_osv({"id": "X-1"}, "osv").affected == ()


def test_bitnami_is_semver() -> None:
    package = {"package": {"ecosystem": "Bitnami", "name": "node"}} | events(*FIXED)
    (entry,) = read_osv(osv("BIT-node-2024-1", package), "osv:Bitnami").affected
    assert entry.coordinate == Coordinate(Ecosystem.BITNAMI, "node")
    assert entry.scheme is Scheme.SEMVER


def test_withdrawn() -> None:
    record = osv(withdrawn="2024-05-06T00:00:00Z", published="never")
    advisory = read_osv(record, "osv:PyPI")
    assert advisory.withdrawn == datetime(2024, 5, 6, tzinfo=UTC)
    assert advisory.published is None


@pytest.mark.parametrize(
    ("affects", "names"),
    [
        ("tool", ["curl"]),
        ("lib", ["libcurl"]),
        ("both", ["curl", "libcurl"]),
        ("", ["curl", "libcurl"]),
    ],
)
def test_curl(affects: str, names: list[str]) -> None:
    record = {
        "id": "CURL-CVE-2023-38545",
        "aliases": ["CVE-2023-38545"],
        "summary": "SOCKS5 heap buffer overflow",
        "database_specific": {"package": "curl", "affects": affects, "last_affected": "8.3.0"},
        "affected": [
            {
                "ranges": [
                    {
                        "type": "SEMVER",
                        "events": [{"introduced": "7.69.0"}, {"fixed": "8.4.0"}],
                    }
                ],
                "versions": ["8.3.0", "7.69.0"],
            }
        ],
    }
    advisory = read_curl(record)
    assert [each.coordinate.name for each in advisory.affected] == names
    assert {each.coordinate.ecosystem for each in advisory.affected} == {Ecosystem.CURL}
    assert advisory.affected[0].spans == (Span("7.69.0", fixed="8.4.0"),)
    assert advisory.source == "curl"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (None, "the record is no object"),
        ([], "the record is no object"),
        ({}, "`id` is no name"),
        ({"id": 5}, "`id` is no string"),
        ({"id": "x" * 999}, "`id` is no name"),
        ({"id": "\ud800"}, "`id` is no name"),
        (osv(package={"package": {"ecosystem": "PyPI"}}), "`name` is no name"),
        ({"id": "X", "aliases": "CVE-1"}, "`aliases` is no array"),
        ({"id": "X", "aliases": [1]}, "`aliases` is no array of strings"),
        ({"id": "X", "affected": {}}, "`affected` is no array"),
        ({"id": "X", "affected": {"a": 1}}, "`affected` is no array"),
        ({"id": "X", "affected": [7]}, "`affected` is no object"),
        ({"id": "X", "references": [7]}, "a reference is no object"),
        ({"id": "X", "published": 7}, "`published` is no string"),
        (
            osv(package={"ranges": [{"type": "SEMVER", "events": [{"fixed": 2}]}]}),
            "`fixed` is no string",
        ),
        (osv(package={"package": "numpy"}), "`package` is no object"),
    ],
)
def test_what_is_no_record(record: object, why: str) -> None:
    with pytest.raises(NotAnAdvisoryError) as caught:
        read_osv(record, "osv")
    assert str(caught.value) == why
