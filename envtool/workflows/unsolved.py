"""Tells why no environment satisfies the files: what is in the way, and the smallest way out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from envtool.domain.causes import Cause
from envtool.domain.results import Failure, Json, Result
from envtool.domain.solving import Problem, Solution
from envtool.errors import EnvtoolError, ExitCode
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Unsolved
from envtool.workflows.unsolved_lookup import Finding, look_up, repaired, told
from envtool.workflows.unsolved_machine import machine_causes
from envtool.workflows.unsolved_search import (
    Bench,
    Clash,
    Way,
    changed,
    conflict_cause,
    with_demands,
)

# With more lines that can not be, whether the others can be together is not looked into.
_MOST_FINDINGS = 8
_UNSEEN = "these lines first: even without them there is no solution, and why was not looked into"
# Each round finds one thing that is wrong with the machine, and goes on without it.
_MOST_ROUNDS = 4
_WITHOUT_PRIORITY = (
    "or let packages come from any of the channels: `channel_priority: disabled` in `.condarc`"
)


def no_solution(
    tools: Tools, inputs: Inputs, unsolved: tuple[Unsolved, ...], command: str = "lock"
) -> Result:
    """The answer when there is no environment, with a failure for each cause."""
    teller = _Teller(tools, inputs)
    shared: dict[Cause, list[str]] = {}
    for each in unsolved:
        for cause in teller.causes(each):
            shared.setdefault(cause, []).append(each.problem.platform)
    platforms = [each.problem.platform for each in unsolved]
    (first, *more), where = shared, ", ".join(platforms)
    also = f" (and {len(more)} more)" if more else ""
    return Result(
        command=command,
        headline=f"Unsatisfiable on {where}: {first.message}{also}",
        failures=tuple(_failure(each, on, platforms) for each, on in shared.items()),
        notes=(*teller.notes, "nothing was written"),
        data={
            "changes": [],
            "causes": [_described(each, on) for each, on in shared.items()],
            "reasons": {each.problem.platform: each.conflict.reason for each in unsolved},
        },
    )


def _failure(cause: Cause, on: list[str], platforms: list[str]) -> Failure:
    where = "" if on == platforms else f" (on {', '.join(on)})"
    return Failure(
        ExitCode.UNSATISFIABLE,
        f"{cause.message}{where}",
        cause.place,
        hints=cause.hints,
        details=cause.details,
    )


def _described(cause: Cause, on: list[str]) -> Json:
    return {"kind": cause.kind, "message": cause.message, "platforms": list[Json](on)}


class _Told(NamedTuple):
    """A conflict that was told of, and what it is about."""

    cause: Cause
    bench: Bench
    clash: Clash
    ways: tuple[Way, ...]


class _Teller:
    """Finds the causes for one platform after the other."""

    def __init__(self, tools: Tools, inputs: Inputs) -> None:
        self._tools = tools
        self._inputs = inputs
        self._told: list[_Told] = []
        self.notes: dict[str, None] = {}

    def causes(self, unsolved: Unsolved) -> tuple[Cause, ...]:
        """Why `unsolved` has no solution; the solver's own words where nothing better is found."""
        try:
            return tuple(self._causes(unsolved.problem))
        except EnvtoolError as error:
            reason = (*unsolved.conflict.reason.splitlines(), f"not explained: {error.message}")
            lines = tuple(each.rstrip() for each in reason if each.strip())
            return (Cause("unknown", "no environment has all that is asked for", None, lines),)

    def _causes(self, problem: Problem) -> Iterator[Cause]:
        findings = look_up(self._tools, self._inputs, problem)
        solution, rest = None, problem
        deeper: tuple[Cause, ...] = ()
        if findings:
            solution, rest = self._repaired(problem, findings)
        if solution is None and len(findings) <= _MOST_FINDINGS:
            deeper, solution = self._deeper(rest)
        elif solution is None:
            self.notes[_UNSEEN] = None
        yield from (told(self._inputs, each, solution) for each in findings)
        yield from deeper

    def _repaired(
        self, problem: Problem, findings: tuple[Finding, ...]
    ) -> tuple[Solution | None, Problem]:
        """A solution with other lines in the place of those that can not be, if there is one."""
        near, free = (repaired(problem, findings, near=each) for each in (True, False))
        answers = Bench(self._tools.solver(), problem).ask([near, free])
        return next((each for each in answers if each is not None), None), free

    def _deeper(self, problem: Problem) -> tuple[tuple[Cause, ...], Solution | None]:
        """What is wrong with lines that could each be had, and a solution without that."""
        causes: tuple[Cause, ...] = ()
        for _ in range(_MOST_ROUNDS):
            bench = Bench(self._tools.solver(), problem)
            known = self._known(problem)
            if known is not None:
                return (*causes, known), None
            clash = bench.clash()
            mended = machine_causes(self._inputs, bench, clash)
            if mended is None:
                return self._conflict(bench, clash, causes)
            causes, problem = (*causes, *mended.causes), mended.problem
            solution = bench.ask([problem])[0]
            if solution is not None:
                return causes, solution
        return causes, None

    def _conflict(
        self, bench: Bench, clash: Clash, causes: Iterable[Cause]
    ) -> tuple[tuple[Cause, ...], Solution | None]:
        ways = bench.ways_out(clash)
        cause = conflict_cause(bench, clash, ways)
        if len(bench.problem.channels) > 1 and bench.problem.strict_priority:
            loose = bench.ask([replace(bench.problem, strict_priority=False)])[0]
            if loose is not None:
                cause = cause._replace(hints=(*cause.hints, _WITHOUT_PRIORITY))
        self._told.append(_Told(cause, bench, clash, ways))
        return (*causes, cause), ways[0].solution if ways else None

    def _known(self, problem: Problem) -> Cause | None:
        """A cause of another platform, when it and its ways out hold here, too."""
        for each in self._told:
            demands = [each.bench.demands[index] for index in each.clash.indices]
            if not all(one in problem.wishes or isinstance(one, str) for one in demands):
                continue
            asked = [with_demands(problem, demands), *(changed(problem, way) for way in each.ways)]
            clash, *ways = Bench(self._tools.solver(), problem).ask(asked)
            if clash is None and all(ways):
                return each.cause
        return None
