"""What differs from one deployment to the next; it comes from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass


class MissingSettingError(LookupError):
    """A variable that the service needs is not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one deployment.

    Attributes:
        database_url: `SERVICE_DATABASE_URL`, as libpq reads it; the password belongs into
            `PGPASSWORD` or a file that `PGPASSFILE` names.
        title: `SERVICE_TITLE`, shown in the API's description.
    """

    database_url: str
    title: str


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` holds.

    Raises:
        MissingSettingError: `SERVICE_DATABASE_URL` is not set.
    """
    url = environment.get("SERVICE_DATABASE_URL")
    if not url:
        raise MissingSettingError("set `SERVICE_DATABASE_URL`, for example `postgresql:///items`")
    return Settings(database_url=url, title=environment.get("SERVICE_TITLE", "Items"))
