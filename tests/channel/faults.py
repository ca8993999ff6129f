"""What can go wrong between a client and a channel, as data."""

import base64
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Another status than the right one: 404, 429 with `Retry-After` (seconds, or a date), 500."""

    code: int
    retry_after: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """The right headers and `keep` bytes, then a proper end of the connection."""

    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """The right length, with the byte at `at` inverted (negative: from the end)."""

    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """`after` bytes, then the connection is reset (RST)."""

    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """`after` bytes, then nothing for some seconds (or until it is forgotten), then the rest."""

    after: int = 0
    seconds: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """The whole body, `size` bytes at a time with a pause (seconds) before each."""

    size: int
    pause: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The right status, and another body: a web page, nothing, JSON of another shape."""

    body: bytes


Fault = Status | Truncated | Altered | Reset | Stall | Drip | Replaced


@dataclass(frozen=True, slots=True)
class Basic:
    """A server that wants HTTP basic authentication."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """What has to stand under `Authorization`."""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Bearer:
    """A server that wants a token as header."""

    token: str

    @property
    def header(self) -> str:
        """What has to stand under `Authorization`."""
        return f"Bearer {self.token}"


@dataclass(frozen=True, slots=True)
class Token:
    """A server that wants `/t/<token>/` in front of the path, as anaconda.org does."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it is answered; `path` is below the channel, without a token.

    Attributes:
        seconds: when it came, since the server started.
        sent: how many bytes of the body were given to the connection so far.
        fault: what went wrong with it on purpose.
    """

    method: str
    path: str
    status: int
    sent: int
    seconds: float
    range: str | None
    fault: Fault | None


Auth = Basic | Bearer | Token | None
