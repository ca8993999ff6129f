"""Finds the answer of a solver that changes the fewest of the records that were held.

A solver that prefers what is held mostly finds it at once, and nothing here proves it any
better. What it may miss is a trade: one package moved where another choice would have moved
none.
"""

from collections.abc import Callable, Iterable

from envtool.domain.conflict_search import ConflictSearch, least_to_free
from envtool.domain.solving import CondaRecord, Solution

# Asks for a solution in which every one of these names stays or is left out; None if there is none.
Keep = Callable[[list[frozenset[str]]], list[Solution | None]]

# Beyond these the first answer stands: a project that changes its channel moves everything anyway.
_MOST_MOVED = 12
_MOST_SOLVES = 80


def moved(held: Iterable[CondaRecord], solution: Solution) -> frozenset[str]:
    """The names that are in both and are not the same build."""
    before = {each.name: each for each in held}
    return frozenset(
        each.name
        for each in solution.records
        if each.name in before and not _same(each, before[each.name])
    )


def fewest_moves(held: Iterable[CondaRecord], first: Solution, keep: Keep) -> Solution:
    """The answer with the fewest moves, `first` where none has fewer or the search is too long."""
    records = tuple(held)
    names = frozenset(each.name for each in records)
    found = moved(records, first)
    if not found or len(found) > _MOST_MOVED:
        return first
    search = ConflictSearch(keep, _MOST_SOLVES)
    alone = [frozenset({name}) for name in sorted(found)]
    answers = search.apart(alone)
    conflicts = [each for each, answer in zip(alone, answers, strict=True) if answer is None]
    better = least_to_free(search, sorted(names), conflicts, below=len(found))
    return better[1] if better is not None else first


def _same(one: CondaRecord, other: CondaRecord) -> bool:
    return one.url == other.url or (one.key == other.key and one.sha256 == other.sha256)
