"""What an item is, and what keeps items."""

from typing import Annotated, Protocol

from pydantic import BaseModel, Field


class NewItem(BaseModel):
    """An item as a client sends it."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    quantity: Annotated[int, Field(ge=0)] = 0


class Item(NewItem):
    """An item with the number under which it is kept."""

    id: int


class ItemStore(Protocol):
    """Keeps items; PostgreSQL in production, a dictionary in the tests."""

    def is_ready(self) -> bool:
        """Whether the store can answer now."""
        ...

    def all(self) -> list[Item]:
        """Every item, the oldest first."""
        ...

    def get(self, item_id: int) -> Item | None:
        """The item with this number; None when there is none."""
        ...

    def add(self, new: NewItem) -> Item:
        """Keep `new` under the next free number."""
        ...

    def remove(self, item_id: int) -> bool:
        """Forget an item; False when there was none."""
        ...
