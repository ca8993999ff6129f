"""What an audit could say nothing about, for which reason, and how old its sources are."""

import re
from collections.abc import Iterable
from datetime import datetime

from envtool.domain.auditing.standing import kind
from envtool.domain.auditing.standings import SourceState, Standing, State

# What stands before the reason, in messages of `adapters.downloads` and those around it.
_ADDRESS = re.compile(r"^(?:what )?`[^`]*` (?:can not be fetched|sends can not be used): ")


def not_audited(standings: Iterable[Standing]) -> dict[str, list[Standing]]:
    """What was not audited by the reason for it, the most frequent one first."""
    reasons: dict[str, list[Standing]] = {}
    for each in standings:
        if each.state is State.NOT_AUDITED:
            reasons.setdefault(kind(each), []).append(each)
    return dict(sorted(reasons.items(), key=lambda each: (-len(each[1]), each[0])))


def missing(sources: Iterable[SourceState]) -> tuple[SourceState, ...]:
    """Those that could not be used, and that no data from before stands in for."""
    return tuple(each for each in sources if each.error and each.fetched is None)


def brief(error: str) -> str:
    """Why a source failed, without the address, which reports have beside it."""
    return _ADDRESS.sub("", error)


def age(source: SourceState, now: datetime) -> int | None:
    """How many days ago its data was fetched or confirmed; None without data."""
    return None if source.fetched is None else max((now - source.fetched).days, 0)


def stale(sources: Iterable[SourceState], now: datetime, days: int) -> tuple[SourceState, ...]:
    """Those whose data is older than `days`."""
    return tuple(each for each in sources if (age(each, now) or 0) > days)


def days_old(days: int) -> str:
    """An age in words, from one day on."""
    return f"{days} day{'s' if days > 1 else ''} old"
