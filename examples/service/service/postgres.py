"""Items in a PostgreSQL table."""

import psycopg
from psycopg.rows import class_row

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
        with psycopg.connect(self._url) as connection:
            connection.execute(_TABLE)

    def is_ready(self) -> bool:
        """See `ItemStore.is_ready`."""
        try:
            with psycopg.connect(self._url, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
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
        with (
            psycopg.connect(self._url) as connection,
            connection.cursor(row_factory=class_row(Item)) as cursor,
        ):
            return cursor.execute(query, values).fetchall()
