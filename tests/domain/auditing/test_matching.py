"""Whether an advisory is about a version."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from envtool.domain.auditing.advisories import Span
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.matching import verdict
from tests.auditing import LIBCURL, NODE, OPENSSL, URLLIB3, advisory, affected

ENDLESS = "the advisory does not say where it ends"
# Of the doubt what tells it apart.
PYTHON = "`odd` has no place in the order of PEP 440"


@pytest.mark.parametrize(
    ("coordinate", "span", "version", "expected"),
    [
        (URLLIB3, Span("0", "1.26.5"), "1.26.4", True),
        (URLLIB3, Span("0", "1.26.5"), "1.26.5", False),
        (URLLIB3, Span("0", "1.26.5"), "1.26.5rc1", True),
        (URLLIB3, Span("0", "1.26.5"), "1.26.5.post1", False),
        (URLLIB3, Span("1.25", "1.26.5"), "1.24", False),
        (URLLIB3, Span("1.25", "1.26.5"), "1.25.0", True),
        (URLLIB3, Span("1.25", last_affected="1.26"), "1.26.0", True),
        (URLLIB3, Span("1.25", last_affected="1.26"), "1.26.1", False),
        # All versions, whatever they are.
        (URLLIB3, Span("0"), "odd", True),
        (URLLIB3, Span("2"), "2", True),
        (URLLIB3, Span("2"), "1", False),
        # Nobody says whether it is over.
        (NODE, Span("0", has_end=False), "20.10.0", ENDLESS),
        (NODE, Span("21", has_end=False), "20.10.0", False),
        (NODE, Span("20", last_affected="20.5", has_end=False), "20.4.0", True),
        (NODE, Span("20", last_affected="20.5", has_end=False), "20.6.0", ENDLESS),
        # What has no order.
        (URLLIB3, Span("0", "1.26.5"), "odd", PYTHON),
        (URLLIB3, Span("odd", "1.26.5"), "1.0", PYTHON),
        (URLLIB3, Span("1", "odd"), "1.0", PYTHON),
        (URLLIB3, Span("2", "odd"), "1.0", False),
        (NODE, Span("odd"), "1.0", "`odd` has no place in the order of semver"),
        (OPENSSL, Span("0", "fips-1"), "1", "`fips-1` has no place in the order of OpenSSL"),
        # Each in the order of its source.
        (OPENSSL, Span("1.1.1", "1.1.1x"), "1.1.1w", True),
        (OPENSSL, Span("1.1.1", "1.1.1x"), "1.1.1zb", False),
        (OPENSSL, Span("1.1.1", "1.1.1w"), "1.1.1", True),
        (NODE, Span("20.0.0", "20.11.1"), "20.10.0", True),
        (LIBCURL, Span("7.69", "8.4.0"), "7.69.0", True),
    ],
)
def test_a_span(coordinate: Coordinate, span: Span, version: str, *, expected: bool | str) -> None:
    found = verdict(advisory("X-1", affected(coordinate, span)), coordinate, version)
    assert (found.doubt or found.is_hit) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.0", True),
        ("1.0.0", True),
        ("2.0-beta", True),
        ("2.0", False),
        ("odd", True),
        ("9e", False),
    ],
)
def test_versions_that_are_listed(version: str, *, expected: bool) -> None:
    said = affected(URLLIB3, versions=["1.0", "2.0b0", "odd", "9"])
    assert verdict(advisory("X-1", said), URLLIB3, version).is_hit is expected


def test_what_is_certain_counts_more_than_a_doubt() -> None:
    open_end, closed = Span("0", has_end=False), Span("1", "3")
    for spans in ([open_end, closed], [closed, open_end]):
        found = verdict(advisory("X-1", affected(NODE, *spans)), NODE, "2.0.0")
        assert (found.is_hit, found.doubt) == (True, "")
    found = verdict(advisory("X-1", affected(NODE, open_end, closed)), NODE, "4.0.0")
    assert found.doubt == ENDLESS
    # A list that has it makes a range without end certain.
    listed = affected(NODE, open_end, versions=["4.0.0"])
    assert not verdict(advisory("X-1", listed), NODE, "4.0.0").doubt


def test_another_product_is_none_of_it() -> None:
    said = advisory("X-1", affected(NODE, Span("0")), affected(LIBCURL, Span("0", "2")))
    assert not verdict(said, LIBCURL, "3").is_hit
    assert not verdict(said, URLLIB3, "1").is_hit


versions = st.tuples(st.integers(0, 5), st.integers(0, 5)).map("{0[0]}.{0[1]}".format)


@settings(deadline=None)
@given(versions, versions, versions)
def test_a_span_is_what_lies_between_its_ends(start: str, end: str, version: str) -> None:
    first, last, here = Version(start), Version(end), Version(version)
    fixed = advisory("X-1", affected(URLLIB3, Span(start, fixed=end)))
    assert verdict(fixed, URLLIB3, version).is_hit == (first <= here < last)
    known = advisory("X-1", affected(URLLIB3, Span(start, last_affected=end)))
    assert verdict(known, URLLIB3, version).is_hit == (first <= here <= last)
