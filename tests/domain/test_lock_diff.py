"""Differences of locks are data: they can be applied, and folded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.lock_diff import Change, Kind, apply, diff, fold, key_of
from envtool.domain.locks import LockedPackage


def package(
    name: str = "a", version: str = "1.0", build: str = "0", platform: str = "linux-64"
) -> LockedPackage:
    url = f"https://example.org/{platform}/{name}-{version}-{build}.conda"
    return LockedPackage(name, version, "conda", platform, url, "", "", (), "main", 0)


packages = st.lists(
    st.builds(
        package,
        name=st.sampled_from(["a", "b", "c"]),
        version=st.sampled_from(["1.0", "1.1", "2.0"]),
        build=st.sampled_from(["0", "1"]),
        platform=st.sampled_from(["linux-64", "osx-64"]),
    ),
    unique_by=key_of,
)


@given(packages, packages)
def test_applying_the_difference_gives_the_other(
    before: list[LockedPackage], after: list[LockedPackage]
) -> None:
    changes = diff(before, after)
    assert apply(changes, before) == tuple(sorted(after, key=key_of))
    back = tuple(Change(each.after, each.before) for each in changes)
    assert apply(back, after) == tuple(sorted(before, key=key_of))
    assert diff(after, after) == ()


def test_a_change_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="`a` is not what"):
        apply((Change(package(), None),), ())


@pytest.mark.parametrize(
    ("before", "after", "kind", "texts"),
    [
        (None, package(), Kind.ADDED, (None, "1.0")),
        (package(), None, Kind.REMOVED, ("1.0", None)),
        (package(), package(version="1.1"), Kind.UP, ("1.0", "1.1")),
        (package(), package(version="0.9"), Kind.DOWN, ("1.0", "0.9")),
        (package(), package(version="x!y"), Kind.CHANGED, ("1.0", "x!y")),
        (package(), package(build="1"), Kind.REBUILT, ("1.0 0", "1.0 1")),
        (package(), package()._replace(sha256="1"), Kind.CHANGED, ("1.0", "1.0")),
    ],
)
def test_kinds(
    before: LockedPackage | None,
    after: LockedPackage | None,
    kind: Kind,
    texts: tuple[str | None, str | None],
) -> None:
    (folded,) = fold([Change(before, after)])
    assert (folded.kind, (folded.before, folded.after)) == (kind, texts)


def test_platforms_are_folded_and_the_gravest_comes_first() -> None:
    before = [package("b"), package("b", platform="osx-64"), package("z")]
    after = [package("b", "2"), package("b", "2", platform="osx-64"), package("a")]
    shown = [(each.kind.value, each.name, each.platforms) for each in fold(diff(before, after))]
    assert shown == [
        ("up", "b", ("linux-64", "osx-64")),
        ("added", "a", ("linux-64",)),
        ("removed", "z", ("linux-64",)),
    ]


def test_nothing_has_no_key_and_changes_nothing() -> None:
    assert fold([Change(None, None)]) == ()
    assert Change(None, None).key == ("", "", "", "")
