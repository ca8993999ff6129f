"""What servers are asked, and what they say."""

from collections.abc import Iterator, Mapping
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from envtool.adapters.time_left import TimeLeft
from envtool.domain.credentials import Credential


class Address(NamedTuple):
    """Where a file is, without credentials, and what opens it; `shown` is for messages."""

    url: str
    credential: Credential | None
    shown: str

    @property
    def is_local(self) -> bool:
        """Whether no network is needed."""
        return self.url.lower().startswith("file:")


class Request(NamedTuple):
    """How a server is asked.

    Attributes:
        method: of HTTP.
        body: what is sent along; None: nothing is.
        headers: besides the usual ones.
        left: the time that there is for it, retries included.
        unchanged: another status that is an answer, 304 for a request with a condition.
        limit: the most bytes that an answer may have.
    """

    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    left: TimeLeft | None = None
    unchanged: int | None = None
    limit: float = inf


PLAIN = Request()


class Answer(NamedTuple):
    """What a server says: status, headers, and the body in pieces."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


def whole(answer: Answer) -> bytes:
    """All of the body at once."""
    return b"".join(answer.pieces)
