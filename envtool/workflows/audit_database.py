"""`envtool audit db`: the database of advisories, made new and looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from envtool.domain.auditing.sources import FILES, Sources
from envtool.domain.auditing.standings import SourceState
from envtool.domain.results import Failure, Json, Result
from envtool.errors import ExitCode, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.policy_files import load_policy
from envtool.workflows.projects import policy_home

_UPDATE = "envtool audit db update"
_STATUS = "envtool audit db status"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseRequest:
    """Which database of advisories is meant.

    Attributes:
        folder: a project, whose policy may name other sources; it may stand further up.
        now: the moment of the question.
    """

    folder: str
    now: datetime


def update_database(
    tools: Tools,
    request: DatabaseRequest,
    say: Callable[[str], None],
    brought: str | None = None,
) -> Result:
    """Fetch what is new of every source, or take it from the folder `brought`.

    A source that fails becomes a failure of the result. Raises `PolicyError`, and what
    `ports_auditing.AdvisoryDatabase.update` raises.
    """
    database = tools.advisory_database(_sources(tools, request))
    states, names = database.update(say, brought)
    read = [each for each in states if each.name not in names]
    failed = [each for each in states if each.name in names]
    return Result(
        command="audit db update",
        headline=_updated(read, failed),
        failures=tuple(map(_failure, failed)),
        # What is wrong with a few records of a file that was read.
        notes=tuple(f"{each.name}: {each.error}" for each in read if each.error),
        data=_data(states, request.now),
    )


def database_status(tools: Tools, request: DatabaseRequest) -> Result:
    """What the database has, source by source.

    Raises `PolicyError`, and `IntegrityError` when it is damaged.
    """
    states = tools.advisory_database(_sources(tools, request)).status()
    missing = [name for name in FILES if name not in {each.name for each in states if each.fetched}]
    none = Failure(
        code=ExitCode.UNAVAILABLE,
        message=f"there is no data of {', '.join(missing)}",
        hints=(f"fetch it: `{_UPDATE}`",),
    )
    return Result(
        command="audit db status",
        headline=_status(states, request.now),
        failures=(none,) if missing else (),
        notes=tuple(f"{each.name}: {each.error}" for each in states if each.error),
        data=_data(states, request.now),
    )


def _sources(tools: Tools, request: DatabaseRequest) -> Sources:
    folder = request.folder
    if tools.files.kind(folder) is not FileKind.FOLDER:
        raise UsageError(f"`{folder}` is no folder", hints=("name the folder of a project",))
    return Sources.of(load_policy(tools, policy_home(tools, folder)).policy.audit_sources)


def _failure(state: SourceState) -> Failure:
    kept = "there is no data of it"
    if state.fetched:
        kept = f"what was fetched on {state.fetched:%Y-%m-%d} stays"
    return Failure(code=ExitCode.UNAVAILABLE, message=f"{state.name}: {state.error}; {kept}")


def _updated(read: list[SourceState], failed: list[SourceState]) -> str:
    count = f"{_records(read)} records of {len(read)} of {len(read) + len(failed)} sources"
    if failed:
        names = ", ".join(each.name for each in failed)
        return f"Incomplete: read {count}; {names} could not be read"
    return f"Updated the database of advisories: {count}"


def _status(states: tuple[SourceState, ...], now: datetime) -> str:
    fetched = [each.fetched for each in states if each.fetched]
    if not fetched:
        return "Missing: there is no database of advisories on this machine"
    count = f"{_records(states)} records of {len(fetched)} of {len(FILES)} sources"
    days = (now - min(fetched)).days
    age = f"{days} day{'s' if days > 1 else ''} ago" if days > 0 else "within a day"
    return f"Database of advisories: {count}, the oldest fetched {age}"


def _records(states: Iterable[SourceState]) -> str:
    return f"{sum(each.records or 0 for each in states):,}"


def _data(states: tuple[SourceState, ...], now: datetime) -> dict[str, Json]:
    return {"now": now.isoformat(), "sources": [_json(each) for each in _ordered(states)]}


def _ordered(states: tuple[SourceState, ...]) -> list[SourceState]:
    order = list(FILES)
    return sorted(states, key=lambda each: order.index(each.name))


def _json(state: SourceState) -> Json:
    return {
        "name": state.name,
        "url": state.url,
        "fetched": _moment(state.fetched),
        "published": _moment(state.published),
        "records": state.records,
        "error": state.error,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
