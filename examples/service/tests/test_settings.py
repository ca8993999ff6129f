"""What the environment has to hold."""

import pytest

from service.settings import MissingSettingError, Settings, read_settings


def test_the_database_has_to_be_named() -> None:
    with pytest.raises(MissingSettingError, match="SERVICE_DATABASE_URL"):
        read_settings({})


def test_settings_come_from_the_environment() -> None:
    environment = {"SERVICE_DATABASE_URL": "postgresql:///items", "SERVICE_TITLE": "Stock"}
    assert read_settings(environment) == Settings(database_url="postgresql:///items", title="Stock")
