"""An advisory as data, whoever wrote it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from envtool.domain.auditing.identity import Coordinate


class Scheme(StrEnum):
    """How versions are ordered; never as conda does."""

    PEP440 = "pep440"
    SEMVER = "semver"
    OPENSSL = "openssl"


class Span(NamedTuple):
    """A stretch of affected versions.

    Attributes:
        introduced: the first one; `0` is before all.
        fixed: the first one that is not affected anymore; None when there is none.
        last_affected: the last one, where that is what the advisory gives instead.
        has_end: whether the advisory says where it ends, or that all later versions are
            affected; what comes after a span without an end is unconfirmed. GitHub gives a
            `last_affected` to such a span, too: the last one that is known.
    """

    introduced: str
    fixed: str | None = None
    last_affected: str | None = None
    has_end: bool = True

    @property
    def start_of_all(self) -> bool:
        """Whether it begins before all versions."""
        return self.introduced == "0"


class Affected(NamedTuple):
    """What an advisory says of one product: spans, and versions that are listed one by one."""

    coordinate: Coordinate
    scheme: Scheme
    spans: tuple[Span, ...] = ()
    versions: frozenset[str] = frozenset()


class Rating(NamedTuple):
    """A CVSS rating: its vector as published, the base score of it (0 to 10), its version."""

    vector: str
    score: float
    version: str


class Advisory(NamedTuple):
    """One advisory.

    Attributes:
        id: as its source has it: `PYSEC-2023-212`, `CVE-2022-3996`, `BIT-python-2023-6507`.
        aliases: its other ids, CVEs among them.
        source: who published it, like `osv:PyPI`, `openssl`, `curl`.
        summary: one line.
        affected: by product.
        ratings: as published, the newest CVSS version first.
        published: None when not said.
        modified: the same.
        withdrawn: since when; None for one that stands.
        references: URLs.
    """

    id: str
    aliases: tuple[str, ...]
    source: str
    summary: str
    affected: tuple[Affected, ...]
    ratings: tuple[Rating, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    withdrawn: datetime | None = None
    references: tuple[str, ...] = ()

    @property
    def cves(self) -> tuple[str, ...]:
        """Its CVE ids, sorted."""
        return tuple(sorted({each for each in (self.id, *self.aliases) if each[:4] == "CVE-"}))
