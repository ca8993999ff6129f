"""VEX documents: what somebody says of vulnerabilities, and why they do not matter.

OpenVEX (github.com/openvex/spec, `OPENVEX-SPEC.md`) and the vulnerabilities of a CycloneDX BOM
(cyclonedx.org, "Vulnerability Exploitability"), both as JSON. A document is somebody's word, so
what it says is shown beside the vulnerability, and what it does not say clearly does not count.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from envtool.domain.auditing.standing import with_hits
from envtool.domain.auditing.standings import Hit, Standing
from envtool.domain.json_text import JsonTextError, value_of

# What makes a vulnerability not matter, in either format.
_HARMLESS = frozenset(
    {"not_affected", "fixed", "resolved", "resolved_with_pedigree", "false_positive"}
)
_NAME = re.compile(r"[-_.]+")
_FORMATS = "OpenVEX (`@context`) or CycloneDX (`bomFormat`)"


class VexError(JsonTextError):
    """A text is no VEX document; the message says why."""


class Product(NamedTuple):
    """A package as a purl names it; an empty version stands for all of them."""

    type: str
    name: str
    version: str = ""


class Statement(NamedTuple):
    """What one document says of one vulnerability in some products.

    Attributes:
        ids: of the vulnerability, in capitals.
        products: what it is about.
        harmless: whether it says that the vulnerability does not matter.
        why: the status with its justification, one line.
        when: of the statement or its document; the later one counts.
        source: the document.
    """

    ids: frozenset[str]
    products: tuple[Product, ...]
    harmless: bool
    why: str
    when: str
    source: str


class Applied(NamedTuple):
    """Standings with what was said of them, and the statements that are about none."""

    standings: tuple[Standing, ...]
    unused: tuple[Statement, ...]


def read_vex(data: bytes, path: str) -> tuple[Statement, ...]:
    """The statements of a document; raises `JsonTextError` when it is none."""
    document = value_of(data)
    if not isinstance(document, dict):
        raise VexError(f"it is neither {_FORMATS}")
    if str(document.get("@context", "")).startswith("https://openvex.dev/ns"):
        return tuple(_openvex(document, path))
    if document.get("bomFormat") == "CycloneDX":
        return tuple(_cyclonedx(document, path))
    raise VexError(f"it is neither {_FORMATS}")


def _openvex(document: Mapping[str, Any], path: str) -> Iterator[Statement]:
    for each in _tables(document.get("statements")):
        status, why = _text(each.get("status")), _text(each.get("justification"))
        why = why or _text(each.get("impact_statement"))
        products = [
            product
            for item in _items(each.get("products"))
            for product in (item, *_items(item.get("subcomponents") if _is_table(item) else None))
        ]
        yield Statement(
            ids=frozenset(_openvex_ids(each.get("vulnerability"))),
            products=tuple(_products(each for item in products for each in _purls(item))),
            # The specification wants a reason for `not_affected`; without one nobody can judge it.
            harmless=status == "fixed" or (status == "not_affected" and bool(why)),
            why=": ".join(part for part in (status, why) if part),
            when=_text(each.get("timestamp")) or _text(document.get("timestamp")),
            source=path,
        )


def _openvex_ids(value: object) -> Iterator[str]:
    """A vulnerability is a text in old documents, a table with name and aliases in others."""
    if isinstance(value, dict):
        named = (value.get("name"), value.get("@id"), *_items(value.get("aliases")))
        yield from (_id(each) for each in named if isinstance(each, str))
    elif isinstance(value, str):
        yield _id(value)


def _id(text: str) -> str:
    return text.rpartition("/")[2].upper()


def _purls(item: object) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        identifiers = item.get("identifiers")
        purl = identifiers.get("purl") if isinstance(identifiers, dict) else None
        yield from (each for each in (item.get("@id"), purl) if isinstance(each, str))


def _cyclonedx(document: Mapping[str, Any], path: str) -> Iterator[Statement]:
    parts = {_text(each.get("bom-ref")): each for each in _tables(document.get("components"))}
    metadata = document.get("metadata")
    when = _text(metadata.get("timestamp")) if isinstance(metadata, dict) else ""
    for each in _tables(document.get("vulnerabilities")):
        analysis = each.get("analysis")
        said = analysis if isinstance(analysis, dict) else {}
        refs = [_text(item.get("ref")) for item in _tables(each.get("affects"))]
        purls = (_text(parts[ref].get("purl")) if ref in parts else ref for ref in refs)
        state = _text(said.get("state"))
        why = _text(said.get("justification")) or _text(said.get("detail"))
        others = [_text(item.get("id")) for item in _tables(each.get("references"))]
        yield Statement(
            ids=frozenset(_id(name) for name in (_text(each.get("id")), *others) if name),
            products=tuple(_products(purls)),
            harmless=state in _HARMLESS and (state != "not_affected" or bool(why)),
            why=": ".join(part for part in (state, why) if part),
            when=_text(said.get("lastUpdated")) or _text(each.get("updated")) or when,
            source=path,
        )


def _products(purls: Iterable[str]) -> Iterator[Product]:
    """What purls name (github.com/package-url/purl-spec); anything else is left out."""
    for purl in purls:
        scheme, _, rest = purl.partition(":")
        type_, _, path = rest.partition("?")[0].partition("#")[0].strip("/").partition("/")
        if scheme == "pkg" and path:
            name, _, version = path.rpartition("/")[2].partition("@")
            yield Product(type_.lower(), _canonical(unquote(name)), unquote(version))


def _canonical(name: str) -> str:
    return _NAME.sub("-", name).lower()


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in _items(value) if _is_table(each)]


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def apply_vex(standings: Sequence[Standing], statements: Sequence[Statement]) -> Applied:
    """`standings` with each vulnerability suppressed that does not matter; the last word counts."""
    ordered = sorted(statements, key=lambda each: each.when)
    used: set[int] = set()
    after = [_told(each, ordered, used) for each in standings]
    unused = tuple(each for index, each in enumerate(ordered) if index not in used)
    return Applied(tuple(after), unused)


def _told(standing: Standing, ordered: Sequence[Statement], used: set[int]) -> Standing:
    if not standing.hits:
        return standing
    about = [(i, each) for i, each in enumerate(ordered) if _is_about(each, standing)]
    if not about:
        return standing
    return with_hits(standing, tuple(_judged(hit, about, used) for hit in standing.hits))


def _judged(hit: Hit, about: list[tuple[int, Statement]], used: set[int]) -> Hit:
    ids = {each.upper() for each in hit.ids}
    meant = [(index, each) for index, each in about if ids & each.ids]
    used.update(index for index, _ in meant)
    last = meant[-1][1] if meant else None
    if last is None or not last.harmless:
        return hit
    return hit._replace(suppressed=f"{last.why} ({last.source})")


def _is_about(statement: Statement, standing: Standing) -> bool:
    """Whether a purl of the statement is the package, as conda or as PyPI names it."""
    subject = standing.subject
    own = {"conda": "conda", "pip": "pypi"}.get(subject.manager, subject.manager)
    known = {(own, _canonical(subject.name)), ("generic", _canonical(subject.name))}
    known |= {
        (each.ecosystem.value.lower(), _canonical(each.name))
        for each in standing.identity.coordinates
    }
    return any(
        (each.type, each.name) in known and each.version in {"", subject.version}
        for each in statement.products
    )
