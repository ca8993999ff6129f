"""What every test can ask for: the service over a store that needs no database."""

from collections.abc import Iterator
from itertools import count

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.items import Item, NewItem


class MemoryStore:
    """The port `ItemStore` on a dictionary."""

    def __init__(self, *, ready: bool = True) -> None:
        self._ready = ready
        self._items: dict[int, Item] = {}
        self._ids = count(1)

    def is_ready(self) -> bool:
        return self._ready

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
def client() -> Iterator[TestClient]:
    with TestClient(create_app(MemoryStore())) as client:
        yield client


@pytest.fixture
def client_without_store() -> Iterator[TestClient]:
    with TestClient(create_app(MemoryStore(ready=False))) as client:
        yield client
