"""The HTTP interface."""

from fastapi import FastAPI, HTTPException, Response, status

from service.items import Item, ItemStore, NewItem


def create_app(store: ItemStore, *, title: str = "Items") -> FastAPI:
    """The service over `store`."""
    app = FastAPI(title=title)

    @app.get("/health")
    def health(response: Response) -> dict[str, str]:
        if store.is_ready():
            return {"status": "ok"}
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"status": "no database"}

    @app.get("/items")
    def items() -> list[Item]:
        return store.all()

    @app.get("/items/{item_id}")
    def item(item_id: int) -> Item:
        found = store.get(item_id)
        if found is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "no such item")
        return found

    @app.post("/items", status_code=status.HTTP_201_CREATED)
    def add(new: NewItem) -> Item:
        return store.add(new)

    @app.delete("/items/{item_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove(item_id: int) -> None:
        if not store.remove(item_id):
            raise HTTPException(status.HTTP_404_NOT_FOUND, "no such item")

    return app
