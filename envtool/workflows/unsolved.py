"""Tells why no environment satisfies the files: what is in the way, and the smallest way out."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import NamedTuple

from envtool.domain.causes import Cause
from envtool.domain.results import Failure, Json, Result
from envtool.domain.solving import Conflict, Problem, Solution
from envtool.errors import EnvtoolError, ExitCode
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Unsolved
from envtool.workflows.unsolved_lookup import Finding, look_up, repaired, told
from envtool.workflows.unsolved_machine import machine_causes
from envtool.workflows.unsolved_search import (
    Bench,
    Clash,
    Clock,
    Way,
    changed,
    conflict_cause,
    with_demands,
)

# For all platforms together; what is found until then is told.
_SECONDS = 8.0
# So many lines of the solver's own account are shown.
_MOST_LINES = 24
_TRY = ("loosen what it names or take it out, and try again: `envtool lock`",)
_WITHOUT_PRIORITY = (
    "or let packages come from any of the channels: `channel_priority: disabled` in `.condarc`"
)


def no_solution(
    tools: Tools,
    inputs: Inputs,
    unsolved: tuple[Unsolved, ...],
    command: str = "lock",
    now: Callable[[], float] = monotonic,
) -> Result:
    """The answer when there is no environment, with a failure for each cause.

    `now` is a clock in seconds: where the causes are not found in time, or can not be asked for,
    the solver's own words stand in their place.
    """
    teller = _Teller(tools, inputs, Clock(now, _SECONDS))
    shared: dict[object, _Shared] = {}
    for each in unsolved:
        for cause in teller.causes(each):
            one = shared.setdefault(cause.key, _Shared(cause, []))
            shared[cause.key] = one.also(cause, each.problem.platform)
    platforms = [each.problem.platform for each in unsolved]
    first, *more = shared.values()
    also = f" (and {len(more)} more)" if more else ""
    return Result(
        command=command,
        headline=f"Unsatisfiable on {', '.join(platforms)}: {first.cause.message}{also}",
        failures=tuple(each.failure(platforms) for each in shared.values()),
        notes=("nothing was written",),
        data={
            "changes": [],
            "causes": [each.described() for each in shared.values()],
            "reasons": {each.problem.platform: each.conflict.reason for each in unsolved},
        },
    )


class _Shared(NamedTuple):
    """A cause, and the platforms on which it is one."""

    cause: Cause
    platforms: list[str]

    def also(self, cause: Cause, platform: str) -> "_Shared":
        """With the same cause of another platform, whose hints count where they go further."""
        mine = self.cause
        if cause.hints and (cause.is_far or not mine.hints):
            mine = mine._replace(hints=cause.hints, is_far=cause.is_far)
        return _Shared(mine, [*self.platforms, platform])

    def failure(self, platforms: list[str]) -> Failure:
        """As a failure, which names the platforms where they are not all."""
        on = "" if self.platforms == platforms else f" (on {', '.join(self.platforms)})"
        message, cause = f"{self.cause.message}{on}", self.cause
        return Failure(ExitCode.UNSATISFIABLE, message, cause.place, cause.hints, cause.details)

    def described(self) -> Json:
        """As JSON."""
        on = list[Json](self.platforms)
        return {"kind": self.cause.kind, "message": self.cause.message, "platforms": on}


class _Told(NamedTuple):
    """A conflict that was told of, and what it is about."""

    cause: Cause
    bench: Bench
    clash: Clash
    ways: tuple[Way, ...]


class _Deeper(NamedTuple):
    """What is wrong with lines that could each be had, and a solution without that.

    `is_far` tells that other lines have to change by more than the least.
    """

    causes: tuple[Cause, ...] = ()
    solution: Solution | None = None
    is_far: bool = True


class _Teller:
    """Finds the causes for one platform after the other."""

    def __init__(self, tools: Tools, inputs: Inputs, clock: Clock) -> None:
        self._tools = tools
        self._inputs = inputs
        self._clock = clock
        self._told: list[_Told] = []

    def causes(self, unsolved: Unsolved) -> tuple[Cause, ...]:
        """Why `unsolved` has no solution; the solver's own words where nothing better is found."""
        findings: tuple[Finding, ...] = ()
        try:
            findings = look_up(self._tools, self._inputs, unsolved.problem, self._clock)
            deeper = self._beneath(unsolved, findings)
        except EnvtoolError as error:
            deeper = _Deeper(() if findings else (_own_words(unsolved.conflict, error.message),))
        lines = (told(each, deeper.solution, is_far=deeper.is_far) for each in findings)
        return (*lines, *deeper.causes)

    def _beneath(self, unsolved: Unsolved, findings: tuple[Finding, ...]) -> _Deeper:
        """What is wrong besides `findings`, with others in the place of their lines."""
        problem = unsolved.problem
        if not findings:
            return self._deeper(problem, unsolved.conflict)
        near, free = (repaired(problem, findings, near=each) for each in (True, False))
        first, second = self._bench(problem).answers([near, free])
        if isinstance(first, Solution):
            return _Deeper((), first, is_far=False)
        return self._deeper(free, second)

    def _bench(self, problem: Problem) -> Bench:
        return Bench(self._tools.solver(), self._clock, problem)

    def _deeper(self, problem: Problem, answer: Solution | Conflict) -> _Deeper:
        causes: tuple[Cause, ...] = ()
        # Each round finds one thing that is wrong with the machine, and goes on without it.
        while isinstance(answer, Conflict):
            known = self._known(problem)
            if known is not None:
                return _Deeper((*causes, known))
            bench = self._bench(problem)
            clash = bench.clash(answer.reason)
            mended = machine_causes(self._inputs, bench, clash)
            if mended is None:
                conflict = self._conflict(bench, clash)
                return conflict._replace(causes=(*causes, *conflict.causes))
            causes, problem = (*causes, *mended.causes), mended.problem
            answer = bench.answers([problem])[0]
        return _Deeper(causes, answer)

    def _conflict(self, bench: Bench, clash: Clash) -> _Deeper:
        """The conflict, with the ways out as far as there is time to look for them."""
        ways: tuple[Way, ...] = ()
        more: tuple[str, ...] = ()
        with suppress(EnvtoolError):
            ways = bench.ways_out(clash)
            more = _without_priority(bench)
        cause = conflict_cause(bench, clash, ways)
        cause = cause._replace(hints=(*cause.hints, *more))
        self._told.append(_Told(cause, bench, clash, ways))
        return _Deeper((cause,), ways[0].solution if ways else None)

    def _known(self, problem: Problem) -> Cause | None:
        """A cause of another platform, when it and its ways out hold here, too."""
        for each in self._told:
            demands = [each.bench.demands[index] for index in each.clash.indices]
            if not all(one in problem.wishes or isinstance(one, str) for one in demands):
                continue
            asked = [with_demands(problem, demands), *(changed(problem, way) for way in each.ways)]
            clash, *ways = self._bench(problem).ask(asked)
            if clash is None and all(ways):
                return each.cause
        return None


def _without_priority(bench: Bench) -> tuple[str, ...]:
    """The hint that other channels would do, when they would."""
    problem = bench.problem
    if len(problem.channels) == 1 or not problem.strict_priority:
        return ()
    loose = bench.ask([replace(problem, strict_priority=False)])[0]
    return () if loose is None else (_WITHOUT_PRIORITY,)


def _own_words(conflict: Conflict, why: str) -> Cause:
    lines = [each.rstrip() for each in conflict.reason.splitlines() if each.strip()]
    rest = len(lines) - _MOST_LINES
    more = (f"and {rest} more lines, which `-o json` has",) if rest > 0 else ()
    details = (*lines[:_MOST_LINES], *more, f"not explained: {why}")
    return Cause("unknown", "no environment has all that is asked for", None, details, _TRY)
