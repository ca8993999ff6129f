"""Reads advisories in the format of OSV, schema 1.x: those of OSV itself, and of curl.

The format: https://ossf.github.io/osv-schema/. curl's `vuln.json` is an array of such records
that name no package; `database_specific.affects` says whether the tool or the library has it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from envtool.domain.auditing.advisories import Advisory, Affected, Scheme, Span
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.json_values import (
    items_of,
    line_of,
    mapping_of,
    moment_of,
    name_of,
    text_of,
    texts_of,
)
from envtool.domain.auditing.ratings import ratings_of
from envtool.domain.auditing.versions import key_of
from envtool.domain.pip_grammar import canonical

_ECOSYSTEMS = {"PyPI": Ecosystem.PYPI, "Bitnami": Ecosystem.BITNAMI}
_KINDS = ("fixed", "introduced", "last_affected", "limit")
_RATINGS = frozenset({"CVSS_V2", "CVSS_V3", "CVSS_V4"})
# More than anybody reads.
_REFERENCES = 30
# Packages that were made to do harm: no end means that none is expected.
_MALICIOUS = "MAL-"
_CURL_PARTS = {"tool": ("curl",), "lib": ("libcurl",), "both": ("curl", "libcurl")}


def read_osv(record: object, source: str) -> Advisory:
    """The advisory in a record of OSV.

    Products of ecosystems that envtool does not know are left out. Raises
    `NotAnAdvisoryError`.
    """
    content = mapping_of(record, "the record")
    affected = tuple(_affected(content))
    if text_of(content, "id").startswith(_MALICIOUS):
        affected = tuple(map(_whole, affected))
    return _advisory(content, source, affected)


def read_curl(record: object, source: str = "curl") -> Advisory:
    """The advisory in a record of curl's `vuln.json`; raises `NotAnAdvisoryError`."""
    content = mapping_of(record, "the record")
    about = mapping_of(content.get("database_specific") or {}, "`database_specific`")
    names = _CURL_PARTS.get(text_of(about, "affects"), _CURL_PARTS["both"])
    entries = [mapping_of(each, "`affected`") for each in items_of(content, "affected")]
    affected = (
        _product(Coordinate(Ecosystem.CURL, name), Scheme.SEMVER, entry)
        for entry in entries
        for name in names
    )
    return _advisory(content, source, tuple(affected))


def _advisory(content: Mapping[str, Any], source: str, affected: tuple[Affected, ...]) -> Advisory:
    references = [mapping_of(each, "a reference") for each in items_of(content, "references")]
    return Advisory(
        id=name_of(content, "id"),
        aliases=texts_of(content, "aliases"),
        source=source,
        summary=line_of(text_of(content, "summary") or text_of(content, "details")),
        affected=affected,
        ratings=ratings_of(_vectors(content)),
        published=moment_of(content, "published"),
        modified=moment_of(content, "modified"),
        withdrawn=moment_of(content, "withdrawn"),
        references=tuple(text_of(each, "url") for each in references[:_REFERENCES]),
    )


def _vectors(content: Mapping[str, Any]) -> Iterator[str]:
    """The CVSS vectors, of the record and of its packages."""
    for holder in (content, *items_of(content, "affected")):
        for each in items_of(mapping_of(holder, "`affected`"), "severity"):
            severity = mapping_of(each, "a severity")
            if text_of(severity, "type") in _RATINGS:
                yield text_of(severity, "score")


def _affected(content: Mapping[str, Any]) -> Iterator[Affected]:
    for each in items_of(content, "affected"):
        entry = mapping_of(each, "`affected`")
        package = mapping_of(entry.get("package") or {}, "`package`")
        ecosystem = _ECOSYSTEMS.get(text_of(package, "ecosystem").partition(":")[0])
        if ecosystem is None:
            continue
        name = name_of(package, "name")
        if ecosystem is Ecosystem.PYPI:
            yield _product(Coordinate(ecosystem, canonical(name)), Scheme.PEP440, entry)
        else:
            yield _product(Coordinate(ecosystem, name), Scheme.SEMVER, entry)


def _product(coordinate: Coordinate, scheme: Scheme, entry: Mapping[str, Any]) -> Affected:
    """What an entry of `affected` says of the product."""
    versions = texts_of(entry, "versions")
    spans: list[Span] = []
    for each in items_of(entry, "ranges"):
        bounds = mapping_of(each, "a range")
        # Commits say nothing about a package.
        if text_of(bounds, "type") != "GIT":
            spans += _spans(_events(bounds, scheme))
    if not spans and not versions:
        # It names the product, and no version of it.
        spans = [Span("0", has_end=False)]
    about = mapping_of(entry.get("database_specific") or {}, "`database_specific`")
    # What GitHub writes where nothing is fixed: no promise for what came later.
    known = text_of(about, "last_known_affected_version_range")
    if known.startswith("<= "):
        spans = [each if each.has_end else each._replace(last_affected=known[3:]) for each in spans]
    return Affected(coordinate, scheme, tuple(spans), frozenset(versions))


def _whole(affected: Affected) -> Affected:
    """The same with the spans that have no end as statements about all versions."""
    return affected._replace(spans=tuple(each._replace(has_end=True) for each in affected.spans))


def _events(bounds: Mapping[str, Any], scheme: Scheme) -> list[tuple[str, str]]:
    """The (kind, version) of a range, in the order of versions where they have one."""
    events: list[tuple[str, str]] = []
    for each in items_of(bounds, "events"):
        event = mapping_of(each, "an event")
        events += [(kind, text_of(event, kind)) for kind in _KINDS if kind in event]
    keys = {version: key_of(scheme, version) for _, version in events if version != "0"}
    if any(key is None for key in keys.values()):
        return events
    return sorted(
        events, key=lambda each: (each[1] != "0", keys.get(each[1]), _KINDS.index(each[0]))
    )


def _spans(events: list[tuple[str, str]]) -> Iterator[Span]:
    start: str | None = None
    for kind, version in events:
        if kind == "introduced":
            start = version if start is None else start
        elif kind == "last_affected":
            yield Span(start or "0", last_affected=version)
            start = None
        elif version == "*":
            yield Span(start or "0")
            start = None
        else:
            yield Span(start or "0", fixed=version)
            start = None
    if start is not None:
        yield Span(start, has_end=False)
