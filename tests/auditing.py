"""Small advisories, of the shapes that real ones have."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from envtool.domain.auditing.advisories import Advisory, Affected, Rating, Scheme, Span
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.standings import Lookup, SourceState
from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.findings import Place

NOW = datetime(2026, 8, 1, tzinfo=UTC)
URLLIB3 = Coordinate(Ecosystem.PYPI, "urllib3")
NODE = Coordinate(Ecosystem.BITNAMI, "node")
OPENSSL = Coordinate(Ecosystem.OPENSSL, "openssl")
LIBCURL = Coordinate(Ecosystem.CURL, "libcurl")
_SCHEMES = {
    Ecosystem.PYPI: Scheme.PEP440,
    Ecosystem.BITNAMI: Scheme.SEMVER,
    Ecosystem.CURL: Scheme.SEMVER,
    Ecosystem.OPENSSL: Scheme.OPENSSL,
}


def affected(coordinate: Coordinate, *spans: Span, versions: Sequence[str] = ()) -> Affected:
    return Affected(coordinate, _SCHEMES[coordinate.ecosystem], spans, frozenset(versions))


def advisory(name: str, *said: Affected, aliases: Sequence[str] = (), **fields: Any) -> Advisory:
    return Advisory(name, tuple(aliases), "test", f"about {name}", said, **fields)


def rating(score: float) -> Rating:
    return Rating("CVSS:3.1/...", score, "3.1")


def osv(
    name: str = "PYSEC-2024-1",
    package: Mapping[str, object] | None = None,
    **fields: object,
) -> dict[str, object]:
    """A record of OSV on one package, whose versions below 2.0 are affected."""
    entry = {
        "package": {"ecosystem": "PyPI", "name": "Some.Package"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
        **(package or {}),
    }
    return {"id": name, "affected": [entry], **fields}


def subject(
    name: str, version: str = "1.0", manager: str = "conda", path: tuple[str, ...] = (), **more: Any
) -> Subject:
    place = Place("conda-lock.yml", 3)
    return Subject(manager, name, version, (Artifact("linux-64", ""),), place, path, **more)


def lookup(
    advisories: Mapping[Coordinate, Sequence[Advisory]], *sources: SourceState, **more: Any
) -> Lookup:
    answers = {each: tuple(found) for each, found in advisories.items()}
    return Lookup(answers, more.get("exploitation", {}), sources)
