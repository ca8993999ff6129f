"""`envtool lock`: makes the lock satisfy the environment files, and moves as little as it can."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from envtool.domain.engine import Engine
from envtool.domain.lock_diff import counted, described, diff, fold
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import LockedPackage
from envtool.domain.results import Failure, Result
from envtool.errors import ExitCode
from envtool.ports import Tools
from envtool.workflows.lock_current import is_current
from envtool.workflows.lock_engine import (
    Engined,
    NoEngineSolutionError,
    lock_with_engine,
    no_engine_solution,
)
from envtool.workflows.lock_held import held_records
from envtool.workflows.lock_inputs import Inputs, read_inputs, read_old
from envtool.workflows.lock_merge import merge_data, merge_notes, merged_old
from envtool.workflows.lock_texts import lock_head, lock_texts
from envtool.workflows.locking import NoSolutionError, solve_project
from envtool.workflows.pip_section import NoPipSolutionError, Whole, no_pip_solution, with_pip
from envtool.workflows.spec_files import LOCK_FILE
from envtool.workflows.turn import project_turn, told_on_interrupt


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """What to lock.

    Attributes:
        folder: of the project, or below it.
        today: the day on which the policy is read.
        platforms: instead of those that the files state.
        check: write nothing, and say whether anything would change.
        say: is told on whom it waits.
        merge: start from what the two sides of a merge come to, of which git left a conflict.
        engine: who solves.
    """

    folder: str
    today: date
    say: Callable[[str], None]
    platforms: tuple[str, ...] = ()
    check: bool = False
    merge: bool = False
    engine: Engine = Engine.RATTLER


def lock(tools: Tools, request: LockRequest) -> Result:
    """Lock the project, and say what changed.

    Raises `EnvtoolError` when something can not be read, reached or written; where nothing
    satisfies the files, that is a failure of the result.
    """
    with told_on_interrupt("the lock is as it was"):
        return _lock(tools, request)


def _lock(tools: Tools, request: LockRequest) -> Result:
    inputs = _inputs(tools, request)
    if request.check or (not request.merge and _is_settled(tools, inputs)):
        return _answer(tools, request, inputs)
    with project_turn(tools, inputs.folder, request.say) as notes:
        # Whoever had the turn before may have locked it.
        result = _answer(tools, request, _inputs(tools, request))
    return replace(result, notes=(*notes, *result.notes))


def _is_settled(tools: Tools, inputs: Inputs) -> bool:
    """Whether there is nothing to write, so that not even a turn is needed."""
    is_pending = tools.changes().is_pending(inputs.folder)
    return not is_pending and is_current(inputs, lock_head(tools, inputs))


def _inputs(tools: Tools, request: LockRequest) -> Inputs:
    reader = merged_old if request.merge else read_old
    return read_inputs(tools, request.folder, request.today, request.platforms, reader)


def _answer(tools: Tools, request: LockRequest, inputs: Inputs) -> Result:
    head = lock_head(tools, inputs)
    # A merged lock stands in no file yet.
    if not request.merge and is_current(inputs, head):
        return _up_to_date(inputs)
    try:
        whole, notes = _solved(tools, request, inputs)
    except NoEngineSolutionError as error:
        return no_engine_solution(error.reason)
    except NoSolutionError as error:
        from envtool.workflows.unsolved import no_solution

        return no_solution(tools, inputs, error.unsolved)
    except NoPipSolutionError as error:
        return no_pip_solution(error.conflicts)
    texts = lock_texts(tools, whole, head)
    if inputs.old is not None and texts == inputs.old.texts:
        return _up_to_date(inputs)
    if not request.check:
        tools.changes().commit(inputs.folder, texts)
    files = _files(inputs, texts)
    changed = _changed(inputs, written_packages(tools, texts[LOCK_FILE]), request, whole, files)
    return replace(changed, notes=(*changed.notes, *notes))


def _files(inputs: Inputs, texts: Mapping[str, str]) -> str:
    """The files that change, for people."""
    before = inputs.old.texts if inputs.old else {}
    return " and ".join(f"`{name}`" for name in texts if texts[name] != before.get(name))


def _solved(tools: Tools, request: LockRequest, inputs: Inputs) -> Engined:
    if request.engine is Engine.CONDA_LOCK:
        return lock_with_engine(tools, inputs)
    solved = solve_project(tools, inputs, held_records(tools, inputs))
    held = [each for each in inputs.locked if each.manager == "pip"]
    return Engined(with_pip(tools, inputs, solved, held))


def _up_to_date(inputs: Inputs) -> Result:
    headline = f"Up to date: {_counted(inputs, inputs.locked)}"
    return Result(command="lock", headline=headline, notes=_merged(inputs), data={"changes": []})


def _changed(
    inputs: Inputs,
    packages: tuple[LockedPackage, ...],
    request: LockRequest,
    whole: Whole,
    files: str,
) -> Result:
    """What was written, or with `--check` would be: the `files`."""
    merged = inputs.old.merged if inputs.old else None
    folded = fold(diff(inputs.locked, packages))
    counts = counted(folded)
    headline = f"Locked {_counted(inputs, packages)}"
    if request.check:
        headline = f"Out of date: {counts or f'no package would move, but {files} would change'}"
    elif inputs.old is not None:
        headline += f": {counts or f'no package moved, wrote {files}'}"
    return Result(
        command="lock",
        headline=headline,
        failures=(_stale(inputs, request.engine, request.platforms),) if request.check else (),
        notes=(*_notes(inputs, whole), *_merged(inputs)),
        # Of a first lock everything is new, and nobody reads that.
        data={"changes": described(folded, inputs.platforms) if inputs.old else []}
        | ({"merged": merge_data(merged)} if merged else {}),
    )


def _counted(inputs: Inputs, packages: tuple[LockedPackage, ...]) -> str:
    platforms = inputs.platforms
    where = platforms[0] if len(platforms) == 1 else f"{len(platforms)} platforms"
    number = len({(each.name, each.platform, each.manager) for each in packages})
    return f"{number} package{'s' if number != 1 else ''} for {where}"


def written_packages(tools: Tools, text: str) -> tuple[LockedPackage, ...]:
    """What a reader finds in the text of a lock."""
    found = read_lock(text, LOCK_FILE, tools.yaml.parse)
    return found.packages if found else ()


def _stale(inputs: Inputs, engine: Engine, asked: tuple[str, ...]) -> Failure:
    again = "envtool lock" if engine is Engine.RATTLER else f"envtool lock --engine {engine}"
    again += "".join(f" --platform {each}" for each in asked)
    if inputs.old is None:
        return Failure(ExitCode.NO, f"there is no `{LOCK_FILE}`", hints=(f"make it: `{again}`",))
    what = "the lock is not what the environment files make"
    again += " --merge" if inputs.old.merged else ""
    return Failure(ExitCode.NO, what, hints=(f"bring it up to date: `{again}`",))


def _notes(inputs: Inputs, whole: Whole) -> Iterator[str]:
    if inputs.platforms_from is None:
        name = inputs.specs[0].path
        yield (
            f"locked for this machine alone, since `{name}` lists no `platforms:`; or name them:"
            " `envtool lock --platform linux-64 --platform osx-arm64`"
        )
    before = inputs.old.head.platforms if inputs.old else ()
    if gone := [each for each in before if each not in inputs.platforms]:
        why = "; `--platform` names all that are" if inputs.platforms_from == "--platform" else ""
        yield f"not locked anymore: {', '.join(gone)}{why}"
    for platform, names in whole.conda.costs.items():
        number = "1 package" if len(names) == 1 else f"{len(names)} packages"
        some = ", ".join(f"`{each}`" for each in names[:5])
        yield f"development changed {number} of production on {platform}: {some}"
    if whole.taken:
        some = ", ".join(f"`{each}`" for each in sorted(whole.taken))
        yield f"production takes {some} from conda and not from pip, as development does"
    if inputs.channels.unchecked:
        yield f"{inputs.channels.unchecked}: certificates of servers are not checked"


def _merged(inputs: Inputs) -> tuple[str, ...]:
    """What there is to say of a merge, where there was one."""
    merged = inputs.old.merged if inputs.old else None
    return tuple(merge_notes(merged)) if merged else ()
