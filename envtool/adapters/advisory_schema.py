"""The tables of the database of advisories, and how its file is opened."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from envtool.domain.auditing.standings import SourceState
from envtool.errors import IntegrityError

# `envt`, which tells our files from all other SQLite files, and the version of the tables.
APPLICATION = 0x656E7674
VERSION = 1

AGAIN = "fetch it again: `envtool audit db update`"

TABLES = """
CREATE TABLE source (
  name TEXT PRIMARY KEY, url TEXT NOT NULL, tag TEXT NOT NULL, fetched TEXT, published TEXT,
  records INTEGER, error TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE advisory (source TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX advisory_id ON advisory (source, id);
CREATE TABLE product (
  ecosystem TEXT, name TEXT, source TEXT, id TEXT, PRIMARY KEY (ecosystem, name, source, id)
) WITHOUT ROWID;
CREATE TABLE fact (source TEXT, key TEXT, value, PRIMARY KEY (source, key)) WITHOUT ROWID;
"""


class Kept(NamedTuple):
    """A source as it stands in a database.

    Attributes:
        state: what is told of it.
        tag: what its server wants to be asked with next time: an `ETag`, a time; opaque.
    """

    state: SourceState
    tag: str = ""


def address(path: str, mode: str) -> str:
    """The URI by which SQLite opens the file at `path`."""
    absolute = os.path.abspath(path).replace(os.sep, "/")
    return f"file:{'' if absolute[0] == '/' else '/'}{quote(absolute)}?mode={mode}"


@contextmanager
def opened(path: str) -> Iterator[sqlite3.Connection]:
    """The database at `path`, to be read.

    Raises `FileNotFoundError` without one, and `IntegrityError` when it is damaged, also while
    it is used.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    try:
        # Nobody changes a file that is in place: no locks, no journal to look for.
        connection = sqlite3.connect(address(path, "ro") + "&immutable=1", uri=True)
        try:
            check_kind(connection, path)
            yield connection
        finally:
            connection.close()
    except (sqlite3.Error, ValueError) as error:
        # A moment that is none, too.
        raise damaged(path, str(error)) from error


def check_kind(connection: sqlite3.Connection, path: str) -> None:
    """Raise `IntegrityError` when `connection` is to no database of this kind and version."""
    kind = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if kind != APPLICATION:
        raise damaged(path, "it is not one that envtool has written")
    if version != VERSION:
        message = f"`{path}` is of version {version}: this envtool reads {VERSION}"
        raise IntegrityError(message, hints=(AGAIN,))


def damaged(path: str, why: str) -> IntegrityError:
    """What is said of a database that is not what was written."""
    return IntegrityError(f"the advisories in `{path}` are damaged: {why}", hints=(AGAIN,))


def kept_sources(connection: sqlite3.Connection) -> dict[str, Kept]:
    """Every source of the database, by name."""
    rows = connection.execute(
        "SELECT name, url, fetched, published, records, error, tag FROM main.source ORDER BY name"
    )
    return {
        name: Kept(SourceState(name, url, _time(fetched), _time(published), records, error), tag)
        for name, url, fetched, published, records, error, tag in rows
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
