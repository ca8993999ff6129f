"""What can not be together, which layer brings it, and the least that has to give way."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from envtool.domain.causes import Cause, Demand, conflict_details, conflict_message, name_of
from envtool.domain.conflict_search import ConflictSearch, least_to_free
from envtool.domain.policy.model import LAYERS
from envtool.domain.solver_tree import needs
from envtool.domain.solving import Conflict, Problem, Solution, Wish
from envtool.domain.way_out import instead, way_out
from envtool.domain.wish_fit import allows, loosened
from envtool.errors import ToolError
from envtool.ports_solving import Solver

# Bounds on the questions, so that an answer takes seconds: for the conflict, and for a way out.
_MOST_FOR_CONFLICT = 40
_MOST_FOR_WAY_OUT = 40
# So many changes at once are looked for, and so many ways out told.
_MOST_CHANGES = 4
_MOST_WAYS = 3
_MOST_AS_NEWEST = 6


class Clock:
    """Counts down the seconds that are left."""

    def __init__(self, now: Callable[[], float], seconds: float) -> None:
        self._now = now
        self._until = now() + seconds

    @property
    def left(self) -> float:
        """Seconds; below zero when the time is up."""
        return self._until - self._now()


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
    """Solves variants of a problem without solution, while there is time."""

    def __init__(self, solver: Solver, clock: Clock, problem: Problem) -> None:
        self._solver = solver
        self._clock = clock
        self.problem = problem
        wishes = sorted(problem.wishes, key=lambda each: LAYERS.index(each.layer))
        self.demands: tuple[Demand, ...] = (*wishes, *problem.constraints)

    def answers(self, problems: Sequence[Problem]) -> list[Solution | Conflict]:
        """The solver's answers; raises `ToolError` when the time is up."""
        seconds = self._clock.left
        if seconds <= 0:
            raise ToolError("the time for that is up")
        limit = timedelta(seconds=seconds)
        return list(self._solver.solve([replace(each, limit=limit) for each in problems]))

    def ask(self, problems: Sequence[Problem]) -> list[Solution | None]:
        """The solutions, None where there is none; raises as `answers`."""
        return [None if isinstance(each, Conflict) else each for each in self.answers(problems)]

    def only(self, indices: Iterable[int]) -> Problem:
        """The problem with some of the demands alone."""
        return with_demands(self.problem, [self.demands[each] for each in sorted(indices)])

    def clash(self, reason: str) -> Clash:
        """The conflict that the first layer brings which has one, given the account of all."""
        layers, upto = self._layers(self._blamed(reason))
        search = self._search(self._without, _MOST_FOR_CONFLICT)
        indices = tuple(sorted(search.conflict(upto)))
        found = self.answers([self.only(indices)])[0]
        why = found.reason if isinstance(found, Conflict) else ""
        return Clash(indices, layers, why, search.left > 0)

    def _without(self, sets: list[frozenset[int]]) -> list[Solution | None]:
        return self.ask([self.only(each) for each in sets])

    def _blamed(self, reason: str) -> list[int]:
        """The demands that the account names, when they are a conflict; else all."""
        chains = needs(reason)
        names = {name for each in chains for name in (each.root, *each.through, each.name)}
        found = [index for index, each in enumerate(self.demands) if name_of(each) in names]
        is_conflict = bool(found) and self._without([frozenset(found)])[0] is None
        return found if is_conflict else list(range(len(self.demands)))

    def _layers(self, indices: Sequence[int]) -> tuple[tuple[str, ...], list[int]]:
        """The layers up to the one with which there is no solution, and their demands."""
        demands = ((each, self.demands[each]) for each in indices)
        layer_of = {each: one.layer if isinstance(one, Wish) else "" for each, one in demands}
        layers = [each for each in LAYERS if each in layer_of.values()]
        steps = [
            [index for index, layer in layer_of.items() if layer in {"", *layers[:number]}]
            for number in range(1, len(layers) + 1)
        ]
        answers = self._without([frozenset(each) for each in steps[:-1]])
        first = next((n for n, each in enumerate(answers) if each is None), len(steps) - 1)
        return tuple(layers[: first + 1]), steps[first]

    def _search(
        self, keep: Callable[[list[frozenset[int]]], list[Solution | None]], most: int
    ) -> ConflictSearch[int, Solution]:
        """A search that asks no more than `most`, and takes half of the time that is left."""
        rest = self._clock.left / 2

        def ask(sets: list[frozenset[int]]) -> list[Solution | None]:
            answers = keep(sets)
            if self._clock.left < rest:
                search.left = 0
            return answers

        search = ConflictSearch(ask, most)
        return search

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
        demands = ((index, self.demands[index]) for index in loose)
        free = frozenset(
            index
            for index, each in demands
            if (record := records.get(name_of(each)))
            and not allows(each.text if isinstance(each, Wish) else each, record)
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

        search = self._search(keep, _MOST_FOR_WAY_OUT)
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
    told = tuple(way_out(each.changes, is_first=not n) for n, each in enumerate(ways))
    hints = told or ("loosen one of these lines or take it out, and try again: `envtool lock`",)
    return Cause("conflict", conflict_message(demands), place, details, hints)


def changed(problem: Problem, way: Way) -> Problem:
    """`problem` with what `way` puts in the place of its demands."""
    demands: tuple[Demand, ...] = (*problem.wishes, *problem.constraints)
    some = [next((new for old, new in way.changes if old == each), each) for each in demands]
    return with_demands(problem, some)


def with_demands(problem: Problem, demands: Iterable[Demand | None]) -> Problem:
    """`problem` with other demands; None is none."""
    some = tuple(demands)
    return replace(
        problem,
        wishes=tuple(each for each in some if isinstance(each, Wish)),
        constraints=tuple(each for each in some if isinstance(each, str)),
    )
