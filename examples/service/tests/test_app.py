"""What a client of the service sees."""

import pytest
from fastapi.testclient import TestClient


def test_the_service_is_healthy_with_its_store(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_service_is_unhealthy_without_its_store(client_without_store: TestClient) -> None:
    answer = client_without_store.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "no database"})


def test_an_item_is_added_and_read(client: TestClient) -> None:
    added = client.post("/items", json={"name": "bolt", "quantity": 3})
    assert added.status_code == 201
    assert added.json() == {"id": 1, "name": "bolt", "quantity": 3}
    assert client.get("/items/1").json() == added.json()
    assert client.get("/items").json() == [added.json()]


def test_an_item_is_removed_once(client: TestClient) -> None:
    client.post("/items", json={"name": "bolt"})
    assert client.delete("/items/1").status_code == 204
    assert client.delete("/items/1").status_code == 404
    assert client.get("/items/1").status_code == 404


@pytest.mark.parametrize("item", [{}, {"name": ""}, {"name": "bolt", "quantity": -1}])
def test_a_faulty_item_is_refused(client: TestClient, item: dict[str, object]) -> None:
    assert client.post("/items", json=item).status_code == 422
    assert client.get("/items").json() == []
