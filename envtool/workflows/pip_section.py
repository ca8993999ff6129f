"""Resolves the `pip:` sections of a project beside the conda packages that were solved for it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from envtool.domain.catalog import Catalog
from envtool.domain.lock_making import MAIN, category, pip_lines
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.domain.pip_requirements import RequirementKind
from envtool.domain.pip_solving import PipConflict, PipProblem, PipSolution, Stub, stub
from envtool.domain.results import Failure, Result
from envtool.domain.specs import PipDependency, Spec
from envtool.errors import ExitCode
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Solved
from envtool.workflows.pip_lines import PipLines, RefusedLineError

# What changes without a change of the file, or is in no hash of it.
_MORE = frozenset({
    RequirementKind.OPTION,
    RequirementKind.PATH,
    RequirementKind.REQUIREMENTS_FILE,
    RequirementKind.CONSTRAINTS_FILE,
})  # fmt: skip
_PYTHON = "list `python` under `dependencies:`, which pip packages are made for"


# The pip packages of each platform.
_Answers = Mapping[str, tuple[LockedPackage, ...]]


class NoPipSolutionError(Exception):
    """The `pip:` section has no solution on some platforms."""

    def __init__(self, conflicts: Mapping[str, PipConflict]) -> None:
        super().__init__("no solution")
        self.conflicts = conflicts


def depends_on_more(specs: Iterable[Spec]) -> bool:
    """Whether a `pip:` section is not all that its packages depend on: other files, options."""
    return any(line.requirement.kind in _MORE for spec in specs for line in spec.pip)


class Whole(NamedTuple):
    """Everything that is to be installed: conda packages, and pip packages beside them.

    `taken` are those that production has from conda for the sake of development.
    """

    conda: Solved
    pip: tuple[LockedPackage, ...]
    taken: frozenset[str] = frozenset()


def with_pip(
    tools: Tools,
    inputs: Inputs,
    solved: Solved,
    held: Iterable[LockedPackage],
    exclude_newer: datetime | None = None,
) -> Whole:
    """`solved` with the pip packages of all platforms, `held` kept where that is possible.

    What production needs from pip and development has from conda, production takes from conda,
    too: else it would be there twice. Raises `NoPipSolutionError`, and what
    `ports.PipSolver.solve` raises.
    """
    if not any(spec.pip for spec in inputs.specs):
        return Whole(solved, ())
    kept = tuple(held)
    production = tuple(spec for spec in inputs.specs if category(spec) == MAIN)
    taken: frozenset[str] = frozenset()
    while True:
        asker = _Asker(tools, inputs, solved, kept, exclude_newer)
        main = asker.answers(production, 0, {})
        twice = _twice(solved, main, inputs.project.catalog)
        if not twice:
            return Whole(solved, _with_rest(asker, inputs, production, main), taken)
        solved = solved.with_production(twice)
        taken = taken.union(*twice.values())


def _twice(solved: Solved, main: _Answers, catalog: Catalog) -> dict[str, frozenset[str]]:
    """The conda packages that pip packages of production are, by platform."""
    found = {}
    for platform, packages in main.items():
        names = {each.name for each in packages}
        same = {
            each.name
            for each in solved.parts[platform][-1].records
            if canonical(catalog.distribution(each.name)) in names
        }
        if same:
            found[platform] = frozenset(same)
    return found


def _with_rest(
    asker: "_Asker", inputs: Inputs, production: tuple[Spec, ...], main: _Answers
) -> tuple[LockedPackage, ...]:
    """Production's packages, and on top what the other files need."""
    if len(production) == len(inputs.specs):
        return tuple(each for some in main.values() for each in some)
    everything = asker.answers(inputs.specs, -1, main)
    return tuple(
        each
        for platform in inputs.platforms
        for each in _by_category(
            inputs.specs, platform, main.get(platform, ()), everything.get(platform, ())
        )
    )


def no_pip_solution(conflicts: Mapping[str, PipConflict]) -> Result:
    """The answer that says so; a reason that several platforms share comes once."""
    shared: dict[PipConflict, list[str]] = {}
    for platform, conflict in conflicts.items():
        shared.setdefault(conflict, []).append(platform)
    failures = tuple(
        Failure(ExitCode.UNSATISFIABLE, f"{', '.join(on)}: {each.reason}", hints=each.hints)
        for each, on in shared.items()
    )
    return Result(
        command="lock",
        headline=f"Unsatisfiable: the `pip:` section has no solution on {', '.join(conflicts)}",
        failures=failures,
        notes=("nothing was written",),
        data={"changes": []},
    )


class _Question(NamedTuple):
    platform: str
    problem: PipProblem


class _Asker:
    def __init__(
        self,
        tools: Tools,
        inputs: Inputs,
        solved: Solved,
        held: tuple[LockedPackage, ...],
        exclude_newer: datetime | None,
    ) -> None:
        self._tools = tools
        self._inputs = inputs
        self._solved = solved
        self._held = held
        self._exclude_newer = exclude_newer

    def answers(
        self, specs: tuple[Spec, ...], part: int, pinned: _Answers
    ) -> dict[str, tuple[LockedPackage, ...]]:
        """What the sections of `specs` come to on each platform that has lines.

        Beside the conda packages of one part, the first or the last, which has all.
        """
        questions, conflicts = [], {}
        for platform in self._inputs.platforms:
            lines = tuple(line for spec in specs for line in pip_lines(spec, platform))
            if lines:
                made = self._problem(platform, lines, part, pinned.get(platform, ()))
                if isinstance(made, PipConflict):
                    conflicts[platform] = made
                else:
                    questions.append(_Question(platform, made))
        found = {}
        answers = self._tools.pip().solve([each.problem for each in questions])
        for question, answer in zip(questions, answers, strict=True):
            if isinstance(answer, PipSolution):
                found[question.platform] = answer.packages
            else:
                conflicts[question.platform] = answer
        if conflicts:
            raise NoPipSolutionError(conflicts)
        return found

    def _problem(
        self,
        platform: str,
        lines: tuple[PipDependency, ...],
        part: int,
        pinned: tuple[LockedPackage, ...],
    ) -> PipProblem | PipConflict:
        try:
            texts = PipLines(self._tools, platform).read(lines)
        except RefusedLineError as error:
            return error.conflict
        conda = {each.name: each.version for each in self._solved.parts[platform][part].records}
        if "python" not in conda:
            return PipConflict("there is no python for the `pip:` section", (_PYTHON,))
        options = {each.name for line in lines for each in line.requirement.options}
        return PipProblem(
            platform=platform,
            python=conda["python"],
            lines=(*_repositories(self._inputs.specs), *texts),
            stubs=tuple(_stubs(conda, self._inputs.project.catalog)),
            held=tuple(each for each in self._held if each.platform == platform),
            pinned=pinned,
            machine=self._inputs.machines[platform],
            limits=self._inputs.pip_limits.get(platform, ()),
            hashes=tuple(_hashes(lines)),
            prereleases="--pre" in options,
            exclude_newer=self._exclude_newer,
        )


def _repositories(specs: tuple[Spec, ...]) -> Iterator[str]:
    """conda-lock's `pip-repositories:`, which come to the usual index."""
    for url in dict.fromkeys(each.text for spec in specs for each in spec.pip_repositories):
        yield f"--extra-index-url {url}"


def _stubs(conda: Mapping[str, str], catalog: Catalog) -> Iterator[Stub]:
    """What conda installs, as pip calls it; of two with one name the first."""
    seen: set[str] = set()
    for name, version in conda.items():
        each = stub(catalog.distribution(name), version)
        # `conda::name` is nothing on PyPI, and no name there starts like `_libgcc_mutex`.
        if "::" not in each.name and each.name[0] != "-" and each.name not in seen:
            seen.add(each.name)
            yield each


def _hashes(lines: tuple[PipDependency, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in lines:
        requirement = line.requirement
        if requirement.name is not None and requirement.hashes:
            yield requirement.name, frozenset(requirement.hashes)


def _by_category(
    specs: tuple[Spec, ...],
    platform: str,
    main: tuple[LockedPackage, ...],
    everything: tuple[LockedPackage, ...],
) -> Iterator[LockedPackage]:
    """Production, and what each other category has besides."""
    yield from main
    settled = {each.name for each in main}
    rest = {each.name: each for each in everything if each.name not in settled}
    others = dict.fromkeys(category(spec) for spec in specs if category(spec) != MAIN)
    for number, name in enumerate(others):
        names = {
            line.requirement.name
            for spec in specs
            if category(spec) == name
            for line in pip_lines(spec, platform)
        }
        # What no line names by itself came through a file, which is the first's.
        wanted = rest.keys() if number == 0 and len(others) == 1 else _reachable(names, rest)
        for each in sorted(wanted):
            yield rest[each]._replace(category=name)


def _reachable(names: Iterable[str | None], packages: Mapping[str, LockedPackage]) -> set[str]:
    found: set[str] = set()
    waiting = [name for name in names if name in packages]
    while waiting:
        name = waiting.pop()
        if name is not None and name not in found:
            found.add(name)
            waiting += [each for each, _ in packages[name].dependencies if each in packages]
    return found
