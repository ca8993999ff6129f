"""The advisories that are kept on this machine: one SQLite file in the user's cache.

`DatabaseAdvisories` answers from it; `advisory_writer.DatabaseWriter` makes it, and its module
says how. The file is never changed in place, so readers need no lock.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from envtool.adapters.advisory_rows import DAMAGED, unpacked
from envtool.adapters.advisory_schema import damaged, kept_sources, opened
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.standings import Exploitation, Lookup, SourceState
from envtool.ports_auditing import Question

_ADVISORIES = (
    "SELECT body FROM product JOIN advisory USING (source, id) WHERE ecosystem = ? AND name = ?"
)
_BY_ID = "SELECT body FROM advisory WHERE source = ? AND id = ?"
_NAMES = "SELECT key, value FROM fact WHERE source = 'names'"
_FACTS = "SELECT source, value FROM fact WHERE source IN ('kev', 'epss') AND key = ?"

# The fewest that some SQLite allows as parameters of a statement is 999.
_AT_ONCE = 500


def database_states(path: str) -> tuple[SourceState, ...]:
    """What the database at `path` has, source by source; empty without one.

    Raises `IntegrityError` when it is damaged: every page and every index is looked at.
    """
    try:
        with opened(path) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if answer != "ok":
                raise damaged(path, answer)
            return tuple(each.state for each in kept_sources(connection).values())
    except FileNotFoundError:
        return ()


class _SplitLater(Mapping[str, tuple[str, ...]]):
    """Words by key; an audit looks up a few hundred of many thousand names."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return tuple(self._texts[key].split())

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class DatabaseAdvisories:
    """The port `Advisories` on the database at `path`.

    Without a database every source is named with an error. Raises `IntegrityError` when it is
    damaged.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def lookup(self, questions: Sequence[Question]) -> Lookup:
        """See `ports_auditing.Advisories.lookup`."""
        asked = dict.fromkeys(each.coordinate for each in questions)
        try:
            with opened(self._path) as connection:
                states = tuple(each.state for each in kept_sources(connection).values())
                there = {each.name for each in states if each.records is not None}
                found = {
                    each: self._advisories(connection, each)
                    for each in asked
                    if each.ecosystem.source in there
                }
                exploitation = _exploitation(connection, cves_of(found.values()))
        except FileNotFoundError:
            states, found, exploitation = (), {}, {}
        return Lookup(found, exploitation, (*states, *_missing(asked, states)))

    def names(
        self, packages: Collection[str] | None = None
    ) -> Mapping[str, tuple[str, ...]] | None:
        """See `ports_auditing.Advisories.names`."""
        try:
            with opened(self._path) as connection:
                if "names" not in kept_sources(connection):
                    return None
                if packages is None:
                    return _SplitLater(dict(connection.execute(_NAMES)))
                return _SplitLater(dict(_some_names(connection, list(packages))))
        except FileNotFoundError:
            return None

    def advisories(self, source: str, ids: Iterable[str]) -> dict[str, Advisory]:
        """Those of `ids` that `source` has, by id."""
        try:
            with opened(self._path) as connection:
                return dict(self._by_id(connection, source, ids))
        except FileNotFoundError:
            return {}

    def _by_id(
        self, connection: sqlite3.Connection, source: str, ids: Iterable[str]
    ) -> Iterator[tuple[str, Advisory]]:
        for each in ids:
            for (body,) in connection.execute(_BY_ID, (source, each)):
                yield each, self._unpacked(body, each)

    def exploitation(self, cves: Iterable[str]) -> dict[str, Exploitation]:
        """What KEV and EPSS say of `cves`; those that neither has are missing."""
        try:
            with opened(self._path) as connection:
                return _exploitation(connection, cves)
        except FileNotFoundError:
            return {}

    def _advisories(
        self, connection: sqlite3.Connection, coordinate: Coordinate
    ) -> tuple[Advisory, ...]:
        rows = connection.execute(_ADVISORIES, coordinate)
        return tuple(self._unpacked(body, coordinate.name) for (body,) in rows)

    def _unpacked(self, body: bytes, what: str) -> Advisory:
        try:
            return unpacked(body)
        except DAMAGED as error:
            raise damaged(self._path, f"an advisory on {what}") from error


def _missing(asked: Iterable[Coordinate], states: Sequence[SourceState]) -> list[SourceState]:
    """The sources of what was asked that the database does not have."""
    there = {each.name for each in states}
    names = dict.fromkeys(each.ecosystem.source for each in asked)
    return [
        SourceState(each, "", error="not in the database on this machine")
        for each in names
        if each not in there
    ]


def cves_of(found: Iterable[tuple[Advisory, ...]]) -> list[str]:
    """All CVEs that the advisories are about, sorted."""
    return sorted({cve for advisories in found for each in advisories for cve in each.cves})


def _some_names(connection: sqlite3.Connection, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        yield from connection.execute(f"{_NAMES} AND key IN ({','.join('?' * len(some))})", some)


def _exploitation(connection: sqlite3.Connection, cves: Iterable[str]) -> dict[str, Exploitation]:
    """What KEV and EPSS say of `cves`, as far as they are there."""
    said: dict[str, Exploitation] = {}
    for cve in cves:
        facts = dict(connection.execute(_FACTS, (cve,)))
        if facts:
            said[cve] = Exploitation("kev" in facts, facts.get("kev") or None, facts.get("epss"))
    return said
