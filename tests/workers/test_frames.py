"""Messages between a worker and who asks come whole or not at all."""

import io
from typing import Any

import pytest

from envtool.workers.frames import tell, told

MESSAGES: list[Any] = [None, [], [True, False], ("a\udcff\0ü", {"b": 1}), "x" * 100_000]


def test_what_is_told_is_heard() -> None:
    stream = io.BytesIO()
    for each in MESSAGES:
        tell(stream, each)
    stream.seek(0)
    assert [told(stream) for _ in MESSAGES] == MESSAGES
    with pytest.raises(EOFError):
        told(stream)


@pytest.mark.parametrize("size", [0, 3, 8, 9, 20])
def test_half_a_message_is_none(size: int) -> None:
    stream = io.BytesIO()
    tell(stream, list(range(10)))
    with pytest.raises(EOFError):
        told(io.BytesIO(stream.getvalue()[:size]))


def test_nonsense_is_not_waited_for() -> None:
    with pytest.raises(EOFError):
        told(io.BytesIO(b"nonsense" * 9))
