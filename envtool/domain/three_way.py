"""Three-way merges of plain values: what two sides made of one base."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

_T = TypeVar("_T")


def three_way(base: _T, ours: _T, theirs: _T, settle: Callable[[_T, _T], _T]) -> _T:
    """What one side made of `base`; `settle` decides where both made something of their own."""
    if theirs in (base, ours):
        return ours
    return theirs if ours == base else settle(ours, theirs)


def merged_keys(
    base: Mapping[str, _T], ours: Mapping[str, _T], theirs: Mapping[str, _T], names: Iterable[str]
) -> dict[str, _T]:
    """Mappings merged key by key, as far as `names` go; what both changed is ours.

    A key that one side removed and the other one changed stays.
    """
    merged = {
        name: three_way(
            base.get(name), ours.get(name), theirs.get(name), lambda left, right: left or right
        )
        for name in names
    }
    return {name: value for name, value in merged.items() if value is not None}


def merged_list(
    base: tuple[_T, ...], ours: tuple[_T, ...], theirs: tuple[_T, ...]
) -> tuple[_T, ...]:
    """Lists without repetition, merged item by item; where both changed, ours has the order.

    What theirs added stands behind the neighbour that it has there.
    """
    return three_way(base, ours, theirs, lambda left, right: _both(base, left, right))


def _both(base: tuple[_T, ...], ours: tuple[_T, ...], theirs: tuple[_T, ...]) -> tuple[_T, ...]:
    merged = [each for each in ours if each in theirs or each not in base]
    at = 0
    for each in theirs:
        if each in merged:
            at = merged.index(each) + 1
        elif each not in ours and each not in base:
            merged.insert(at, each)
            at += 1
    return tuple(merged)
