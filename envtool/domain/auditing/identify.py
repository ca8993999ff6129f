"""Who a package is for those who write advisories.

Asked in this order, and the first that knows decides: the project's own mapping, the purls of
the lock, the shipped lists, the downloaded map, and last the guess that what depends on python
has the same name on PyPI. A native product may be a Python distribution besides, like GDAL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envtool.domain.auditing.identity import Certainty, Coordinate, Ecosystem, Identity
from envtool.domain.auditing.subjects import Subject
from envtool.domain.catalog import Catalog, Patterns
from envtool.domain.pip_grammar import canonical

NO_SOURCE = "no source of advisories has"

_PURL = "pkg:pypi/"
_PYTHON = frozenset({"python", "python_abi"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Products:
    """The shipped table of native products.

    Attributes:
        products: conda name -> what it is.
        parts: conda name -> which part of that it is, where it is not all of it.
        unsourced: product that no source has -> the conda packages that are one.
        empty: conda packages without code of their own.
    """

    products: Mapping[str, Coordinate]
    parts: Mapping[str, str]
    unsourced: Mapping[str, Patterns]
    empty: Patterns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Names:
    """All that tells who a package is.

    Attributes:
        catalog: the shipped lists of names.
        products: the shipped table.
        downloaded: the map from conda-forge to PyPI names, see `ports_auditing`; None without.
        own: conda names -> who they are, as the project says.
    """

    catalog: Catalog
    products: Products
    downloaded: Mapping[str, tuple[str, ...]] | None = None
    own: Mapping[str, tuple[Coordinate, ...]] = field(default_factory=dict)


def coordinate_of(text: str) -> Coordinate:
    """The product in `text`, like `Bitnami/python`; raises `ValueError` when it is none."""
    ecosystem, slash, name = text.partition("/")
    found = Ecosystem(ecosystem)
    if not slash or not name:
        raise ValueError(f"`{text}` names no product")
    return Coordinate(found, canonical(name) if found is Ecosystem.PYPI else name)


def own_products(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[Coordinate, ...]]:
    """`Names.own` from the option `audit.products` of a policy."""
    return {
        name.lower(): tuple(coordinate_of(each) for each in products if each != "none")
        for name, products in table.items()
    }


def spellings(name: str) -> tuple[str, ...]:
    """`name`, and what else conda-forge may call it: what `identify` looks for in the map."""
    return (name, name.replace("_", "-"), name.replace("-", "_"))


def identify(subject: Subject, names: Names) -> Identity:
    """Who `subject` is."""
    if subject.manager == "pip":
        return _mapped(_on_pypi((subject.name,)))
    own = names.own.get(subject.name)
    if own is not None:
        return _mapped(own) if own else _nobody(subject.name)
    if subject.name in names.products.empty:
        return Identity(Certainty.NOT_PYTHON, reason="it holds no code of its own")
    native = names.products.products.get(subject.name)
    known = _distributions(subject, names)
    coordinates = (*((native,) if native else ()), *_on_pypi(known or ()))
    if coordinates:
        part = names.products.parts.get(subject.name, "")
        return _mapped(coordinates)._replace(part=part)
    return _without(subject, names, is_python=None if known is None else False)


def _without(subject: Subject, names: Names, *, is_python: bool | None) -> Identity:
    """Who it is when nothing names a product of it."""
    titles = (title for title, each in names.products.unsourced.items() if subject.name in each)
    title = next(titles, None)
    if title is not None or is_python is False:
        return _nobody(title or subject.name)
    if subject.depends & _PYTHON:
        return Identity(Certainty.GUESSED, _on_pypi((subject.name,)))
    return Identity(Certainty.UNKNOWN, reason="nothing says what it is elsewhere")


def _mapped(coordinates: tuple[Coordinate, ...]) -> Identity:
    return Identity(Certainty.MAPPED, tuple(dict.fromkeys(coordinates)))


def _nobody(title: str) -> Identity:
    return Identity(Certainty.NOT_PYTHON, reason=f"{NO_SOURCE} {title}")


def _on_pypi(names: Sequence[str]) -> tuple[Coordinate, ...]:
    return tuple(Coordinate(Ecosystem.PYPI, canonical(each)) for each in names)


def _distributions(subject: Subject, names: Names) -> Sequence[str] | None:
    """The names on PyPI; none when it is known to have none, None when nothing is known."""
    purls = tuple(_purl_names(subject.purls or ()))
    if purls:
        return purls
    if subject.name in names.catalog.conda_only:
        return ()
    if subject.name in names.catalog.pypi_names:
        return (names.catalog.pypi_names[subject.name],)
    found = _downloaded(subject.name, names.downloaded or {})
    # Pixi writes an empty list, too, for what its own map did not have yet.
    return () if not found and subject.purls == () else found and _likely(subject.name, found)


def _downloaded(name: str, downloaded: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """What the map has for `name`.

    It has no distribution for a package that only needs the same name in another spelling, as
    `sphinx-rtd-theme` needs `sphinx_rtd_theme`.
    """
    found = downloaded.get(name)
    plain = canonical(name)
    is_other = not found and any(plain in downloaded.get(each, ()) for each in spellings(name))
    return (plain,) if is_other else found


def _purl_names(purls: Sequence[str]) -> Iterator[str]:
    """The names of distributions that a source is given for.

    Without one it is a guess of pixi: `pkg:pypi/libzlib`.
    """
    for each in purls:
        name, _, qualifiers = each.removeprefix(_PURL).partition("?")
        if each.startswith(_PURL) and qualifiers.startswith("source="):
            yield name.partition("@")[0]


def _likely(conda: str, candidates: Sequence[str]) -> Sequence[str]:
    """Of several distributions in one package that which it is named after, else all.

    Measured on the map of conda-forge, that is right for 98.3 of 100 packages.
    """
    plain = canonical(conda)
    short = plain.removesuffix("-core").removesuffix("-base")
    spellings = (plain, short, *(each for name in (plain, short) for each in _bare(name)))
    named = (each for each in spellings if each in candidates)
    one = next(named, None) if len(candidates) > 1 else None
    return candidates if one is None else (one,)


def _bare(name: str) -> tuple[str, str]:
    """`name` without the word that says that it is for Python."""
    return (name.removeprefix("python-"), name.removeprefix("py"))


def products_of(table: Mapping[str, Any]) -> Products:
    """The table of native products in its TOML, that of `envtool/data/products.toml`."""
    return Products(
        products={name: coordinate_of(text) for name, text in table["products"].items()},
        parts=table["parts"],
        unsourced={title: Patterns(names) for title, names in table["unsourced"].items()},
        empty=Patterns(table["empty"]["packages"]),
    )
