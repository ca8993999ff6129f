"""Selectors of micromamba (keys) and conda-lock (comments)."""

import pytest

from envtool.domain.selectors import comment_platforms, key_platforms, overlap


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("sel(linux)", ("linux-",)),
        ("sel(unix)", ("linux-", "osx-")),
        ("sel(win)", ("win-",)),
        ("sel(amiga)", None),
        ("pip", None),
        ("sel(linux) ", None),
    ],
)
def test_keys(key: str, expected: tuple[str, ...] | None) -> None:
    assert key_platforms(key) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (" # [linux]", ("linux-",)),
        ("#[osx64]", ("osx-64",)),
        ("# only there [win]", ("win-",)),
        (" # [not linux]", ()),
        (" # nothing", ()),
    ],
)
def test_comments(comment: str, expected: tuple[str, ...]) -> None:
    assert comment_platforms(comment) == expected


@pytest.mark.parametrize(
    ("left", "right", "meets"),
    [
        ((), (), True),
        (("linux-",), (), True),
        (("linux-",), ("linux-64",), True),
        (("linux-64",), ("linux-", "osx-"), True),
        (("linux-",), ("win-",), False),
    ],
)
def test_overlap(left: tuple[str, ...], right: tuple[str, ...], *, meets: bool) -> None:
    assert overlap(left, right) is meets
    assert overlap(right, left) is meets
