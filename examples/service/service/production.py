"""The service as it is deployed: `uvicorn --factory service.production:application`."""

import os

from fastapi import FastAPI

from service.app import create_app
from service.postgres import PostgresStore
from service.settings import read_settings


def application() -> FastAPI:
    """The service over the database that the environment names."""
    settings = read_settings(os.environ)
    store = PostgresStore(settings.database_url)
    store.create_table()
    return create_app(store, title=settings.title)
