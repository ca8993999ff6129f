"""Writes the database of advisories: a new file, put in place of the old one as a whole.

How the one who fetches uses it::

    with DatabaseWriter(path) as writer:
        old = writer.kept.get("osv:PyPI")          # state and tag of last time; None at first
        ...                                        # ask the server with `old.tag`
        writer.keep(state, tag)                    # it has nothing new, or failed (`state.error`)
        writer.replace_advisories(state, tag, advisories)
        writer.amend(state, tag)                   # what reading all of them has shown
        writer.replace_exploited(state, tag, [("CVE-2021-44228", "2021-12-24")])      # `kev`
        writer.replace_probabilities(state, tag, [("CVE-2021-44228", 0.94)])          # `epss`
        writer.replace_names(state, tag, [("pytorch", ("torch",)), ("zlib", ())])     # `names`
        states = writer.commit()

`state.name` says which source it is: `osv:PyPI`, `osv:Bitnami`, `openssl`, `curl` (that is
`Ecosystem.source`), `kev`, `epss`, `names`. `state.records` is counted here. What is neither
replaced nor kept stays as it was. When the rows of a source raise on the way, that source stays
as it was and the exception goes on, so that its caller may go on with the next one. Nothing
changes on disk before `commit`; leaving without it leaves the old file.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from glob import escape, glob
from types import TracebackType
from typing import Self

from envtool.adapters.advisory_rows import packed
from envtool.adapters.advisory_schema import (
    APPLICATION,
    TABLES,
    VERSION,
    Kept,
    address,
    damaged,
    kept_sources,
    opened,
)
from envtool.adapters.disk import token
from envtool.adapters.writing import ANOTHER_CACHE
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.standings import SourceState
from envtool.errors import IntegrityError, UnreadableError

# A draft of this age, in seconds, is nobody's work anymore.
_ABANDONED = 86400
_CLEAR = (
    "DELETE FROM main.source WHERE name = ?",
    "DELETE FROM main.advisory WHERE source = ?",
    "DELETE FROM main.product WHERE source = ?",
    "DELETE FROM main.fact WHERE source = ?",
)
_COPY = (
    "INSERT INTO main.advisory SELECT * FROM old.advisory WHERE source = ?",
    "INSERT INTO main.product SELECT * FROM old.product WHERE source = ?",
    "INSERT INTO main.fact SELECT * FROM old.fact WHERE source = ?",
)
_COUNT = (
    "SELECT (SELECT count(*) FROM main.advisory WHERE source = ?)"
    " + (SELECT count(*) FROM main.fact WHERE source = ?)"
)


class DatabaseWriter:
    """A new database in the making; see the module.

    Raises `UnreadableError` when it can not be written.

    Attributes:
        kept: what the old file has, by the name of the source; empty when there is none, or
            none that can be read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._draft = f"{path}.{token()}.tmp"
        self.kept = _old_sources(path)
        # What stays as it was until it is replaced.
        self._left = dict(self.kept)
        with _writing(path):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            _sweep(path)
            self._connection = sqlite3.connect(address(self._draft, "rwc"), uri=True)
            try:
                self._prepare()
            except BaseException:
                self.close()
                raise

    def _prepare(self) -> None:
        run = self._connection.execute
        self._connection.isolation_level = None
        # A crash leaves a draft that nobody opens: its journal need not survive.
        run("PRAGMA journal_mode=MEMORY")
        run("PRAGMA synchronous=OFF")
        run(f"PRAGMA application_id={APPLICATION}")
        run(f"PRAGMA user_version={VERSION}")
        self._connection.executescript(TABLES)
        if self.kept:
            run("ATTACH ? AS old", (address(self._path, "ro"),))
        run("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Throw away what was not committed."""
        self._connection.close()
        with suppress(FileNotFoundError):
            os.unlink(self._draft)

    def keep(self, state: SourceState, tag: str) -> None:
        """Leave the rows of the source as they are, and say `state` and `tag` of it.

        That is for one that has nothing new, and for one that failed, which `state` tells. One
        that never was here has no rows, and `records` None.
        """
        old = self.kept.get(state.name)
        records = old.state.records if old else None
        self._left[state.name] = Kept(state._replace(records=records), tag)

    def replace_advisories(
        self, state: SourceState, tag: str, advisories: Iterable[Advisory]
    ) -> None:
        """Put `advisories` in place of what the source had; of two with one id the last."""
        with self._replacing(state, tag):
            for each in advisories:
                self._add(each, state.name)

    def amend(self, state: SourceState, tag: str) -> None:
        """Say of a source that was replaced what is known only when all of it was read."""
        self._connection.execute(
            "UPDATE main.source SET published = ?, error = ?, tag = ? WHERE name = ?",
            (state.published and state.published.isoformat(), state.error, tag, state.name),
        )

    def _add(self, advisory: Advisory, source: str) -> None:
        run = self._connection.execute
        key = (source, advisory.id)
        run("INSERT OR REPLACE INTO main.advisory VALUES (?, ?, ?)", (*key, packed(advisory)))
        self._connection.executemany(
            "INSERT OR IGNORE INTO main.product VALUES (?, ?, ?, ?)",
            [(*each.coordinate, *key) for each in advisory.affected],
        )

    def replace_exploited(
        self, state: SourceState, tag: str, rows: Iterable[tuple[str, str]]
    ) -> None:
        """Put `rows` of CVE and due day (may be empty) in place of the catalogue."""
        self._replace_facts(state, tag, rows)

    def replace_probabilities(
        self, state: SourceState, tag: str, rows: Iterable[tuple[str, float]]
    ) -> None:
        """Put `rows` of CVE and probability in place of those of EPSS."""
        self._replace_facts(state, tag, rows)

    def replace_names(
        self, state: SourceState, tag: str, rows: Iterable[tuple[str, Sequence[str]]]
    ) -> None:
        """Put `rows` of conda name and PyPI names in place of the map."""
        self._replace_facts(state, tag, ((each, " ".join(names)) for each, names in rows))

    def _replace_facts(
        self, state: SourceState, tag: str, rows: Iterable[tuple[str, object]]
    ) -> None:
        with self._replacing(state, tag):
            self._connection.executemany(
                "INSERT OR REPLACE INTO main.fact VALUES (?, ?, ?)",
                ((state.name, key, value) for key, value in rows),
            )

    @contextmanager
    def _replacing(self, state: SourceState, tag: str) -> Iterator[None]:
        """All rows of a source, or none of them."""
        run = self._connection.execute
        run("SAVEPOINT source")
        try:
            _run_all(self._connection, _CLEAR, state.name)
            yield
            records = _count(self._connection, state.name)
            _write_source(self._connection, Kept(state._replace(records=records), tag))
        except BaseException as error:
            run("ROLLBACK TO source")
            if isinstance(error, sqlite3.Error):
                raise _unwritable(self._path, error) from error
            raise
        finally:
            run("RELEASE source")
        self._left.pop(state.name, None)

    def commit(self) -> tuple[SourceState, ...]:
        """Verify the new database, put it in place, and tell what it has.

        Raises `UnreadableError` when that can not be written; the old one stays then.
        """
        with _writing(self._path):
            for kept in self._left.values():
                if kept.state.name in self.kept:
                    _run_all(self._connection, _COPY, kept.state.name)
                _write_source(self._connection, kept)
            self._connection.execute("COMMIT")
            states = _verified(self._connection, self._draft)
            self._connection.close()
            _sync(self._draft)
            os.replace(self._draft, self._path)
        return states


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Errors of the disk in our words."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: Exception) -> UnreadableError:
    return UnreadableError(
        f"`{path}` can not be written: {error}",
        hints=(ANOTHER_CACHE,),
    )


def _old_sources(path: str) -> dict[str, Kept]:
    """What can be kept; what can not be is to be fetched anew."""
    try:
        with opened(path) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return {}
            sources = kept_sources(connection).items()
            return {name: each for name, each in sources if _is_whole(connection, each.state)}
    except (FileNotFoundError, IntegrityError):
        return {}


def _is_whole(connection: sqlite3.Connection, state: SourceState) -> bool:
    return bool(_count(connection, state.name) == (state.records or 0))


def _run_all(connection: sqlite3.Connection, statements: tuple[str, ...], name: str) -> None:
    for each in statements:
        connection.execute(each, (name,))


def _count(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(_COUNT, (name, name)).fetchone()[0])


def _write_source(connection: sqlite3.Connection, kept: Kept) -> None:
    state = kept.state
    connection.execute(
        "INSERT INTO main.source (name, url, tag, fetched, published, records, error)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            state.name,
            state.url,
            kept.tag,
            state.fetched and state.fetched.isoformat(),
            state.published and state.published.isoformat(),
            state.records,
            state.error,
        ),
    )


def _verified(connection: sqlite3.Connection, path: str) -> tuple[SourceState, ...]:
    """The sources of a whole database; raises `IntegrityError` for any other."""
    answer = connection.execute("PRAGMA main.integrity_check").fetchone()[0]
    states = tuple(each.state for each in kept_sources(connection).values())
    short = [each.name for each in states if not _is_whole(connection, each)]
    if answer != "ok" or short:
        raise damaged(path, answer if answer != "ok" else f"rows of {', '.join(short)} are missing")
    return states


def _sweep(path: str) -> None:
    """Remove drafts that somebody who was killed has left behind."""
    for draft in glob(f"{escape(path)}.*.tmp"):
        with suppress(FileNotFoundError):
            if time.time() - os.stat(draft).st_mtime > _ABANDONED:
                os.unlink(draft)


def _sync(path: str) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
