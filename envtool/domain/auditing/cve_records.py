"""Reads advisories in the CVE JSON 5 record format, as the OpenSSL project publishes its own.

The format: https://github.com/CVEProject/cve-schema.
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
)
from envtool.domain.auditing.ratings import ratings_of

_REFERENCES = 30


def read_openssl(record: object, source: str = "openssl") -> Advisory:
    """The advisory in a CVE record of the OpenSSL project; raises `NotAnAdvisoryError`."""
    content = mapping_of(record, "the record")
    about = mapping_of(content.get("cveMetadata"), "`cveMetadata`")
    containers = mapping_of(content.get("containers"), "`containers`")
    cna = mapping_of(containers.get("cna"), "`cna`")
    references = [mapping_of(each, "a reference") for each in items_of(cna, "references")]
    rejected = text_of(about, "state") == "REJECTED"
    modified = moment_of(about, "dateUpdated")
    return Advisory(
        id=name_of(about, "cveId"),
        aliases=(),
        source=source,
        summary=_summary(cna),
        affected=tuple(_affected(cna)),
        ratings=ratings_of(_vectors(cna)),
        published=moment_of(cna, "datePublic") or moment_of(about, "datePublished"),
        modified=modified,
        withdrawn=(moment_of(about, "dateRejected") or modified) if rejected else None,
        references=tuple(text_of(each, "url") for each in references[:_REFERENCES]),
    )


def _summary(cna: Mapping[str, Any]) -> str:
    for each in items_of(cna, "descriptions"):
        description = mapping_of(each, "a description")
        if text_of(description, "lang").startswith("en"):
            return line_of(text_of(cna, "title") or text_of(description, "value"))
    return line_of(text_of(cna, "title"))


def _vectors(cna: Mapping[str, Any]) -> Iterator[str]:
    for each in items_of(cna, "metrics"):
        for key, value in mapping_of(each, "a metric").items():
            if key.startswith("cvss"):
                yield text_of(mapping_of(value, f"`{key}`"), "vectorString")


def _affected(cna: Mapping[str, Any]) -> Iterator[Affected]:
    coordinate = Coordinate(Ecosystem.OPENSSL, "openssl")
    for each in items_of(cna, "affected"):
        product = mapping_of(each, "`affected`")
        if text_of(product, "product").lower() == coordinate.name:
            yield _product(coordinate, product)


def _product(coordinate: Coordinate, product: Mapping[str, Any]) -> Affected:
    """What an entry of `affected` says; a version that is not affected needs no word."""
    spans: list[Span] = []
    versions: set[str] = set()
    for each in items_of(product, "versions"):
        entry = mapping_of(each, "a version")
        start = text_of(entry, "version") or "0"
        # The FIPS object module has versions of its own.
        if text_of(entry, "status") != "affected" or start.startswith("fips-"):
            continue
        below, last = text_of(entry, "lessThan"), text_of(entry, "lessThanOrEqual")
        if not below and not last:
            versions.add(start)
        elif "*" in {below, last}:
            spans.append(Span(start))
        else:
            spans.append(Span(start, fixed=below or None, last_affected=last or None))
    if not spans and not versions and text_of(product, "defaultStatus") == "affected":
        spans = [Span("0", has_end=False)]
    return Affected(coordinate, Scheme.OPENSSL, tuple(spans), frozenset(versions))
