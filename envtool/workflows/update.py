"""`envtool update`: solves for newer versions, and puts what comes out beside the project.

Nothing of the project changes. `envtool export` accepts the candidate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from envtool.domain.plan import plan
from envtool.domain.plan_json import described, headline
from envtool.domain.results import Failure, Result
from envtool.errors import ExitCode, UsageError
from envtool.ports import Tools
from envtool.workflows.lock import written_packages
from envtool.workflows.lock_held import held_records
from envtool.workflows.lock_inputs import Inputs, read_inputs
from envtool.workflows.locking import Held, NoSolutionError, solve_project
from envtool.workflows.pip_section import NoPipSolutionError, no_pip_solution
from envtool.workflows.projects import find_targets
from envtool.workflows.spec_files import LOCK_FILE
from envtool.workflows.turn import project_turn, told_on_interrupt
from envtool.workflows.update_aim import Aim
from envtool.workflows.update_choice import Choice, chosen, newest_build
from envtool.workflows.update_news import newer_beyond
from envtool.workflows.update_outcome import Asked, candidate_of, keep, locked, rewritten
from envtool.workflows.update_rounds import Found, Rounds

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """What to update, and under which circumstances.

    Attributes:
        folder: of the project, or below it.
        choice: the packages, and how far they may go.
        now: the moment from which a cooldown counts, and the day of the policy.
        say: is told on whom it waits.
        as_of: builds after that day do not count.
        dry_run: write nothing.
    """

    folder: str
    choice: Choice
    now: datetime
    say: Callable[[str], None]
    as_of: date | None = None
    dry_run: bool = False

    @property
    def command(self) -> str:
        """How to ask for the same again."""
        as_of = f" --as-of {self.as_of}" if self.as_of else ""
        return f"{self.choice.command}{as_of}"

    @property
    def asked(self) -> Asked:
        """What the candidate is made for."""
        return Asked(
            folder=self.folder,
            today=self.now.date(),
            command=self.command,
            dry_run=self.dry_run,
        )


def update(tools: Tools, request: UpdateRequest) -> Result:
    """Make a candidate, and say what it changes.

    Raises `EnvtoolError` when something can not be read, reached or written; where nothing
    satisfies the files, that is a failure of the result.
    """
    root = find_targets(tools, (request.folder,), recursive=False)[0].folder
    if request.dry_run:
        return _update(tools, request)
    told = told_on_interrupt("environment files and lock are as they were")
    with told, project_turn(tools, root, request.say) as notes:
        result = _update(tools, request)
        return replace(result, notes=(*notes, *result.notes))


def _update(tools: Tools, request: UpdateRequest) -> Result:
    inputs = read_inputs(tools, request.folder, request.now.date())
    if inputs.old is None:
        raise UsageError("there is no lock to update", hints=("make one: `envtool lock`",))
    aim, held = _aim(inputs, request), held_records(tools, inputs)
    try:
        found = Rounds(tools, inputs, held, aim).found()
        texts = locked(tools, request.asked, found, aim.newest)
    except NoSolutionError:
        return _unsatisfiable(tools, inputs, held, aim)
    except NoPipSolutionError as error:
        return replace(no_pip_solution(error.conflicts), command="update", data={})
    packages = written_packages(tools, texts[LOCK_FILE])
    made = plan(inputs.locked, packages, inputs.project)
    lines = tuple(rewritten(inputs, found))
    data = described(made, lines, inputs.platforms) | {
        "level": aim.level.value,
        "newest": aim.newest.isoformat() if aim.newest else None,
        "left": [
            {"manager": manager, "name": name, "reason": reason}
            for (manager, name), reason in sorted(found.left.items())
        ],
    }
    result = Result(
        command="update", headline=headline(made), data={"plan": data}, notes=tuple(_left(found))
    )
    result = replace(result, notes=(*result.notes, *_beyond(tools, inputs, found, aim)))
    if not made.changes and not lines:
        return replace(result, headline=_nothing(found, aim))
    candidate = candidate_of(tools, inputs, request.asked, found, texts)
    kept = keep(tools, inputs, request.asked, candidate, data)
    return replace(result, notes=(*result.notes, kept))


def _aim(inputs: Inputs, request: UpdateRequest) -> Aim:
    cooldown = inputs.project.policy.cooldown_days
    return Aim(
        packages=chosen(inputs, request.choice),
        named=not request.choice.everything,
        level=request.choice.level,
        newest=newest_build(request.now, request.as_of, cooldown),
    )


def _nothing(found: Found, aim: Aim) -> str:
    if not found.ranges:
        return "Nothing to update: what was asked for is left alone"
    number = len({(manager, name) for manager, _, name in found.ranges})
    what = "1 package is" if number == 1 else f"{number} packages are"
    until = f" of {aim.newest:%Y-%m-%d}" if aim.newest else ""
    return f"Nothing to update: {what} as new as `--level {aim.level}`{until} and your files allow"


def _left(found: Found) -> Iterator[str]:
    """What is left alone, the packages of one reason together."""
    reasons: dict[str, list[str]] = {}
    for (_, name), reason in sorted(found.left.items()):
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        yield f"left alone: {_some(names)}: {reason}"


def _beyond(tools: Tools, inputs: Inputs, found: Found, aim: Aim) -> Iterator[str]:
    """What of the direct dependencies is newer than the level lets it be."""
    newer = newer_beyond(tools, inputs, found, aim)
    if newer:
        some = [f"{name} {version}" for name, version in newer.items()]
        yield f"newer, and beyond `--level {aim.level}`: {_some(some)}"


def _some(names: list[str]) -> str:
    shown = ", ".join(f"`{each}`" for each in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _unsatisfiable(tools: Tools, inputs: Inputs, held: Held, aim: Aim) -> Result:
    """Why: what is wrong with the files goes before what an update adds to them."""
    from envtool.workflows.unsolved import no_solution

    for newest in dict.fromkeys((None, aim.newest)):
        try:
            solve_project(tools, inputs, held, newest)
        except NoSolutionError as error:
            return no_solution(tools, inputs, error.unsolved, "update")
    message = f"no environment has all that is asked for within `--level {aim.level.value}`"
    hints = ("let it go further: `--level major`, or take what the files allow: `envtool lock`",)
    return Result(
        command="update",
        headline=f"Unsatisfiable: {message}",
        failures=(Failure(ExitCode.UNSATISFIABLE, message, hints=hints),),
        notes=("nothing was written",),
    )
