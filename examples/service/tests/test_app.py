"""What a client of the service sees."""

import pytest
from fastapi.testclient import TestClient

from service.items import ItemStore, NewItem


def test_the_service_is_healthy_with_its_store(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_service_is_unhealthy_without_its_store(
    client: TestClient, store: ItemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ready", False)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "no database"})


def test_an_item_is_added_and_read(client: TestClient) -> None:
    added = client.post("/items", json={"name": "bolt", "quantity": 3})
    assert added.status_code == 201
    assert added.json() == {"id": 1, "name": "bolt", "quantity": 3}
    assert client.get("/items/1").json() == added.json()
    assert client.get("/items").json() == [added.json()]


def test_an_item_is_removed_once(client: TestClient, store: ItemStore) -> None:
    item = store.add(NewItem(name="bolt"))
    assert client.delete(f"/items/{item.id}").status_code == 204
    assert client.delete(f"/items/{item.id}").status_code == 404
    assert client.get(f"/items/{item.id}").status_code == 404


@pytest.mark.parametrize("item", [{}, {"name": ""}, {"name": "bolt", "quantity": -1}])
def test_a_faulty_item_is_refused(client: TestClient, item: dict[str, object]) -> None:
    assert client.post("/items", json=item).status_code == 422
    assert client.get("/items").json() == []
