"""`envtool rollback`: the environment as it was, in one step."""

from collections.abc import Callable
from dataclasses import dataclass

from envtool.domain.generations import Generation, chosen
from envtool.domain.results import Failure, Json, Result
from envtool.errors import IntegrityError, UsageError
from envtool.ports import Tools
from envtool.ports_installing import PrefixKind
from envtool.workflows.install_home import find_home
from envtool.workflows.install_source import generation_source
from envtool.workflows.install_terms import How, Made, NotWholeError, Step
from envtool.workflows.installation import Installation, check_files
from envtool.workflows.installed_state import adopt_if_needed
from envtool.workflows.prefixes import Where, prefix_of, shown

_WAIT = 600.0
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """Where to go back to.

    Attributes:
        folder: of the project, or below it.
        where: the prefix.
        to: a generation by number, date, lock or commit; None is the one before.
        how: in which way it is built, when its tree is gone.
        say: is told on whom it waits.
        dry_run: say what would be done, and do nothing.
        force: go on over what somebody changed in the prefix by hand.
    """

    folder: str
    where: Where
    to: str | None
    how: How
    say: Callable[[str], None]
    dry_run: bool = False
    force: bool = False


def generations(tools: Tools, folder: str, where: Where) -> Result:
    """What there is to go back to; raises `EnvtoolError`."""
    prefix = _prefix(tools, folder, where)
    found = tools.prefixes().generations(prefix)
    current = tools.prefixes().current(prefix)
    name = shown(tools, prefix)
    number = "1 generation" if len(found) == 1 else f"{len(found)} generations"
    return Result(
        command="rollback",
        headline=f"{number} of `{name}`" if found else f"`{name}` has no past",
        data={
            "prefix": prefix,
            "generations": [_described(tools, prefix, each, current) for each in found],
        },
    )


def rollback(tools: Tools, request: RollbackRequest) -> Result:
    """Put a generation from before in the place of the one that is there.

    Its kept tree where that is still what it was, and else one that is built from the same
    packages. Raises `EnvtoolError`; the environment is as it was then.
    """
    clock = request.how.clock
    started = clock()
    prefix = _prefix(tools, request.folder, request.where)
    prefixes = tools.prefixes()
    with prefixes.exclusive(prefix, wait=_WAIT, say=request.say) as notes:
        _check_place(tools, prefix)
        current = prefixes.current(prefix)
        found = chosen(prefixes.generations(prefix), current, request.to)
        if found.number == current:
            raise UsageError(
                f"generation {current} is the one in place",
                hints=("see the others: `envtool rollback --list`",),
            )
        if request.dry_run:
            return _planned(tools, prefix, found, notes)
        adopted = adopt_if_needed(tools, prefix, request.how.now, force=request.force)
        steps: list[Step] = []
        log = prefixes.log(prefix, "rollback", {"to": found.number, "from": current})
        try:
            done = _go(tools, request, prefix, found, steps)
        except NotWholeError as error:
            prefixes.log(prefix, "failed", {"check": error.what, "said": error.said})
            return Result(
                command="rollback",
                headline=f"Not rolled back: {error}",
                failures=(
                    Failure(
                        error.code, error.what, hints=(f"see what was done: {shown(tools, log)}",)
                    ),
                ),
                notes=(*notes, f"`{shown(tools, prefix)}` is as it was before"),
            )
        seconds = clock() - started
        prefixes.log(prefix, "rolled back", {"to": found.number, "seconds": round(seconds, 2)})
    name = shown(tools, prefix)
    before = f", from {current}" if current is not None else ""
    return Result(
        command="rollback",
        headline=f"Rolled back `{name}` to generation {found.number}{before} in {seconds:.1f} s",
        notes=(*notes, *adopted, *(done.notes if done else ())),
        data={
            "prefix": prefix,
            "from": current,
            "to": found.number,
            "built": done is not None,
            "seconds": round(seconds, 3),
            "steps": [each._asdict() for each in (done.steps if done else steps)],
            "log": log,
        },
    )


def _go(
    tools: Tools, request: RollbackRequest, prefix: str, found: Generation, steps: list[Step]
) -> Made | None:
    """Put the tree of a generation in place; None when it did not have to be built."""
    prefixes = tools.prefixes()
    if not prefixes.has_tree(prefix, found.number):
        home = find_home(tools, request.folder)
        source = generation_source(tools, prefix, found)
        return Installation(tools, home, prefix, source, request.how).run()
    clock = request.how.clock
    started = clock()
    _check_tree(tools, prefix, found.number)
    prefixes.replace(prefix, found.number, staged=False, checked=False)
    swapped = clock()
    try:
        check_files(tools, prefix)
    except BaseException:
        prefixes.undo(prefix)
        raise
    prefixes.finish(prefix)
    steps.append(Step("swap", "", round(swapped - started, 3)))
    steps.append(Step("verify", "every file hashed", round(clock() - swapped, 3)))
    return None


def _check_tree(tools: Tools, prefix: str, number: int) -> None:
    changed = tools.prefixes().changed(prefix, number)
    if changed:
        some = ", ".join(f"`{each}`" for each in changed[:_SHOWN])
        rest = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise IntegrityError(
            f"the kept tree of generation {number} is not what it was: {some}{rest}",
            hints=(f"build it again from its packages: `envtool recreate --generation {number}`",),
        )


def _planned(tools: Tools, prefix: str, found: Generation, notes: tuple[str, ...]) -> Result:
    has_tree = tools.prefixes().has_tree(prefix, found.number)
    how = "its tree is kept" if has_tree else "its tree is gone, and would be built again"
    return Result(
        command="rollback",
        headline=f"Would roll back `{shown(tools, prefix)}` to generation {found.number}: {how}",
        notes=(*notes, "nothing was changed"),
        data={"prefix": prefix, "to": found.number, "built": not has_tree},
    )


def _prefix(tools: Tools, folder: str, where: Where) -> str:
    home = find_home(tools, folder)
    return tools.prefixes().real(prefix_of(tools, home.folder, where))


def _check_place(tools: Tools, prefix: str) -> None:
    kind = tools.prefixes().kind(prefix)
    if kind not in {PrefixKind.PREFIX, PrefixKind.MISSING, PrefixKind.EMPTY}:
        raise UsageError(
            f"`{prefix}` is {kind.value}", hints=("name another prefix: `-p PATH` or `-n NAME`",)
        )


def _described(tools: Tools, prefix: str, each: Generation, current: int | None) -> dict[str, Json]:
    return {
        "number": each.number,
        "created": each.created.isoformat(timespec="seconds"),
        "origin": each.origin,
        "environment": each.environment,
        "lock": each.lock,
        "revision": each.revision,
        "packages": len(each.packages),
        "tree": tools.prefixes().has_tree(prefix, each.number),
        "current": each.number == current,
    }
