"""What speaks against deploying a lock: `envtool deploy` wants `--force` to go on over it."""

from collections.abc import Iterator

from envtool.domain.evidence import Evidence, lock_hash
from envtool.domain.results import Failure, Result
from envtool.errors import EnvtoolError, ExitCode
from envtool.ports import Tools
from envtool.workflows.evidence_files import find_evidence
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Source
from envtool.workflows.stale_lock import staleness

_TEST = "test it: `envtool test`"


def doubts_of(tools: Tools, home: Home, source: Source) -> Iterator[Failure]:
    """Why nobody should deploy `source`, each with what to do about it.

    What was installed before is not doubted: it is what one goes back to.
    """
    said = staleness(source.current, home.specs, home.project.catalog)
    if said:
        yield Failure(ExitCode.NO, said, hints=("lock again: `envtool lock`",))
    if source.generation is None:
        try:
            evidence = _evidence(tools, home, source)
        except EnvtoolError as error:
            yield Failure.of(error)
        else:
            yield from _failed(evidence)


def _failed(evidence: Evidence | None) -> Iterator[Failure]:
    found = evidence.failed if evidence is not None else ()
    for environment, check in found[:1]:
        more = f" (and {len(found) - 1} more)" if found[1:] else ""
        what = f"{check.kind} of {environment}: {check.name}: {check.said}"
        message = f"the lock has failed its test: {what}{more}"
        yield Failure(ExitCode.NO, message, hints=("mend that, and test again: `envtool test`",))


def untested_notes(tools: Tools, home: Home, source: Source) -> Iterator[str]:
    """Says so when nobody has tested the lock of the project for what is deployed of it.

    To be asked when there is no doubt: raises `EnvtoolError` for evidence that was edited.
    """
    if source.current is None:
        return
    evidence, platform = _evidence(tools, home, source), tools.desk().platform()
    if evidence is None:
        yield f"the lock was not tested on {platform}; {_TEST}"
    elif evidence.missing((source.environment,)):
        yield f"`{source.environment}` of the lock was not tested on {platform}; {_TEST}"


def _evidence(tools: Tools, home: Home, source: Source) -> Evidence | None:
    """What is known of the lock on this machine; raises `EnvtoolError` for what was edited."""
    now = source.current
    digest = source.lock if now is None else lock_hash(now.text.encode())
    return find_evidence(tools, home.folder, digest, tools.desk().platform())


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
