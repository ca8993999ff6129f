"""Whether packages can not be had because of the machine that the lock is for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from envtool.domain.causes import Cause, foreign_message, machine_message
from envtool.domain.machine_needs import (
    any_machine,
    foreign_needs,
    machine_text,
    newest_machine,
    raised_needs,
    with_versions,
)
from envtool.domain.solving import Problem, Wish
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.machine_files import MACHINE_FILE
from envtool.workflows.unsolved_search import Bench, Clash

# So many versions of a virtual package are tried, the lowest first.
_MOST_VERSIONS = 8
_WORDS = {"__win": "win", "__osx": "osx", "__linux": "linux", "__unix": "unix"}


class Mended(NamedTuple):
    """What is wrong with the machine, and the problem without that."""

    causes: tuple[Cause, ...]
    problem: Problem


def machine_causes(inputs: Inputs, bench: Bench, clash: Clash) -> Mended | None:
    """The causes, when `clash` would be none on another machine."""
    problem, small = bench.problem, bench.only(clash.indices)
    machine = problem.machine
    newest, anything = bench.ask(
        [
            replace(small, machine=newest_machine(machine)),
            replace(small, machine=any_machine(machine)),
        ]
    )
    if newest is not None:
        versions = _lowest(bench, small, raised_needs(newest.records, machine))
        better = replace(problem, machine=with_versions(machine, versions))
        causes = tuple(_raised(inputs, small, better, name) for name in versions)
        return Mended(causes, better) if causes else None
    if anything is not None and len(small.wishes) == 1:
        foreign = foreign_needs(anything.records, machine)
        wish = small.wishes[0]
        rest = tuple(each for each in problem.wishes if each != wish)
        return Mended((_foreign(problem.platform, wish, foreign),), replace(problem, wishes=rest))
    return None


def _lowest(bench: Bench, problem: Problem, raised: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The lowest versions that do, of those that are named; without what may stay as it is."""
    given = {each.name: each.version for each in problem.machine}
    versions = {name: some[-1] for name, some in raised.items()}
    for name, some in raised.items():
        tried = (given[name], *some[:_MOST_VERSIONS])
        machines = [with_versions(problem.machine, versions | {name: each}) for each in tried]
        answers = bench.ask([replace(problem, machine=each) for each in machines])
        fitting = [each for each, one in zip(tried, answers, strict=True) if one is not None]
        versions[name] = (*fitting, some[-1])[0]
    return {name: each for name, each in versions.items() if each != given[name]}


def _raised(inputs: Inputs, small: Problem, better: Problem, name: str) -> Cause:
    given = next(each.version for each in small.machine if each.name == name)
    needed = next(each.version for each in better.machine if each.name == name)
    message = machine_message(small.wishes, name, needed, given)
    if inputs.own_machines is not None:
        write = f'{name}: "{needed}"'
        hint = f"in `{MACHINE_FILE}`, under `{small.platform}`, write `{write}`"
    else:
        machines = {**inputs.machines, small.platform: better.machine}
        hint = f"write `{machine_text(machines)}` into `{MACHINE_FILE}`"
    where = "if it will run on such machines alone, say so: "
    return Cause("machine", message, small.wishes[0].place, hints=(where + hint,))


def _foreign(platform: str, wish: Wish, names: Sequence[str]) -> Cause:
    message = foreign_message(wish, platform, names)
    word = next((_WORDS[each] for each in names if each in _WORDS), None)
    where = f"{wish.place.path}:{wish.place.line}"
    keep = f"keep it where it exists: `- {wish.written}  # [{word}]` ({where})"
    hint = keep if word else f"take it out for {platform}: `{wish.written}` ({where})"
    return Cause("platform", message, wish.place, hints=(hint,))
