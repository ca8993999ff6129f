"""What speaks against deploying a lock: `envtool deploy` wants `--force` to go on over it."""

from collections.abc import Iterator

from envtool.domain.results import Failure, Result
from envtool.errors import ExitCode
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Source
from envtool.workflows.stale_lock import staleness


def doubts_of(home: Home, source: Source) -> Iterator[Failure]:
    """Why nobody should deploy `source`, each with what to do about it."""
    said = staleness(source.current, home.specs, home.project.catalog)
    if said:
        yield Failure(ExitCode.NO, said, hints=("lock again: `envtool lock`",))


def refused(doubts: tuple[Failure, ...], notes: tuple[str, ...]) -> Result:
    """The answer when nothing was deployed for `doubts`."""
    over = "or deploy it as it is: `envtool deploy --force`"
    *others, last = doubts
    return Result(
        command="deploy",
        headline=f"Not deployed: {doubts[0].message}",
        failures=(*others, last._replace(hints=(*last.hints, over))),
        notes=(*notes, "nothing was changed"),
    )
