"""Records that nobody promised to be right."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.cve_records import read_openssl
from envtool.domain.auditing.exploitation import read_epss, read_kev
from envtool.domain.auditing.json_values import NotAnAdvisoryError
from envtool.domain.auditing.matching import verdict
from envtool.domain.auditing.names_map import read_names
from envtool.domain.auditing.osv import read_curl, read_osv
from envtool.domain.auditing.ratings import ratings_of
from envtool.domain.auditing.reading import UnreadRecord, parsed, read_records
from tests.auditing import osv


def read(record: object) -> Advisory:
    return read_osv(record, "osv:PyPI")


def test_a_bad_record_does_not_stand_in_the_way() -> None:
    unread: list[UnreadRecord] = []
    documents = [
        ("good.json", json.dumps(osv("PYSEC-1")).encode()),
        ("cut.json", b'{"id": "PYSEC-2", "affected": [{'),
        ("deep.json", b"[" * 200_000),
        ("text.json", json.dumps(osv("PYSEC-3"))),
        ("bytes.json", b"\xff\xfe\x00"),
        ("number.json", b"5"),
        ("parsed", osv("PYSEC-4")),
        ("huge.json", b" " * (9 << 20)),
        ("digits.json", b'{"id": ' + b"1" * 10_000 + b"}"),
    ]
    found = [each.id for each in read_records(documents, read, unread)]
    assert found == ["PYSEC-1", "PYSEC-3", "PYSEC-4"]
    assert [each.name for each in unread] == [
        "cut.json",
        "deep.json",
        "bytes.json",
        "number.json",
        "huge.json",
        "digits.json",
    ]
    whys = {each.name: each.why for each in unread}
    assert whys["deep.json"] == "it is nested too deeply"
    assert whys["huge.json"] == "it is larger than 8 MiB"
    assert whys["number.json"] == "the record is no object"
    assert whys["cut.json"].startswith("it is no JSON: ")


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = (
    "id, aliases, affected, package, ecosystem, name, ranges, events, introduced, fixed, limit,"
    " last_affected, type, versions, version, severity, score, database_specific, references, url,"
    " published, withdrawn, affects, last_known_affected_version_range, cveMetadata, cveId,"
    " containers, cna, product, status, lessThan, lessThanOrEqual, defaultStatus, metrics,"
    " cvssV3_1, vectorString, descriptions, lang"
)
WORDS = "PyPI, Bitnami, OpenSSL, SEMVER, GIT, CVSS_V3, affected, both, 0, 1.0, odd, *, <=, CVE-1"
# Of the right words in all the wrong places.
shaped = st.recursive(
    st.one_of(st.sampled_from(WORDS.split(", ")), st.none(), st.integers(0, 3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split(", ")), inner, min_size=1, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([read, read_curl, read_openssl]), st.one_of(anything, shaped))
def test_whatever_stands_there_is_an_advisory_or_none(reader: Any, record: object) -> None:
    try:
        advisory = reader(record)
    except NotAnAdvisoryError:
        return
    for each in advisory.affected:
        verdict(advisory, each.coordinate, "1.0")


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30)))
def test_what_is_no_vector_has_no_score(texts: list[str]) -> None:
    for each in ratings_of([*texts, *(f"CVSS:3.1/{text}" for text in texts)]):
        assert 0 <= each.score <= 10


def test_the_catalogue_of_what_is_exploited() -> None:
    document = {
        "vulnerabilities": [
            {"cveID": "CVE-2021-44228", "dueDate": "2021-12-24"},
            {"cveID": "CVE-2"},
        ]
    }
    assert list(read_kev(document)) == [("CVE-2021-44228", "2021-12-24"), ("CVE-2", "")]
    with pytest.raises(NotAnAdvisoryError):
        list(read_kev([]))


def test_probabilities() -> None:
    lines = [
        "#model_version:v2025.03.14,score_date:2026-08-01T12:55:00Z",
        "cve,epss,percentile",
        "CVE-1999-0001,0.01256,0.78",
        "CVE-2,odd,0.1",
        "CVE-3,7,0.1",
        "CVE-4",
    ]
    assert list(read_epss(lines)) == [("CVE-1999-0001", 0.01256)]


def test_the_map_of_names() -> None:
    document = {"pytorch": "torch", "zlib": None, "acorns": ["acorns", "Autodiff_X", "autodiff-x"]}
    assert dict(read_names(document)) == {
        "pytorch": ("torch",),
        "zlib": (),
        "acorns": ("acorns", "autodiff-x"),
    }


@pytest.mark.parametrize("document", [[], {"a": 5}, {"a": [None]}, {"\ud800": "a"}, {"a": ""}])
def test_what_is_no_map(document: object) -> None:
    with pytest.raises(NotAnAdvisoryError):
        list(read_names(document))


def test_parsed_reads_json() -> None:
    assert parsed('{"a": 1}') == {"a": 1}
