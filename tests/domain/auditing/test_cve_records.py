"""CVE records of the OpenSSL project."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from envtool.domain.auditing.advisories import Affected, Scheme, Span
from envtool.domain.auditing.cve_records import read_openssl
from envtool.domain.auditing.json_values import NotAnAdvisoryError
from tests.auditing import OPENSSL

V3 = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"


def record(
    *versions: dict[str, str],
    product: str = "OpenSSL",
    entry: Mapping[str, object] | None = None,
    **cna: object,
) -> dict[str, object]:
    affected = {"vendor": "OpenSSL", "product": product, "versions": list(versions)}
    return {
        "cveMetadata": {"cveId": "CVE-2024-1", "state": "PUBLISHED"},
        "containers": {"cna": {"affected": [affected | dict(entry or {})], **cna}},
    }


def below(start: str, end: str, status: str = "affected") -> dict[str, str]:
    return {"version": start, "lessThan": end, "status": status}


def test_a_whole_record() -> None:
    advisory = read_openssl(
        record(
            below("3.0.0", "3.0.8"),
            below("1.1.1", "1.1.1t"),
            {"version": "3.1.0", "lessThanOrEqual": "3.1.2", "status": "affected"},
            {"version": "0.9.8", "status": "affected"},
            {"version": "1.1.0", "status": "unaffected"},
            # Another product, whose versions are no versions of this one.
            below("fips-1.1.1", "fips-1.1.2"),
            title="X.400 address type confusion",
            datePublic="2023-02-07T00:00:00.000Z",
            references=[{"url": "https://example.org/1"}],
            metrics=[{"format": "CVSS", "cvssV3_1": {"vectorString": V3}}, {"other": {}}],
            descriptions=[{"lang": "de", "value": "?"}, {"lang": "en", "value": "More."}],
        )
    )
    assert (advisory.id, advisory.aliases, advisory.cves) == ("CVE-2024-1", (), ("CVE-2024-1",))
    assert advisory.source == "openssl"
    assert advisory.summary == "X.400 address type confusion"
    assert advisory.published == datetime(2023, 2, 7, tzinfo=UTC)
    assert [each.score for each in advisory.ratings] == [8.8]
    assert advisory.references == ("https://example.org/1",)
    assert advisory.affected == (
        Affected(
            OPENSSL,
            Scheme.OPENSSL,
            (
                Span("3.0.0", fixed="3.0.8"),
                Span("1.1.1", fixed="1.1.1t"),
                Span("3.1.0", last_affected="3.1.2"),
            ),
            frozenset({"0.9.8"}),
        ),
    )


@pytest.mark.parametrize(
    ("cna", "summary"),
    [
        ({"descriptions": [{"lang": "en-US", "value": "One.\nTwo."}]}, "One."),
        ({"descriptions": [{"lang": "de", "value": "Eins."}]}, ""),
        ({"title": "A title"}, "A title"),
    ],
)
def test_summaries(cna: dict[str, Any], summary: str) -> None:
    assert read_openssl(record(**cna)).summary == summary


def test_ends_that_are_none() -> None:
    (entry,) = read_openssl(record(below("3.0.0", "*"))).affected
    assert entry.spans == (Span("3.0.0"),)
    (entry,) = read_openssl(record(entry={"defaultStatus": "affected"})).affected
    assert entry.spans == (Span("0", has_end=False),)
    (entry,) = read_openssl(record(entry={"defaultStatus": "unaffected"})).affected
    assert entry.spans == ()


def test_other_products_are_left_out() -> None:
    assert read_openssl(record(below("1", "2"), product="tomcat")).affected == ()


@pytest.mark.parametrize(
    ("about", "withdrawn"),
    [
        ({"dateRejected": "2024-03-04T00:00:00Z"}, datetime(2024, 3, 4, tzinfo=UTC)),
        ({"dateUpdated": "2024-03-05T00:00:00Z"}, datetime(2024, 3, 5, tzinfo=UTC)),
    ],
)
def test_a_rejected_record_is_withdrawn(about: dict[str, str], withdrawn: datetime) -> None:
    said = {"cveMetadata": {"cveId": "CVE-2024-1", "state": "REJECTED", **about}}
    assert read_openssl(record() | said).withdrawn == withdrawn


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("text", "the record is no object"),
        ({}, "`cveMetadata` is no object"),
        ({"cveMetadata": {}}, "`containers` is no object"),
        ({"cveMetadata": {}, "containers": {}}, "`cna` is no object"),
        ({"cveMetadata": {}, "containers": {"cna": {}}}, "`cveId` is no name"),
        (record(metrics=[{"cvssV4_0": []}]), "`cvssV4_0` is no object"),
        (record(descriptions=[1]), "a description is no object"),
        (record(entry={"versions": ["1.0"]}), "a version is no object"),
    ],
)
def test_what_is_no_record(said: object, why: str) -> None:
    with pytest.raises(NotAnAdvisoryError) as caught:
        read_openssl(said)
    assert str(caught.value) == why
