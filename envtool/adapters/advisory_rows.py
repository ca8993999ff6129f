"""An advisory as the bytes that the database keeps: JSON without keys, compressed.

zlib ends each with a checksum, so a flipped bit is an error and no other version.
"""

import json
import zlib
from datetime import datetime
from typing import Any

from envtool.domain.auditing.advisories import Advisory, Affected, Rating, Scheme, Span
from envtool.domain.auditing.identity import Coordinate, Ecosystem

# Everything that the bytes of a row that is not ours can be turned down with.
DAMAGED = (zlib.error, ValueError, TypeError, IndexError)


def packed(advisory: Advisory) -> bytes:
    """The bytes that stand for `advisory`."""
    text = json.dumps(
        [
            *advisory[:4],
            [_affected_row(each) for each in advisory.affected],
            advisory.ratings,
            *map(_time_text, (advisory.published, advisory.modified, advisory.withdrawn)),
            advisory.references,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def unpacked(data: bytes) -> Advisory:
    """The advisory that `data` stands for; raises one of `DAMAGED`."""
    row = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
    published, modified, withdrawn = map(_time, row[6:9])
    return Advisory(
        id=row[0],
        aliases=tuple(row[1]),
        source=row[2],
        summary=row[3],
        affected=tuple(map(_affected, row[4])),
        ratings=tuple(Rating(*each) for each in row[5]),
        published=published,
        modified=modified,
        withdrawn=withdrawn,
        references=tuple(row[9]),
    )


def _affected_row(affected: Affected) -> list[Any]:
    return [*affected.coordinate, affected.scheme, affected.spans, sorted(affected.versions)]


def _affected(row: list[Any]) -> Affected:
    return Affected(
        Coordinate(Ecosystem(row[0]), row[1]),
        Scheme(row[2]),
        tuple(Span(*each) for each in row[3]),
        frozenset(row[4]),
    )


def _time_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
