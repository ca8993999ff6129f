"""The search for fewer moves, on answers that are made up."""

from collections.abc import Callable

import pytest

from envtool.domain.moves import fewest_moves, moved
from envtool.domain.solving import CondaRecord, Solution


def made(name: str, version: str) -> CondaRecord:
    url = f"https://example.org/noarch/{name}-{version}-0.conda"
    return CondaRecord(
        name=name,
        version=version,
        build="0",
        subdir="noarch",
        url=url,
        channel="https://example.org",
        md5="",
        sha256="",
        depends=(),
        constrains=(),
        license=None,
        size=None,
        timestamp=None,
        handle=None,
    )


def solution(**versions: str) -> Solution:
    return Solution(tuple(made(name, version) for name, version in versions.items()))


def allowing(
    can_stay: Callable[[frozenset[str]], bool], asked: list[frozenset[str]]
) -> Callable[[list[frozenset[str]]], list[Solution | None]]:
    """A solver in which exactly those sets can stay; whatever does not stay is moved to 2."""

    def keep(sets: list[frozenset[str]]) -> list[Solution | None]:
        asked.extend(sets)
        return [
            solution(**{name: "1" if name in each else "2" for name in NAMES})
            if can_stay(each)
            else None
            for each in sets
        ]

    return keep


NAMES = tuple("abcdefgh")
HELD = solution(**dict.fromkeys(NAMES, "1")).records


@pytest.mark.parametrize(
    ("conflicts", "fewest"),
    [
        ([{"a"}], 1),
        ([{"a", "b"}], 1),
        ([{"a", "b"}, {"b", "c"}], 1),
        ([{"a", "b"}, {"c", "d"}], 2),
        ([{"a", "b"}, {"b", "c"}, {"a", "c"}], 2),
        ([{"a"}, {"b", "c"}, {"c", "d"}, {"e", "f", "g"}], 3),
        ([{name} for name in NAMES], len(NAMES)),
    ],
)
def test_the_fewest_are_found(conflicts: list[set[str]], fewest: int) -> None:
    first = solution(**dict.fromkeys(NAMES, "2"))
    keep = allowing(lambda names: not any(each <= names for each in conflicts), [])
    assert len(moved(HELD, fewest_moves(HELD, first, keep))) == fewest


def test_an_answer_without_moves_is_taken_at_once() -> None:
    asked: list[frozenset[str]] = []
    same = solution(a="1", new="7")
    assert fewest_moves(HELD, same, allowing(lambda _: True, asked)) is same
    assert not asked


def test_a_change_of_nearly_all_is_not_searched() -> None:
    names = [f"n{number}" for number in range(20)]
    held = solution(**dict.fromkeys(names, "1")).records
    asked: list[frozenset[str]] = []
    first = solution(**dict.fromkeys(names, "2"))
    assert fewest_moves(held, first, allowing(lambda _: True, asked)) is first
    assert not asked


def test_the_search_ends() -> None:
    """Conflicts of any three among very many: nobody waits for the best answer."""
    names = [f"n{number}" for number in range(40)]
    held = solution(**dict.fromkeys(names, "1")).records
    first = solution(**dict.fromkeys(names[:10], "2"), **dict.fromkeys(names[10:], "1"))
    asked: list[frozenset[str]] = []
    fewest_moves(held, first, allowing(lambda each: len(each) < 3, asked))
    assert len(asked) < 100


def test_the_same_build_from_a_mirror_is_no_move() -> None:
    there = made("a", "1")._replace(sha256="0" * 64)
    elsewhere = there._replace(url="https://mirror.example.org/noarch/a-1-0.conda")
    assert moved([there], Solution((elsewhere,))) == frozenset()
    assert moved([there], Solution((elsewhere._replace(sha256="1" * 64),))) == {"a"}
