"""`envtool lock --engine conda-lock`: who solves is another, what is kept and written is the same.

conda-lock by itself keeps nothing of the conda packages in a lock: it solves anew, and its
`--update` moves what is named, but adds and removes nothing. So it is told what to keep, as exact
match specs. What can be kept our own solver says, which moves the fewest packages; where conda
does not agree it solves without them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.results import Failure, Result
from envtool.domain.solving import CondaRecord, Conflict
from envtool.errors import ExitCode
from envtool.ports import Tools
from envtool.workflows.engine_answer import read_answer, whole_of
from envtool.workflows.engine_question import Pins, engine_question
from envtool.workflows.lock_current import is_allowed
from envtool.workflows.lock_held import held_records
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Held, NoSolutionError, solve_project
from envtool.workflows.pip_section import Whole


class NoEngineSolutionError(Exception):
    """The engine found no solution; `reason` is its account of why."""

    def __init__(self, reason: str) -> None:
        super().__init__("no solution")
        self.reason = reason


class Engined(NamedTuple):
    """What an engine locked, and what there is to know of it, one line each."""

    whole: Whole
    notes: tuple[str, ...] = ()


def lock_with_engine(tools: Tools, inputs: Inputs) -> Engined:
    """The project as conda-lock locks it, with what is locked kept where that is possible.

    Raises `NoEngineSolutionError`, `NoPipSolutionError`, and what `ports.LockEngine.lock` raises.
    """
    held = held_records(tools, inputs)
    kept = _kept(tools, inputs, held)
    reason = ""
    for pins in _attempts(tools, inputs, kept):
        try:
            whole = _locked(tools, inputs, held, pins)
        except NoEngineSolutionError as error:
            reason = error.reason
        else:
            return Engined(whole, () if pins is kept else (_MOVED,))
    raise NoEngineSolutionError(reason)


def _kept(tools: Tools, inputs: Inputs, held: Held) -> Pins:
    """What can stay."""
    if not any(held.values()):
        return {}
    try:
        solved = solve_project(tools, inputs, held)
    except NoSolutionError:
        return {}
    urls = {platform: {each.url for each in some} for platform, some in held.items()}
    return {
        platform: tuple(each for each in parts[-1].records if each.url in urls[platform])
        for platform, parts in solved.parts.items()
    }


def _attempts(tools: Tools, inputs: Inputs, kept: Pins) -> Iterator[Pins]:
    """What the engine is told to keep: everything, what channels still list, nothing."""
    yield kept
    if any(kept.values()):
        there = {name: _there(tools, inputs, name, some) for name, some in kept.items()}
        if there != kept:
            yield there
        yield {}


def _there(
    tools: Tools, inputs: Inputs, platform: str, records: tuple[CondaRecord, ...]
) -> tuple[CondaRecord, ...]:
    names = [each.name for each in records]
    listed = tools.solver().listed(inputs.channels.everything, platform, names)
    urls = {each.url for each in listed}
    return tuple(each for each in records if each.url in urls)


def _locked(tools: Tools, inputs: Inputs, held: Held, pins: Pins) -> Whole:
    """What the engine makes of the project with `pins`.

    A constraint of the policy is asked for like a package as soon as it is seen not to be met:
    conda has nothing like it, and asked for at once it would bring a package that nobody needs.
    """
    ranges: frozenset[str] = frozenset()
    while True:
        answer = tools.engine().lock(engine_question(tools, inputs, pins, ranges))
        if isinstance(answer, Conflict):
            raise NoEngineSolutionError(answer.reason)
        lock = read_answer(tools, answer)
        conda = [each for each in lock.packages if each.manager == "conda"]
        over = {each.name for each in conda if not is_allowed(inputs, each)}
        if over <= ranges:
            return whole_of(tools, inputs, lock, held)
        ranges |= over


def no_engine_solution(reason: str) -> Result:
    """The answer that says so."""
    return Result(
        command="lock",
        headline="Unsatisfiable: conda-lock finds no environment that has all that is asked for",
        failures=(Failure(ExitCode.UNSATISFIABLE, reason),),
        notes=("nothing was written",),
        data={"changes": []},
    )


_MOVED = "conda finds no solution that keeps all that could stay, so more moved than must"
