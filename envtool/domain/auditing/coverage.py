"""How much an audit could say something about, and what not, for which reason."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from envtool.domain.auditing.standing import kind
from envtool.domain.auditing.standings import SourceState, Standing, State

_PERCENT = 100
# What stands before the reason, in messages of `adapters.downloads` and those around it.
_ADDRESS = re.compile(r"^(?:what )?`[^`]*` (?:can not be fetched|sends can not be used): ")


class Covered(NamedTuple):
    """So many of so many packages were audited."""

    audited: int
    total: int

    @property
    def percent(self) -> int:
        """In percent, rounded down: 100 is all of them."""
        return self.audited * _PERCENT // self.total if self.total else 0

    def reaches(self, percent: int) -> bool:
        """Whether it is as much as `percent` of all."""
        return self.audited * _PERCENT >= percent * self.total

    def __str__(self) -> str:
        """As headlines have it."""
        return f"audited {self.audited} of {self.total} package{'s' if self.total != 1 else ''}"


def covered(standings: Iterable[Standing]) -> Covered:
    """How many packages were audited."""
    states = [each.state for each in standings]
    return Covered(sum(each is not State.NOT_AUDITED for each in states), len(states))


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
