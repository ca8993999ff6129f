"""`envtool recreate`: log -> clean -> recreate -> verify, and no instant without an environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from envtool.domain.results import Failure, Json, Result
from envtool.ports import Tools
from envtool.workflows.install_home import check_source_home, find_home
from envtool.workflows.install_place import Target, check_place, settled, source_of
from envtool.workflows.install_source import Choice
from envtool.workflows.install_terms import How, Made
from envtool.workflows.installation import Installation
from envtool.workflows.installed_checks import checked_in_place
from envtool.workflows.installed_state import adopt_if_needed, both
from envtool.workflows.layer_checks import NotWholeError
from envtool.workflows.prefixes import Where, prefix_of, shown
from envtool.workflows.stale_lock import stale_notes
from envtool.workflows.turn import told_on_interrupt

# Another run may fetch gigabytes.
_WAIT = 600.0
# What is told of `Linked`.
_CACHE = ("hits", "fetched", "downloaded", "stored")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecreateRequest:
    """What to make.

    Attributes:
        folder: of the project, or below it.
        where: the prefix.
        choice: where the packages are read.
        how: in which way it is built.
        say: is told on whom it waits.
        keep: how many trees from before are kept beside the prefix.
        force: go on over what somebody changed in the prefix by hand.
    """

    folder: str
    where: Where
    choice: Choice
    how: How
    say: Callable[[str], None]
    keep: int = 2
    force: bool = False


def recreate(tools: Tools, request: RecreateRequest) -> Result:
    """Build an environment anew beside the old one, and put it in its place when it is whole.

    Raises `EnvtoolError`; the old environment is as it was then.
    """
    clock = request.how.clock
    started = clock()
    home = find_home(tools, request.folder)
    prefixes = tools.prefixes()
    prefix = prefixes.real(prefix_of(tools, home.folder, request.where))
    check_source_home(tools, home, request.where, prefix, request.choice)
    with prefixes.exclusive(prefix, wait=_WAIT, say=request.say) as ended:
        with told_on_interrupt(f"`{shown(tools, prefix)}` is as it was before"):
            check_place(tools, prefix)
            notes = (*ended, *settled(tools, home, prefix, request.say))
            target = Target(prefix, request.where.environment)
            source = source_of(tools, home, target, request.choice, request.how.progress)
            notes += (*stale_notes(source.current, home.specs, home.project.catalog),)
            log = prefixes.log(
                prefix, "recreate", {"from": source.origin, "lock": source.lock, "prefix": prefix}
            )
            stood = adopt_if_needed(tools, prefix, request.how.now, force=request.force)
            installation = Installation(tools, home, prefix, source, request.how)
            try:
                done = installation.run(
                    checked_in_place(tools, home, prefix, source, request.how.now)
                )
            except NotWholeError as error:
                prefixes.log(prefix, "failed", {"check": error.what, "said": error.said})
                return _failed(shown(tools, prefix), error, shown(tools, log), notes)
            except BaseException as error:
                prefixes.log(prefix, "failed", {"error": f"{type(error).__name__}: {error}"})
                error.add_note(f"What was done is logged in {shown(tools, log)}")
                raise
        stood = both(stood, done.stood)
        prefixes.prune(prefix, request.keep, stood.lacking)
        seconds = clock() - started
        facts = _facts(done, seconds, request.how.memory())
        prefixes.log(prefix, "recreated", facts)
    result = _answer(prefix, done, facts | {"log": log}, (*notes, *stood.notes))
    return replace(result, headline=result.headline.replace(prefix, shown(tools, prefix)))


def _failed(prefix: str, error: NotWholeError, log: str, notes: tuple[str, ...]) -> Result:
    return Result(
        command="recreate",
        headline=f"Not recreated: {error}",
        failures=(Failure(error.code, error.what, hints=(f"see what was done: {log}",)),),
        notes=(*notes, f"`{prefix}` is as it was before", *error.said.splitlines()[-5:]),
    )


def _facts(done: Made, seconds: float, memory: int) -> dict[str, Json]:
    """What is recorded of a run that did what it had to."""
    return {
        "generation": done.number,
        "packages": len(done.source.conda) + len(done.source.pip),
        "from": done.source.origin,
        "seconds": round(seconds, 3),
        "steps": [each._asdict() for each in done.steps],
        "cache": {name: getattr(done.linked, name) for name in _CACHE},
        "disk": dict(done.disk._asdict()),
        "memory": memory,
        "swap": done.rung,
        "checked": "before" if done.was_checked else "after",
    }


def _answer(prefix: str, done: Made, facts: Mapping[str, Json], notes: tuple[str, ...]) -> Result:
    packages = "1 package" if facts["packages"] == 1 else f"{facts['packages']} packages"
    came = f"{packages} from {done.source.origin} in {facts['seconds']:.1f} s"
    return Result(
        command="recreate",
        headline=f"Recreated `{prefix}`: {came}",
        notes=(*notes, *done.notes),
        data={"prefix": prefix, **facts},
    )
