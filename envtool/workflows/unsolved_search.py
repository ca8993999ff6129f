"""What can not be together, which layer brings it, and the least that has to give way."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import NamedTuple

from envtool.domain.causes import Cause, Demand, conflict_details, conflict_message
from envtool.domain.conflict_search import ConflictSearch, least_to_free
from envtool.domain.policy.model import LAYERS
from envtool.domain.solver_tree import needs
from envtool.domain.solving import CondaRecord, Conflict, Problem, Solution, Wish
from envtool.domain.way_out import instead, way_out
from envtool.domain.wish_fit import allows, loosened
from envtool.ports import Solver

# Bounds on the questions, so that an answer takes seconds: for the conflict, and for a way out.
_MOST_FOR_CONFLICT = 40
_MOST_FOR_WAY_OUT = 40
_SECONDS = 3.0
# So many changes at once are looked for, and so many ways out told.
_MOST_CHANGES = 4
_MOST_WAYS = 3
_MOST_AS_NEWEST = 6


class Clash(NamedTuple):
    """Demands that can not be together.

    Attributes:
        indices: which of the demands of the bench.
        layers: those that have demands, up to the one that brings the conflict.
        reason: the solver's account of these demands alone.
        is_least: whether it is known that each of them is needed for the conflict.
    """

    indices: tuple[int, ...]
    layers: tuple[str, ...]
    reason: str
    is_least: bool


class Way(NamedTuple):
    """One way out.

    Attributes:
        changes: what stands in the place of which demand; None where one has to go.
        solution: what that comes to.
    """

    changes: tuple[tuple[Demand, Demand | None], ...]
    solution: Solution


class Bench:
    """Solves variants of a problem without solution."""

    def __init__(self, solver: Solver, problem: Problem) -> None:
        self._solver = solver
        self.problem = problem
        wishes = sorted(problem.wishes, key=lambda each: LAYERS.index(each.layer))
        self.demands: tuple[Demand, ...] = (*wishes, *problem.constraints, *problem.pinned)

    def ask(self, problems: Sequence[Problem]) -> list[Solution | None]:
        """The solutions, None where there is none."""
        found = self._solver.solve(problems)
        return [None if isinstance(each, Conflict) else each for each in found]

    def only(self, indices: Iterable[int]) -> Problem:
        """The problem with some of the demands alone."""
        return with_demands(self.problem, [self.demands[each] for each in sorted(indices)])

    def clash(self) -> Clash:
        """The conflict that the first layer brings which has one."""
        layers, upto = self._layers()
        search = _search(self._without, _MOST_FOR_CONFLICT)
        indices = tuple(sorted(search.conflict(upto)))
        found = self._solver.solve([self.only(indices)])[0]
        reason = found.reason if isinstance(found, Conflict) else ""
        return Clash(indices, layers, reason, search.left > 0)

    def _without(self, sets: list[frozenset[int]]) -> list[Solution | None]:
        return self.ask([self.only(each) for each in sets])

    def _layers(self) -> tuple[tuple[str, ...], list[int]]:
        """The layers up to the one with which there is no solution, and their demands."""
        layer_of = [each.layer if isinstance(each, Wish) else "" for each in self.demands]
        layers = [each for each in LAYERS if each in layer_of]
        steps = [
            [index for index, layer in enumerate(layer_of) if layer in {"", *layers[:number]}]
            for number in range(1, len(layers) + 1)
        ]
        answers = self._without([frozenset(each) for each in steps[:-1]])
        first = next((n for n, each in enumerate(answers) if each is None), len(steps) - 1)
        return tuple(layers[: first + 1]), steps[first]

    def ways_out(self, clash: Clash) -> tuple[Way, ...]:
        """The smallest changes after which there is a solution; none when too many are needed."""
        loose = [each for each, _ in enumerate(self.demands) if self._is_loosenable(each)]
        newest = self.ask([self._freed(frozenset(loose), drop=False)])[0]
        if newest is None:
            return self._ways(clash, range(len(self.demands)), drop=True)
        return self._ways(clash, loose, drop=False) or self._as_newest(loose, newest)

    def _as_newest(self, loose: Sequence[int], newest: Solution) -> tuple[Way, ...]:
        """The way to what comes out when all versions are left open, if it is short enough."""
        records = {each.name: each for each in newest.records}
        wishes = ((index, self.demands[index]) for index in loose)
        free = frozenset(
            index
            for index, each in wishes
            if not isinstance(each, Wish) or not allows(each, records[each.name])
        )
        return (self._way(free, newest, drop=False),) if len(free) <= _MOST_AS_NEWEST else ()

    def _is_loosenable(self, index: int) -> bool:
        demand = self.demands[index]
        return not isinstance(demand, Wish) or loosened(demand) is not None

    def _freed(self, free: frozenset[int], *, drop: bool) -> Problem:
        return with_demands(self.problem, self._others(free, drop=drop))

    def _others(self, free: frozenset[int], *, drop: bool) -> Iterable[Demand]:
        """The demands, those in `free` as loose as they can be, or dropped."""
        for index, demand in enumerate(self.demands):
            if index not in free:
                yield demand
            elif isinstance(demand, Wish) and not drop and (loose := loosened(demand)):
                yield loose

    def _ways(self, clash: Clash, items: Sequence[int], *, drop: bool) -> tuple[Way, ...]:
        everything = frozenset(items)

        def keep(sets: list[frozenset[int]]) -> list[Solution | None]:
            return self.ask([self._freed(everything - each, drop=drop) for each in sets])

        search = _search(keep, _MOST_FOR_WAY_OUT)
        conflicts = [everything & frozenset(clash.indices)]
        # What comes late in the order of layers gives way first.
        found = least_to_free(search, items[::-1], conflicts, below=_MOST_CHANGES + 1)
        if found is None:
            return ()
        ways = {found[0]: found[1]}
        others = _exchanges(found[0], conflicts)[:6]
        answers = search.apart([everything - each for each in others])
        ways |= {each: one for each, one in zip(others, answers, strict=True) if one is not None}
        order = sorted(ways, key=sorted, reverse=True)
        return tuple(self._way(free, ways[free], drop=drop) for free in order[:_MOST_WAYS])

    def _way(self, free: frozenset[int], solution: Solution, *, drop: bool) -> Way:
        demands = [self.demands[each] for each in sorted(free)]
        changes = ((each, None if drop else instead(each, solution)) for each in demands)
        return Way(tuple(changes), solution)


def _search(
    keep: Callable[[list[frozenset[int]]], list[Solution | None]], most: int
) -> ConflictSearch[int, Solution]:
    """A search that ends in time."""
    until = monotonic() + _SECONDS

    def ask(sets: list[frozenset[int]]) -> list[Solution | None]:
        answers = keep(sets)
        if monotonic() > until:
            search.left = 0
        return answers

    search = ConflictSearch(ask, most)
    return search


def _exchanges(free: frozenset[int], conflicts: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Other sets of the same size that hit every conflict, with one member exchanged."""
    found = []
    for gone in sorted(free):
        for other in sorted(frozenset().union(*conflicts) - free, reverse=True):
            candidate = free - {gone} | {other}
            if all(each & candidate for each in conflicts):
                found.append(candidate)
    return found


def conflict_cause(bench: Bench, clash: Clash, ways: Sequence[Way]) -> Cause:
    """The conflict in words."""
    demands = [bench.demands[each] for each in clash.indices]
    place = next((each.place for each in demands if isinstance(each, Wish)), None)
    details = conflict_details(demands, needs(clash.reason), clash.layers)
    if not clash.is_least:
        details = (*details, "the search was cut short: it may be about fewer of these")
    if not ways:
        details = (*details, "no way out was found that changes a few lines only")
    hints = tuple(way_out(each.changes, is_first=not n) for n, each in enumerate(ways))
    return Cause("conflict", conflict_message(demands), place, details, hints)


def changed(problem: Problem, way: Way) -> Problem:
    """`problem` with what `way` puts in the place of its demands."""
    bench: tuple[Demand, ...] = (*problem.wishes, *problem.constraints, *problem.pinned)
    some = [next((new for old, new in way.changes if old == each), each) for each in bench]
    return with_demands(problem, some)


def with_demands(problem: Problem, demands: Iterable[Demand | None]) -> Problem:
    """`problem` with other demands; None is none."""
    some = tuple(demands)
    return replace(
        problem,
        wishes=tuple(each for each in some if isinstance(each, Wish)),
        constraints=tuple(each for each in some if isinstance(each, str)),
        pinned=tuple(each for each in some if isinstance(each, CondaRecord)),
    )
