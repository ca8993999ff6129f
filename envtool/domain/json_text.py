"""JSON that users hand over: whatever it is, a value or one line that says what is wrong."""

import json
from typing import Any


class JsonTextError(Exception):
    """A text is no JSON; the message says why."""


def value_of(data: bytes) -> Any:  # noqa: ANN401 - JSON
    """The value in UTF-8 `data`; raises `JsonTextError`."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise JsonTextError("it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise JsonTextError(f"it is not JSON: {error}") from error
