"""What changed since an audit before: new, fixed, still open, rated otherwise.

Of an audit is kept what was open: `{"at": ..., "open": [{"manager", "package", "id", ...}]}`. It
stands under `data.audit` in a JSON report, and in a file of its own beside the project.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from envtool.domain.auditing.hits import certain
from envtool.domain.auditing.standings import Hit, Standing, State
from envtool.domain.auditing.words import called
from envtool.domain.json_text import JsonTextError, value_of
from envtool.domain.results import Json

VERSION = 1
# The highest base score of CVSS.
_WORST = 10


class StateError(JsonTextError):
    """A text is no report of an audit before; the message says why."""


class Key(NamedTuple):
    """What makes two vulnerabilities the same one; a version is none of it."""

    manager: str
    package: str
    id: str


class Open(NamedTuple):
    """A vulnerability as it was on the day: the version of its package, and how it was rated."""

    version: str
    score: float | None = None
    known: bool = False


class Before(NamedTuple):
    """An audit before: when, and what was open then."""

    at: str
    open: Mapping[Key, Open]


class News(NamedTuple):
    """What changed; everything in a fixed order.

    Attributes:
        at: when the audit before was.
        new: what was not open then.
        fixed: what was, and is not anymore, for its package was looked at again or is gone; what
            a VEX document has settled since then is no fix, and none of these.
        still: what is open as before.
        rated: those of `still` that are rated otherwise: the key, and both ratings.
        untold: what was open, and could not be looked at again.
    """

    at: str
    new: tuple[Key, ...]
    fixed: tuple[Key, ...]
    still: tuple[Key, ...]
    rated: tuple[tuple[Key, Open, Open], ...]
    untold: tuple[Key, ...]


def open_now(standings: Iterable[Standing], before: Mapping[Key, Open]) -> dict[Key, Open]:
    """What is open, waived or not; by the id that it had `before`, which may be an alias now."""
    return {
        _key(each, hit, before): _open(each, hit) for each in standings for hit in certain(each)
    }


def _key(standing: Standing, hit: Hit, before: Mapping[Key, Open]) -> Key:
    manager, name, _ = standing.subject.key
    keys = [Key(manager, name, each) for each in (called(hit), *hit.ids)]
    return next((each for each in keys if each in before), keys[0])


def _open(standing: Standing, hit: Hit) -> Open:
    return Open(standing.subject.version, hit.score, hit.exploitation.known)


def news(before: Before, standings: Iterable[Standing]) -> News:
    """What changed since `before`."""
    standings = tuple(standings)
    now = open_now(standings, before.open)
    blind = {
        (each.subject.manager, each.subject.name)
        for each in standings
        if each.state is State.NOT_AUDITED
    }
    settled = {
        Key(each.subject.manager, each.subject.name, id_)
        for each in standings
        for hit in each.hits
        if hit.suppressed
        for id_ in hit.ids
    }
    gone = [key for key in before.open if key not in now and key not in settled]
    still = sorted(key for key in now if key in before.open)
    rated = [
        (key, before.open[key], now[key]) for key in still if before.open[key][1:] != now[key][1:]
    ]
    return News(
        at=before.at,
        new=tuple(sorted(key for key in now if key not in before.open)),
        fixed=tuple(sorted(key for key in gone if key[:2] not in blind)),
        still=tuple(still),
        rated=tuple(rated),
        untold=tuple(sorted(key for key in gone if key[:2] in blind)),
    )


def kept(standings: Iterable[Standing], before: Before | None) -> dict[Key, Open]:
    """What to keep for the next time; what could not be looked at again stays open."""
    standings = tuple(standings)
    now = open_now(standings, {})
    if before is None:
        return now
    return {**{key: before.open[key] for key in news(before, standings).untold}, **now}


def described_open(entries: Mapping[Key, Open], at: datetime) -> dict[str, Json]:
    """As JSON keeps it."""
    listed: list[Json] = [
        {
            "manager": key.manager,
            "package": key.package,
            "version": each.version,
            "id": key.id,
            "score": each.score,
            "known_exploited": each.known,
        }
        for key, each in sorted(entries.items())
    ]
    return {"at": at.isoformat(timespec="seconds"), "open": listed}


def read_before(data: bytes) -> Before:
    """The audit before in a JSON report of `envtool audit`, or in its own file.

    Raises `JsonTextError` when it is neither.
    """
    document = value_of(data)
    audit = _below(_below(document, "data"), "audit") or _below(document, "audit")
    entries = _below(audit, "open")
    at = _below(audit, "at")
    if not isinstance(entries, list) or not isinstance(at, str):
        raise StateError("it is no JSON report of `envtool audit`")
    return Before(at, dict(map(_entry, entries)))


def _below(value: Any, key: str) -> Any:  # noqa: ANN401 - JSON
    return value.get(key) if isinstance(value, dict) else None


def _entry(item: Any) -> tuple[Key, Open]:  # noqa: ANN401 - JSON
    texts = [_below(item, name) for name in ("manager", "package", "id", "version")]
    score = _below(item, "score")
    if not all(isinstance(each, str) for each in texts):
        raise StateError("what was open has a wrong shape")
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    manager, package, id_, version = texts
    rating = float(score) if is_number and 0 <= score <= _WORST else None
    return Key(manager, package, id_), Open(version, rating, item.get("known_exploited") is True)
