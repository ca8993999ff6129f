"""What two sides made of one base."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.three_way import merged_keys, merged_list, three_way


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (1, 1, 1, 1),
        (1, 2, 1, 2),
        (1, 1, 2, 2),
        (1, 2, 2, 2),
        (1, 2, 3, 5),
    ],
)
def test_values(base: int, ours: int, theirs: int, merged: int) -> None:
    assert three_way(base, ours, theirs, lambda left, right: left + right) == merged


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ({"a": "1"}, {"a": "1"}, {}, {}),
        ({"a": "1"}, {"a": "2"}, {}, {"a": "2"}),
        ({"a": "1"}, {}, {"a": "2"}, {"a": "2"}),
        ({"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "2"}),
        ({}, {"a": "1"}, {"b": "1"}, {"a": "1", "b": "1"}),
        ({}, {"x": "1"}, {"x": "1"}, {}),
    ],
)
def test_keys(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str], merged: dict[str, str]
) -> None:
    assert merged_keys(base, ours, theirs, ("a", "b")) == merged


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("ab", "ab", "ba", "ba"),
        ("ab", "axb", "aby", "axby"),
        ("ab", "ab", "xab", "xab"),
        ("ab", "yab", "xab", "xyab"),
        ("abc", "ac", "ab", "a"),
        ("abc", "cba", "xabc", "xcba"),
        ("ab", "b", "axb", "xb"),
        ("", "ab", "bc", "abc"),
        ("", "ab", "xy", "xyab"),
        ("a", "ab", "acb", "acb"),
    ],
)
def test_lists(base: str, ours: str, theirs: str, merged: str) -> None:
    assert merged_list(tuple(base), tuple(ours), tuple(theirs)) == tuple(merged)


lists = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)


@given(lists, lists, lists)
def test_a_list_has_what_was_kept_or_added(
    base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    merged = merged_list(base, ours, theirs)
    assert len(set(merged)) == len(merged)
    kept = set(ours) & set(theirs)
    added = (set(ours) | set(theirs)) - set(base)
    assert set(merged) == kept | added
    assert set(merged_list(base, theirs, ours)) == set(merged)
