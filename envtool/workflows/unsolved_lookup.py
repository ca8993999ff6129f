"""What is wrong with single lines: names, versions and builds that no channel has."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from envtool.domain.causes import Cause, misfit_message, other_platforms, write_instead
from envtool.domain.match_specs import parse_match_spec
from envtool.domain.near_names import near_name
from envtool.domain.selectors import selector_for
from envtool.domain.solving import CondaRecord, Problem, Solution, Wish
from envtool.domain.wish_fit import (
    Lack,
    Misfit,
    allows,
    from_channel,
    loosened,
    misfit,
    nearest,
    newest,
    rewritten,
    with_version,
    with_versions,
)
from envtool.errors import EnvtoolError
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.unsolved_search import Clock

# Where else a package may be; what most channels have.
_PLATFORMS = ("linux-64", "osx-arm64", "win-64", "osx-64", "linux-aarch64")
_SEARCH = (
    "look for a name on https://prefix.dev/channels or https://anaconda.org; what only PyPI has"
    " belongs into the `pip:` section"
)
_NOW = ("`envtool lock` takes it as it is: a lock waits for nothing",)


class Finding(NamedTuple):
    """A line that no environment can satisfy.

    Attributes:
        misfit: what is wrong with it.
        cause: the same in words, with hints that do not depend on the other lines.
        near: a line that could stand in its place, with little changed; None where it must go.
        free: the same, with as much left open as there can be.
    """

    misfit: Misfit
    cause: Cause
    near: Wish | None
    free: Wish | None


def look_up(tools: Tools, inputs: Inputs, problem: Problem, clock: Clock) -> tuple[Finding, ...]:
    """The lines of `problem` that no environment can satisfy; raises `EnvtoolError`."""
    names = list(dict.fromkeys(each.name for each in problem.wishes))
    listed = tools.solver().listed(problem.channels, problem.platform, names)
    wrong = [each for wish in problem.wishes if (each := misfit(problem, wish, listed))]
    missing = sorted({each.wish.name for each in wrong if each.lack is Lack.NAME})
    shelf = _Shelf(tools, inputs, problem, clock, missing)
    shared = [_shared(tools, inputs, problem, each) for each in wrong]
    return tuple(_finding(shelf, *each) for each in zip(wrong, shared, strict=True))


def _shared(
    tools: Tools, inputs: Inputs, problem: Problem, found: Misfit
) -> tuple[CondaRecord, ...]:
    """Those that are near in a version that the other platforms have, too, if there are any.

    One line has to hold on all of them.
    """
    near = found.near
    for platform in inputs.platforms:
        if platform != problem.platform and found.lack in {Lack.VERSION, Lack.BUILD}:
            listed = tools.solver().listed(problem.channels, platform, [found.wish.name])
            versions = {each.version for each in listed}
            near = tuple(each for each in near if each.version in versions) or near
    return near


def _finding(shelf: "_Shelf", found: Misfit, shared: tuple[CondaRecord, ...]) -> Finding:
    if found.lack is Lack.NAME:
        return Finding(found, shelf.missing(found), None, None)
    channels = {each.url: each.name for each in shelf.inputs.channels.everything}
    message = misfit_message(found, channels, shelf.problem.exclude_newer)
    hints = _NOW if found.lack is Lack.AGE else ()
    cause = Cause(found.lack.name.lower(), message, found.wish.place, hints=hints)
    return Finding(found, cause, *_instead(found, shared))


def _instead(found: Misfit, shared: tuple[CondaRecord, ...]) -> tuple[Wish | None, Wish | None]:
    """A line with little changed, and one with as much open as there can be."""
    wish, free = found.wish, loosened(found.wish)
    if free is not None and len(shared) < len(found.near):
        free = with_versions(free, {each.version for each in shared})
    match found.lack:
        case Lack.CHANNEL:
            return from_channel(wish, None), wish._replace(text=wish.name, written=wish.name)
        case Lack.VERSION:
            below, above = nearest(parse_match_spec(wish.text).version or "", shared)
            return with_version(wish, above or below or ""), free
        case Lack.BUILD:
            return with_version(wish, newest(shared)), free
        case _:
            return free, free


def repaired(problem: Problem, findings: tuple[Finding, ...], *, near: bool) -> Problem:
    """`problem` with other lines in the place of those that can not be."""
    other = {each.misfit.wish: each.near if near else each.free for each in findings}
    wishes = (other.get(each, each) for each in problem.wishes)
    return replace(problem, wishes=tuple(each for each in wishes if each is not None))


def told(finding: Finding, solution: Solution | None, *, is_far: bool) -> Cause:
    """The cause with the line to write, as `solution` has it, which `is_far` or not."""
    cause, wish = finding.cause, finding.misfit.wish
    found = solution.records if solution else ()
    record = next((each for each in found if each.name == wish.name), None)
    if finding.near is None or record is None:
        return cause
    line = _line(finding, record)
    hints = (write_instead(wish, line), *cause.hints)
    return cause._replace(hints=hints, is_far=is_far)


def _line(finding: Finding, record: CondaRecord) -> str:
    wish, is_channel = finding.misfit.wish, finding.misfit.lack is Lack.CHANNEL
    line = (
        wish.written
        if is_channel and allows(wish.text, record)
        else rewritten(wish, record.version)
    )
    return line.rpartition("::")[2] if is_channel else line


class _Shelf:
    """Looks for names that are not there, in all places where they could be."""

    def __init__(
        self, tools: Tools, inputs: Inputs, problem: Problem, clock: Clock, names: list[str]
    ) -> None:
        self.inputs = inputs
        self.problem = problem
        self._solver = tools.solver()
        self._clock = clock
        self._platforms = dict(self._elsewhere(names)) if names else {}
        self._names = (
            self._solver.names(problem.channels, problem.platform) if names else frozenset()
        )

    def _elsewhere(self, names: list[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """Other platforms, and which of the names they have."""
        for platform in dict.fromkeys((*self.inputs.platforms, *_PLATFORMS)):
            if platform != self.problem.platform:
                try:
                    found = self._solver.listed(
                        self.problem.channels, platform, names, self._clock.left / 2
                    )
                except EnvtoolError:
                    # A hint less.
                    continue
                yield platform, frozenset(each.name for each in found)

    def missing(self, found: Misfit) -> Cause:
        """The cause for a name that no channel has."""
        wish = found.wish
        others = [each for each, names in self._platforms.items() if wish.name in names]
        if others:
            message = other_platforms(wish, others)
            return Cause("platform", message, wish.place, hints=(self._selector(wish, others),))
        message = misfit_message(found, {}, None)
        return Cause("name", message, wish.place, hints=(self._meant(wish),))

    def _selector(self, wish: Wish, others: list[str]) -> str:
        ours = [each for each in self.inputs.platforms if each in others]
        word = selector_for(ours, [each for each in self.inputs.platforms if each not in others])
        if word:
            line = f"- {wish.written}  # [{word}]"
            return f"keep it where it exists: `{line}` ({wish.place.path}:{wish.place.line})"
        options = " ".join(f"--platform {each}" for each in others)
        return f"take it out, or lock where it exists: `envtool lock {options}`"

    def _meant(self, wish: Wish) -> str:
        near = near_name(wish.name, self._names, self.inputs.project.catalog.pypi_names)
        if near is None:
            return _SEARCH
        name, is_pypi = near
        return f"conda calls it `{name}`" if is_pypi else f"did you mean `{name}`?"
