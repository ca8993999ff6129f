"""What of the cache may go, and how much that is."""

import pytest

from envtool.domain.caching import (
    CacheItem,
    CacheKind,
    cleanable,
    counted,
    prunable,
    size_text,
    summed,
    unused,
)

NOW = 1_000_000.0


def item(kind: CacheKind, name: str = "x", *, in_use: bool = False, age: float = 0) -> CacheItem:
    return CacheItem(kind, name, f"/c/{name}", 2, 10, 4, in_use=in_use, changed=NOW - age)


ALL = tuple(item(kind, age=1) for kind in CacheKind)
USED = item(CacheKind.PACKAGES, "used", in_use=True)


def kinds(items: tuple[CacheItem, ...]) -> list[str]:
    return [each.kind.value for each in items]


def test_only_of_what_can_be_shared_is_certain_that_nothing_uses_it() -> None:
    assert kinds(unused((*ALL, USED))) == ["packages", "byte-code", "leftovers"]


@pytest.mark.parametrize(
    ("archives", "gone"),
    [
        (False, ["packages", "byte-code"]),
        (True, ["packages", "byte-code", "archives", "wheels"]),
    ],
)
def test_what_is_used_or_kept_is_not_pruned(archives: bool, gone: list[str]) -> None:  # noqa: FBT001 - a case
    assert kinds(prunable((*ALL, USED), NOW, archives=archives, alone=True)) == gone


@pytest.mark.parametrize(
    ("age", "locked", "alone", "goes"),
    [
        (60, False, True, False),
        (86_401, False, True, True),
        (86_401, False, False, True),
        (60, True, True, True),
        # Without locks nobody knows.
        (60, True, False, False),
        (86_401, True, False, True),
    ],
)
def test_a_leftover_goes_when_nobody_is_at_work_on_it(
    age: float,
    locked: bool,  # noqa: FBT001 - a case
    alone: bool,  # noqa: FBT001 - a case
    goes: bool,  # noqa: FBT001 - a case
) -> None:
    left = item(CacheKind.LEFTOVERS, age=age)._replace(locked=locked)
    assert bool(prunable((left,), NOW, archives=False, alone=alone)) is goes


def test_a_clean_cache_has_its_archives_at_most() -> None:
    left = [each for each in ALL if each not in cleanable(ALL, archives=False)]
    assert kinds(tuple(left)) == ["archives", "wheels"]
    assert cleanable(ALL, archives=True) == ALL


def test_sums() -> None:
    assert summed(()) == (0, 0, 0, 0)
    assert summed(ALL[:3]) == (3, 6, 30, 12)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (1_234_567_890_123, "1,234.6 GB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (1, CacheKind.PACKAGES, "1 package"),
        (1_200, CacheKind.WHEELS, "1,200 wheels"),
        (1, CacheKind.BYTE_CODE, "1 file of byte-code"),
        (2, CacheKind.BYTE_CODE, "2 files of byte-code"),
        (3, CacheKind.ADVISORIES, "3 files of advisories"),
    ],
)
def test_numbers_for_people(number: int, kind: CacheKind, text: str) -> None:
    assert counted(number, kind) == text
