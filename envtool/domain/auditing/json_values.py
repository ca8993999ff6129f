"""Values of JSON from outside, each asked for by the type that it must have."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_LONGEST = 200


class NotAnAdvisoryError(ValueError):
    """A record is not of the shape that its format promises."""


def mapping_of(value: object, what: str) -> Mapping[str, Any]:
    """`value`, which must be an object; raises `NotAnAdvisoryError`."""
    if not isinstance(value, dict):
        raise NotAnAdvisoryError(f"{what} is no object")
    return value


def items_of(record: Mapping[str, Any], key: str) -> list[Any]:
    """The array at `key`, empty when there is none; raises `NotAnAdvisoryError`."""
    value = record.get(key)
    if value is not None and not isinstance(value, list):
        raise NotAnAdvisoryError(f"`{key}` is no array")
    return value or []


def text_of(record: Mapping[str, Any], key: str) -> str:
    """The string at `key`, empty when there is none; raises `NotAnAdvisoryError`."""
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise NotAnAdvisoryError(f"`{key}` is no string")
    return value or ""


def name_of(record: Mapping[str, Any], key: str) -> str:
    """The name at `key`: one that can be printed, of a sane length.

    Raises `NotAnAdvisoryError` when there is none.
    """
    name = text_of(record, key)
    if not is_name(name):
        raise NotAnAdvisoryError(f"`{key}` is no name")
    return name


def is_name(text: str) -> bool:
    """Whether `text` can be the name of something: lone surrogates, above all, can not."""
    return 0 < len(text) <= _LONGEST and text.isprintable()


def texts_of(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The strings in the array at `key`; raises `NotAnAdvisoryError`."""
    values = items_of(record, key)
    if not all(isinstance(each, str) for each in values):
        raise NotAnAdvisoryError(f"`{key}` is no array of strings")
    return tuple(values)


def moment_of(record: Mapping[str, Any], key: str) -> datetime | None:
    """The moment at `key`, in UTC when it names no zone; None when it is no moment.

    Raises `NotAnAdvisoryError` when it is no string.
    """
    text = text_of(record, key)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def line_of(text: str) -> str:
    """The first line of `text`, cut where it is too long to be read."""
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"
