"""One source of advisories: asked now, else what is known of it from before."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from envtool.adapters.payloads import PayloadError
from envtool.domain.auditing.standings import SourceState
from envtool.errors import UnavailableError

T = TypeVar("T")


class Said(NamedTuple, Generic[T]):
    """What a source says.

    Attributes:
        content: of it.
        fetched: when that was so.
        published: how new the newest of it is, where that is known.
        records: how many it has, where that is known.
        error: what is missing in it; empty when it is all that was asked for.
    """

    content: T
    fetched: datetime
    published: datetime | None = None
    records: int | None = None
    error: str = ""


def said_now(content: T, error: str = "") -> Said[T]:
    """What a source says at this moment."""
    return Said(content, datetime.now(tz=UTC), error=error)


class Source(NamedTuple, Generic[T]):
    """A source, as it is asked.

    Attributes:
        name: as in `SourceState`.
        url: where it is asked, as it may be shown.
        now: asks it; raises `UnavailableError` and `PayloadError`.
        before: what was fetched before, the newest first; None where nothing was.
    """

    name: str
    url: str
    now: Callable[[], Said[T]]
    before: Callable[[], Said[T] | None]


class Settled(NamedTuple, Generic[T]):
    """What came of asking a source, and what is to be told of it.

    Attributes:
        said: now or before; None when it says nothing and nothing stands in for it.
        state: with its error.
    """

    said: Said[T] | None
    state: SourceState


def settled(source: Source[T]) -> Settled[T]:
    """Ask `source`; where it fails, what was fetched before is its answer."""
    error = ""
    said: Said[T] | None = None
    try:
        said = source.now()
    except UnavailableError as failed:
        error = failed.message
    except PayloadError as failed:
        error = f"what `{source.url}` sends can not be used: {failed}"
    if said is None:
        said = source.before()
    if said is None:
        return Settled(None, SourceState(source.name, source.url, error=error))
    state = SourceState(source.name, source.url, *said[1:])
    return Settled(said, state._replace(error=error or said.error))


def newest(*said: Said[T] | None) -> Said[T] | None:
    """The one that was fetched last; None when there is none."""
    there = [each for each in said if each is not None]
    return max(there, key=lambda each: each.fetched, default=None)
