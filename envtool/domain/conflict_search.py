"""Finds what can not be kept together, and the least to let go.

Conflicts are found by QuickXplain (Junker 2004); the least to let go is a minimum hitting set of
them (Reiter 1987).
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, Generic, Protocol, TypeVar


class Ordered(Protocol):
    """What can stand in a set and be sorted."""

    def __hash__(self) -> int: ...

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 - as in typeshed


Item = TypeVar("Item", bound=Ordered)
Answer = TypeVar("Answer")


class ConflictSearch(Generic[Item, Answer]):
    """Asks which of some items can be kept together, and counts how often.

    Attributes:
        left: how many questions may still be asked; what is found with none left may be more
            than it had to be.
    """

    def __init__(
        self, ask: Callable[[list[frozenset[Item]]], list[Answer | None]], most: int
    ) -> None:
        """`ask` has an answer for each set that can be kept, None for each that can not."""
        self._ask = ask
        self.left = most

    def apart(self, sets: list[frozenset[Item]]) -> list[Answer | None]:
        """The answers to several questions at once."""
        self.left -= len(sets)
        return self._ask(sets)

    def together(self, items: frozenset[Item]) -> Answer | None:
        """The answer with all of `items` kept."""
        return self.apart([items])[0]

    def conflict(self, items: Sequence[Item]) -> frozenset[Item]:
        """A smallest part of `items`, which can not be kept together, that can not be either."""
        return frozenset(self._explained((), False, tuple(items)))  # noqa: FBT003

    def _explained(
        self,
        kept: tuple[Item, ...],
        grew: bool,  # noqa: FBT001
        rest: tuple[Item, ...],
    ) -> tuple[Item, ...]:
        if grew and self.left > 0 and self.together(frozenset(kept)) is None:
            return ()
        if len(rest) == 1 or self.left <= 0:
            return rest
        left, right = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        late = self._explained((*kept, *left), True, right)  # noqa: FBT003
        early = self._explained((*kept, *late), bool(late), left)
        return (*early, *late)


def least_to_free(
    search: ConflictSearch[Item, Answer],
    items: Sequence[Item],
    conflicts: list[frozenset[Item]],
    below: int,
) -> tuple[frozenset[Item], Answer] | None:
    """The fewest of `items` that may not be kept, and the answer without them.

    None when there are not fewer than `below`, or the search is too long. `conflicts` are known
    already; those that are found are added.
    """
    while search.left > 0:
        free = smallest_hitting(conflicts)
        if len(free) >= below:
            return None
        rest = tuple(each for each in items if each not in free)
        answer = search.together(frozenset(rest))
        if answer is not None:
            return free, answer
        conflicts.append(search.conflict(rest))
    return None


def smallest_hitting(conflicts: Sequence[frozenset[Item]]) -> frozenset[Item]:
    """A smallest set with a member of each conflict."""
    needed = frozenset(item for each in conflicts if len(each) == 1 for item in each)
    rest = [each for each in conflicts if not each & needed]
    items = sorted({item for each in rest for item in each})
    # All items together hit every conflict, so there is one.
    return needed | next(
        frozenset(chosen)
        for size in range(len(items) + 1)
        for chosen in combinations(items, size)
        if all(each & set(chosen) for each in rest)
    )
