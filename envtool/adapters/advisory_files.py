"""The files that advisories are published in, read as what they are."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from envtool.adapters.payloads import PayloadError, document, members, unzipped
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.cve_records import read_openssl
from envtool.domain.auditing.epss import scored_on
from envtool.domain.auditing.exploitation import read_epss, read_kev
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.json_values import NotAnAdvisoryError, moment_of
from envtool.domain.auditing.names_map import read_names
from envtool.domain.auditing.osv import read_curl, read_osv
from envtool.domain.auditing.reading import UnreadRecord, read_records

T = TypeVar("T")

_OPENSSL = "openssl"
_CURL = "curl"


def advisories(source: str, path: str, unread: list[UnreadRecord]) -> Iterator[Advisory]:
    """The advisories in the file of `source` at `path`, one by one.

    What can not be read of it is added to `unread`. Raises `PayloadError` when it is no such
    file, or not a whole one, or there is no advisory in it.
    """
    count = 0
    for each in read_records(_documents(source, path), _reader(source), unread):
        count += 1
        yield each
    if not count:
        raise PayloadError(unread[0].why if unread else "it has no advisories")


class Content(NamedTuple, Generic[T]):
    """What a file says, in how many records, and how new the newest is, where it says so."""

    values: T
    records: int
    published: datetime | None = None


def products(source: str, path: str) -> Content[dict[Coordinate, tuple[Advisory, ...]]]:
    """All advisories in the file by product.

    Raises `PayloadError` as `advisories`, and also when one of them can not be read: whoever
    asks now is to know that it is not all.
    """
    unread: list[UnreadRecord] = []
    found = tuple(advisories(source, path, unread))
    if unread:
        raise PayloadError(told(unread))
    by_product: dict[Coordinate, tuple[Advisory, ...]] = {}
    for each in found:
        for coordinate in dict.fromkeys(one.coordinate for one in each.affected):
            by_product[coordinate] = (*by_product.get(coordinate, ()), each)
    moments = filter(None, (each.modified or each.published for each in found))
    return Content(by_product, len(found), max(moments, default=None))


def told(unread: list[UnreadRecord]) -> str:
    """What is said of records that can not be read; empty without any."""
    if not unread:
        return ""
    more = f", and {len(unread) - 1} more" if len(unread) > 1 else ""
    return f"`{unread[0].name}` in it can not be read: {unread[0].why}{more}"


def _reader(source: str) -> Callable[[object], Advisory]:
    own: dict[str, Callable[[object], Advisory]] = {_OPENSSL: read_openssl, _CURL: read_curl}
    return own.get(source) or partial(read_osv, source=source)


def _documents(source: str, path: str) -> Iterator[tuple[str, object]]:
    if source == _CURL:
        records = document(_bytes(path))
        if not isinstance(records, list):
            raise PayloadError("it is no list of advisories")
        yield from ((_name(number, each), each) for number, each in enumerate(records))
    else:
        yield from members(path, "CVE-" if source == _OPENSSL else "")


def _name(number: int, record: object) -> str:
    found = record.get("id") if isinstance(record, dict) else None
    return found if isinstance(found, str) else f"the advisory at {number}"


def exploited(path: str) -> Content[dict[str, str]]:
    """CISA's catalogue in the file at `path`: CVE and due day; raises `PayloadError`."""
    content = document(_bytes(path))
    rows = _understood(read_kev(content))
    released = moment_of(content, "dateReleased") if isinstance(content, dict) else None
    return Content(rows, len(rows), released)


def names(path: str) -> Content[dict[str, tuple[str, ...]]]:
    """The map of parselmouth in the file at `path`; raises `PayloadError`."""
    rows = _understood(read_names(document(_bytes(path))))
    return Content(rows, len(rows))


def scores(path: str) -> Content[dict[str, float]]:
    """All scores of EPSS in the file at `path`; raises `PayloadError`."""
    lines = unzipped(_bytes(path)).decode("utf-8", "replace").splitlines()
    rows = _understood(read_epss(lines))
    return Content(rows, len(rows), scored_on(lines[0]))


def _understood(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    try:
        rows = dict(pairs)
    except NotAnAdvisoryError as error:
        raise PayloadError(str(error)) from error
    if not rows:
        raise PayloadError("it has no entries")
    return rows


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
