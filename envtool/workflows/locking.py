"""Solves the environments of a project, and writes down what came out as a lock.

Production is solved alone, the rest on top with production held; only where that fails are they
solved together, and production pays for development.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.lock_making import MAIN, Part, category, locked_packages, reachable, wishes
from envtool.domain.locks import LockedPackage
from envtool.domain.moves import fewest_moves
from envtool.domain.solving import CondaRecord, Conflict, Problem, Solution, Wish
from envtool.domain.specs import Spec
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs

Held = Mapping[str, tuple[CondaRecord, ...]]


class Unsolved(NamedTuple):
    """What was asked for a platform, and why there is no solution."""

    problem: Problem
    conflict: Conflict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """What a lock is made of.

    Attributes:
        parts: what each category has, by platform.
        costs: by platform the packages of production that are others than without development.
    """

    parts: Mapping[str, tuple[Part, ...]]
    costs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def packages(self) -> tuple[LockedPackage, ...]:
        """The entries of the lock."""
        parts = self.parts.items()
        return tuple(each for platform, some in parts for each in locked_packages(platform, some))

    def with_production(self, names: Mapping[str, frozenset[str]]) -> "Solved":
        """With these packages, and what they need, in production too, by platform."""
        parts = dict(self.parts)
        for platform, wanted in names.items():
            _, *rest = parts[platform]
            parts[platform] = (_main(_also(parts[platform], wanted)), *rest)
        return replace(self, parts=parts)


def _also(parts: tuple[Part, ...], names: frozenset[str]) -> tuple[CondaRecord, ...]:
    there = {each.name for each in parts[0].records}
    everything = {each.name: each for each in parts[-1].records}
    wanted = there | reachable(names, everything)
    return tuple(each for each in parts[-1].records if each.name in wanted)


class NoSolutionError(Exception):
    """Some platforms have no solution."""

    def __init__(self, unsolved: tuple[Unsolved, ...]) -> None:
        super().__init__("no solution")
        self.unsolved = unsolved


def solve_project(
    tools: Tools,
    inputs: Inputs,
    held: Held,
    exclude_newer: datetime | None = None,
    *,
    is_free: bool = False,
) -> Solved:
    """The environments of the project, with `held` kept where that is possible.

    With `is_free` the newest goes before keeping what is held. Raises `NoSolutionError`, and what
    `ports.Solver.solve` raises.
    """
    asker = _Asker(tools, inputs, held, exclude_newer, is_free=is_free)
    production = tuple(spec for spec in inputs.specs if category(spec) == MAIN)
    channels = inputs.channels
    main = asker.needed(
        {name: asker.problem(name, production, channels.production) for name in inputs.platforms}
    )
    if len(production) == len(inputs.specs):
        return Solved(parts={name: (_main(each.records),) for name, each in main.items()})
    layered = {
        name: asker.problem(name, inputs.specs, channels.everything, each.records)
        for name, each in main.items()
    }
    answers = asker.answers(layered)
    refused = [name for name, each in answers.items() if isinstance(each, Conflict)]
    together = asker.needed(
        {name: replace(layered[name], pinned=(), held=held.get(name, ())) for name in refused}
    )
    parts, costs = {}, {}
    for name, alone in main.items():
        records = _records(together.get(name) or answers[name])
        below = alone.records
        if name in together:
            below = _closure(asker.wishes(name, production), records)
            costs[name] = _others(alone.records, below)
        parts[name] = tuple(_parts(asker, name, below, records))
    return Solved(parts=parts, costs=costs)


class _Asker:
    """Puts the questions of one project to the solver."""

    def __init__(
        self,
        tools: Tools,
        inputs: Inputs,
        held: Held,
        exclude_newer: datetime | None,
        *,
        is_free: bool,
    ) -> None:
        self._solver = tools.solver()
        self._held = held
        self._exclude_newer = exclude_newer
        self._is_free = is_free
        self.inputs = inputs

    def wishes(self, platform: str, specs: tuple[Spec, ...]) -> tuple[Wish, ...]:
        """What `specs` ask for on `platform`."""
        urls = {name: each.url for name, each in self.inputs.channels.in_front.items()}
        project = self.inputs.project
        return tuple(each for spec in specs for each in wishes(project, spec, platform, urls))

    def problem(
        self,
        platform: str,
        specs: tuple[Spec, ...],
        channels: tuple[ResolvedChannel, ...],
        pinned: tuple[CondaRecord, ...] = (),
    ) -> Problem:
        """The question for `specs` on one platform."""
        inputs = self.inputs
        fixed = {each.name for each in pinned}
        ranges = inputs.project.policy.constraints.items()
        constraints = tuple(f'{name}[version="{allowed}"]' for name, allowed in ranges)
        return Problem(
            platform=platform,
            channels=channels,
            wishes=self.wishes(platform, specs),
            constraints=(*constraints, *inputs.limits.get(platform, ())),
            machine=inputs.machines[platform],
            held=tuple(each for each in self._held.get(platform, ()) if each.name not in fixed),
            pinned=pinned,
            exclude_newer=self._exclude_newer,
            strict_priority=inputs.strict_priority,
        )

    def answers(self, problems: Mapping[str, Problem]) -> dict[str, Solution | Conflict]:
        """The answer for each platform, with as few moves as can be."""
        found = self._solver.solve(tuple(problems.values()))
        return {
            name: self._settled(problem, answer)
            for (name, problem), answer in zip(problems.items(), found, strict=True)
        }

    def needed(self, problems: Mapping[str, Problem]) -> dict[str, Solution]:
        """The solution for each platform; raises `NoSolutionError` when one has none."""
        solutions, unsolved = {}, []
        for name, answer in self.answers(problems).items():
            if isinstance(answer, Conflict):
                unsolved.append(Unsolved(problems[name], answer))
            else:
                solutions[name] = answer
        if unsolved:
            raise NoSolutionError(tuple(unsolved))
        return solutions

    def _settled(self, problem: Problem, answer: Solution | Conflict) -> Solution | Conflict:
        if isinstance(answer, Conflict) or self._is_free:
            return answer

        def keep(sets: list[frozenset[str]]) -> list[Solution | None]:
            asked = [_pinning(problem, names) for names in sets]
            found = self._solver.solve(asked)
            return [None if isinstance(each, Conflict) else each for each in found]

        return fewest_moves(problem.held, answer, keep)


def _pinning(problem: Problem, names: frozenset[str]) -> Problem:
    """`problem` with those of the held records that may not change."""
    pinned = tuple(each for each in problem.held if each.name in names)
    return replace(problem, pinned=(*problem.pinned, *pinned))


def _records(answer: Solution | Conflict) -> tuple[CondaRecord, ...]:
    return answer.records if isinstance(answer, Solution) else ()


def _main(records: tuple[CondaRecord, ...]) -> Part:
    return Part(MAIN, frozenset(each.name for each in records), records)


def _closure(asked: tuple[Wish, ...], records: tuple[CondaRecord, ...]) -> tuple[CondaRecord, ...]:
    by_name = {each.name: each for each in records}
    wanted = reachable((each.name for each in asked), by_name)
    return tuple(each for each in records if each.name in wanted)


def _others(one: tuple[CondaRecord, ...], other: tuple[CondaRecord, ...]) -> tuple[str, ...]:
    keys = {each.key for each in one}
    return tuple(each.name for each in other if each.key not in keys)


def _parts(
    asker: _Asker,
    platform: str,
    production: tuple[CondaRecord, ...],
    records: tuple[CondaRecord, ...],
) -> Iterator[Part]:
    """Production, then what each other category has besides."""
    yield _main(production)
    for name in sorted({category(spec) for spec in asker.inputs.specs} - {MAIN}):
        specs = tuple(spec for spec in asker.inputs.specs if category(spec) == name)
        names = frozenset(each.name for each in asker.wishes(platform, specs))
        yield Part(name, names, records)
