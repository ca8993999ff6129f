"""Edits of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.edits import Edit, apply, overlap


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([], "abcdef"),
        ([Edit(0, 0, "x")], "xabcdef"),
        ([Edit(6, 6, "x")], "abcdefx"),
        ([Edit(2, 4, "")], "abef"),
        ([Edit(4, 5, "E"), Edit(0, 1, "A")], "AbcdEf"),
        ([Edit(2, 2, "1"), Edit(2, 2, "2"), Edit(2, 3, "C")], "ab12Cdef"),
        ([Edit(1, 3, ""), Edit(3, 3, "x"), Edit(3, 5, "")], "axf"),
    ],
)
def test_every_other_character_stays(edits: list[Edit], after: str) -> None:
    assert apply("abcdef", edits) == after


@pytest.mark.parametrize(
    "edits", [[Edit(1, 3, ""), Edit(2, 4, "")], [Edit(5, 7, "")], [Edit(3, 2, "")]]
)
def test_edits_that_can_not_be_made(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps the edit before it"):
        apply("abcdef", edits)


def edit() -> st.SearchStrategy[Edit]:
    bounds = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted)
    return bounds.map(lambda each: Edit(each[0], each[1], "x"))


@given(edit(), edit())
def test_edits_that_do_not_overlap_can_be_made(left: Edit, right: Edit) -> None:
    assert overlap(left, right) == overlap(right, left)
    if overlap(left, right):
        return
    assert len(apply("abcdef", [left, right])) == 8 - (left.end - left.start) - (
        right.end - right.start
    )
