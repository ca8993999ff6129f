"""Who a package is for those who write advisories."""

from enum import StrEnum
from typing import NamedTuple

from envtool.domain.pip_grammar import canonical


class Ecosystem(StrEnum):
    """A namespace that advisories name products in; the values of OSV where it has one."""

    PYPI = "PyPI"
    BITNAMI = "Bitnami"
    OPENSSL = "OpenSSL"
    CURL = "curl"

    @property
    def source(self) -> str:
        """The name of the source that has its advisories, as in `SourceState.name`."""
        return _SOURCES.get(self, self.lower())


_SOURCES = {each: f"osv:{each}" for each in (Ecosystem.PYPI, Ecosystem.BITNAMI)}


class Coordinate(NamedTuple):
    """A product as a source of advisories calls it: (PyPI, `urllib3`), (curl, `libcurl`)."""

    ecosystem: Ecosystem
    name: str


class Certainty(StrEnum):
    """How it is known who a package is."""

    # By a purl of the lock, the downloaded map, or a list of ours.
    MAPPED = "mapped"
    # It depends on python and has the same canonical name.
    GUESSED = "guessed"
    # Known to be no Python distribution, and no product that any source of ours knows.
    NOT_PYTHON = "not python"
    UNKNOWN = "unknown"


class Identity(NamedTuple):
    """Who a package is.

    Attributes:
        certainty: how that is known.
        coordinates: where to look for it; none when no source has it.
        reason: why it can not be audited when there is no coordinate, like
            `no source of advisories has zlib`.
        part: which part of its native product it is, like `client library`; empty for all of it.
    """

    certainty: Certainty
    coordinates: tuple[Coordinate, ...] = ()
    reason: str = ""
    part: str = ""

    @property
    def project(self) -> str | None:
        """The one Python project that it is, by its canonical name; None for several or none."""
        names = [each.name for each in self.coordinates if each.ecosystem is Ecosystem.PYPI]
        return canonical(names[0]) if len(names) == 1 else None
