"""Reads records of advisories from outside, so that no bad one stands in the way of the others."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.json_values import NotAnAdvisoryError

# The largest real one has 300 KB.
_LARGEST = 8 << 20


class UnreadRecord(NamedTuple):
    """A record that could not be read: its name, and why."""

    name: str
    why: str


def read_records(
    documents: Iterable[tuple[str, object]],
    read: Callable[[object], Advisory],
    unread: list[UnreadRecord],
) -> Iterator[Advisory]:
    """The advisories in `documents`, by name: bytes or text of JSON, or what was parsed already.

    What is no advisory is added to `unread`, whatever it is.
    """
    for name, document in documents:
        try:
            yield read(parsed(document) if isinstance(document, bytes | str) else document)
        except NotAnAdvisoryError as error:
            unread.append(UnreadRecord(name, str(error)))


def parsed(text: bytes | str) -> object:
    """The JSON in `text`; raises `NotAnAdvisoryError`."""
    if len(text) > _LARGEST:
        raise NotAnAdvisoryError(f"it is larger than {_LARGEST >> 20} MiB")
    try:
        return json.loads(text)
    except RecursionError:
        raise NotAnAdvisoryError("it is nested too deeply") from None
    except ValueError as error:
        raise NotAnAdvisoryError(f"it is no JSON: {error}") from error
