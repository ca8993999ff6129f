"""Items in a PostgreSQL table."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.extensions import connection
from psycopg2.extras import RealDictCursor

from service.items import Item, NewItem

_TABLE = """
CREATE TABLE IF NOT EXISTS items (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 0)
)
"""


class PostgresStore:
    """The port `ItemStore` on one database; a connection for each request."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def create_table(self) -> None:
        """Create the table unless it is there."""
        with self._cursor() as cursor:
            cursor.execute(_TABLE)

    def is_ready(self) -> bool:
        """See `ItemStore.is_ready`."""
        try:
            with self._cursor(seconds=2) as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def all(self) -> list[Item]:
        """See `ItemStore.all`."""
        return self._rows("SELECT id, name, quantity FROM items ORDER BY id")

    def get(self, item_id: int) -> Item | None:
        """See `ItemStore.get`."""
        rows = self._rows("SELECT id, name, quantity FROM items WHERE id = %s", item_id)
        return next(iter(rows), None)

    def add(self, new: NewItem) -> Item:
        """See `ItemStore.add`."""
        [item] = self._rows(
            "INSERT INTO items (name, quantity) VALUES (%s, %s) RETURNING id, name, quantity",
            new.name,
            new.quantity,
        )
        return item

    def remove(self, item_id: int) -> bool:
        """See `ItemStore.remove`."""
        return bool(
            self._rows("DELETE FROM items WHERE id = %s RETURNING id, name, quantity", item_id)
        )

    def _rows(self, query: str, *values: str | int) -> list[Item]:
        with self._cursor() as cursor:
            cursor.execute(query, values)
            return [Item(**row) for row in cursor.fetchall()]

    @contextmanager
    def _cursor(self, seconds: int = 10) -> Iterator[RealDictCursor]:
        """A cursor in a transaction of its own; the connection waits so long for the server."""
        opened: connection = psycopg2.connect(self._url, connect_timeout=seconds)
        # Leaving a connection of psycopg2 ends the transaction and leaves it open.
        with closing(opened), opened, opened.cursor(cursor_factory=RealDictCursor) as cursor:
            yield cursor
