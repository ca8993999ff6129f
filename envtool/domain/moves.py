"""Finds the answer of a solver that changes the fewest of the records that were held.

A solver that prefers what is held mostly finds it at once, and nothing here proves it any
better. What it may miss is a trade: one package moved where another choice would have moved
none. The search is that for a minimum hitting set of conflicts (Reiter 1987), with conflicts
found by QuickXplain (Junker 2004).
"""

from collections.abc import Callable, Iterable
from itertools import combinations

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
    search = _Search(keep)
    conflicts = search.alone(sorted(found))
    while search.left > 0:
        free = _smallest_hitting(conflicts)
        if len(free) >= len(found):
            return first
        better = search.keeping(names - free)
        if better is not None:
            return better
        conflicts.append(search.conflict(names - free))
    return first


class _Search:
    """Asks the solver, and counts."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self.left = _MOST_SOLVES

    def alone(self, names: list[str]) -> list[frozenset[str]]:
        """Those of `names` that can not even be kept alone."""
        self.left -= len(names)
        sets = [frozenset({name}) for name in names]
        answers = self._keep(sets)
        return [each for each, answer in zip(sets, answers, strict=True) if answer is None]

    def keeping(self, names: frozenset[str]) -> Solution | None:
        """A solution that keeps all of `names`."""
        self.left -= 1
        return self._keep([names])[0]

    def conflict(self, names: frozenset[str]) -> frozenset[str]:
        """A smallest part of `names` that can not be kept together, as far as the search goes."""
        return frozenset(self._explained((), False, tuple(sorted(names))))  # noqa: FBT003

    def _explained(
        self,
        kept: tuple[str, ...],
        grew: bool,  # noqa: FBT001
        rest: tuple[str, ...],
    ) -> tuple[str, ...]:
        if grew and self.left > 0 and self.keeping(frozenset(kept)) is None:
            return ()
        if len(rest) == 1 or self.left <= 0:
            return rest
        left, right = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        late = self._explained((*kept, *left), True, right)  # noqa: FBT003
        early = self._explained((*kept, *late), bool(late), left)
        return (*early, *late)


def _smallest_hitting(conflicts: list[frozenset[str]]) -> frozenset[str]:
    """A smallest set with a member of each conflict."""
    needed = frozenset(name for each in conflicts if len(each) == 1 for name in each)
    rest = [each for each in conflicts if not each & needed]
    names = sorted(frozenset().union(*rest))
    # All names together hit every conflict, so there is one.
    return needed | next(
        frozenset(chosen)
        for size in range(len(names) + 1)
        for chosen in combinations(names, size)
        if all(each & set(chosen) for each in rest)
    )


def _same(one: CondaRecord, other: CondaRecord) -> bool:
    return one.url == other.url or (one.key == other.key and one.sha256 == other.sha256)
