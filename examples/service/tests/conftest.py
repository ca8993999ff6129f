"""What every test can ask for."""

from collections.abc import Iterator
from itertools import count

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.items import Item, NewItem


class MemoryStore:
    """The port `ItemStore` on a dictionary."""

    def __init__(self) -> None:
        self.ready = True
        self._items: dict[int, Item] = {}
        self._ids = count(1)

    def is_ready(self) -> bool:
        return self.ready

    def all(self) -> list[Item]:
        return list(self._items.values())

    def get(self, item_id: int) -> Item | None:
        return self._items.get(item_id)

    def add(self, new: NewItem) -> Item:
        item = Item(id=next(self._ids), **new.model_dump())
        self._items[item.id] = item
        return item

    def remove(self, item_id: int) -> bool:
        return self._items.pop(item_id, None) is not None


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore) -> Iterator[TestClient]:
    with TestClient(create_app(store)) as client:
        yield client
