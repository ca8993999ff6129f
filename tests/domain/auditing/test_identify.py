"""Who a package is for those who write advisories."""

from dataclasses import replace

import pytest

from envtool.domain.auditing.identify import Names, coordinate_of, identify, own_products
from envtool.domain.auditing.identity import Certainty, Coordinate, Ecosystem, Identity
from tests.auditing import subject
from tests.judging import SHIPPED

NAMES = Names(
    catalog=SHIPPED.catalog(),
    products=SHIPPED.products(),
    downloaded={
        "numpy": ("numpy",),
        "known-as": ("other-name",),
        "known-as-too": ("known-as-too",),
        "known-here": (),
        "known_here": ("known-here", "other"),
        "typing-extensions": (),
        "zlib": (),
        "ninja": (),
        "acorns": ("acorns", "autodiff-deshanadesai"),
        "python-crfsuite": ("crfsuite", "x"),
        "pyarrow-core": ("pyarrow", "x"),
        "pyfoo-base": ("foo", "x"),
        "two": ("one", "other"),
    },
    own=own_products(
        {
            "Our-Fork": ["PyPI/Requests"],
            "openssl-fips": ["OpenSSL/openssl"],
            "numpy-internal": ["none"],
        }
    ),
)
PYTHON = frozenset({"python"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The project's own mapping.
        ("our-fork", ["PyPI/requests"]),
        ("openssl-fips", ["OpenSSL/openssl"]),
        # Native products.
        ("openssl", ["OpenSSL/openssl"]),
        ("libcurl", ["curl/libcurl"]),
        ("curl", ["curl/curl"]),
        ("python", ["Bitnami/python"]),
        ("nodejs", ["Bitnami/node"]),
        ("libsqlite", ["Bitnami/sqlite"]),
        ("uv", ["PyPI/uv"]),
        # The shipped list of names.
        ("pytorch", ["PyPI/torch"]),
        ("brotli-python", ["PyPI/brotli"]),
        # The downloaded map: what the package is named after, else all.
        ("numpy", ["PyPI/numpy"]),
        ("known-as", ["PyPI/other-name"]),
        ("acorns", ["PyPI/acorns"]),
        ("python-crfsuite", ["PyPI/crfsuite"]),
        ("pyarrow-core", ["PyPI/pyarrow"]),
        ("pyfoo-base", ["PyPI/foo"]),
        ("two", ["PyPI/one", "PyPI/other"]),
        # The same under another spelling.
        ("known_as_too", ["PyPI/known-as-too"]),
        ("known-here", ["PyPI/known-here"]),
        # What no map needs to know.
        ("pyqtwebengine", ["PyPI/pyqtwebengine"]),
        ("pyqtchart", ["PyPI/pyqtchart"]),
        ("pyqt5-sip", ["PyPI/pyqt5-sip"]),
        ("typing-extensions", ["PyPI/typing-extensions"]),
        ("typing_extensions", ["PyPI/typing-extensions"]),
    ],
)
def test_mapped(name: str, expected: list[str]) -> None:
    found = identify(subject(name, depends=PYTHON), NAMES)
    assert found.certainty is Certainty.MAPPED
    assert list(found.coordinates) == [coordinate_of(each) for each in expected]
    assert found.reason == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("numpy-internal", "no source of advisories has numpy-internal"),
        ("zlib", "no source of advisories has zlib"),
        ("libzlib", "no source of advisories has zlib"),
        ("libexpat", "no source of advisories has expat"),
        ("liblzma", "no source of advisories has xz"),
        ("libxml2", "no source of advisories has libxml2"),
        ("r-ggplot2", "no source of advisories has R packages"),
        # Known to be no distribution, though it depends on python.
        ("ninja", "no source of advisories has ninja"),
        ("graphviz", "no source of advisories has graphviz"),
        ("python_abi", "it holds no code of its own"),
        ("ca-certificates", "it holds no code of its own"),
    ],
)
def test_known_to_have_no_source(name: str, reason: str) -> None:
    found = identify(subject(name, depends=PYTHON), NAMES)
    assert found == Identity(Certainty.NOT_PYTHON, (), reason)


def test_a_guess_and_none() -> None:
    guessed = identify(subject("Some.Lib", depends=PYTHON), NAMES)
    assert guessed == Identity(Certainty.GUESSED, (Coordinate(Ecosystem.PYPI, "some-lib"),))
    unknown = identify(subject("some-lib"), NAMES)
    assert unknown == Identity(Certainty.UNKNOWN, (), "nothing says what it is elsewhere")
    without = Names(catalog=NAMES.catalog, products=NAMES.products)
    assert identify(subject("numpy", depends=PYTHON), without).certainty is Certainty.GUESSED


def pypi(*names: str) -> tuple[Coordinate, ...]:
    return tuple(Coordinate(Ecosystem.PYPI, each) for each in names)


@pytest.mark.parametrize(
    ("name", "purls", "expected"),
    [
        (
            "numpy",
            ["pkg:pypi/Urllib3?source=hash-mapping", "pkg:pypi/six@1?source=x"],
            ["urllib3", "six"],
        ),
        # Not of PyPI, or pixi's guess.
        ("numpy", ["pkg:npm/left-pad?source=x", "pkg:pypi/other"], ["numpy"]),
        ("libzlib", ["pkg:pypi/libzlib"], []),
        # The map knows more than the lock did.
        ("numpy", [], ["numpy"]),
        ("pytorch", [], ["torch"]),
        # It was looked up, and is none: no reason to guess.
        ("some-lib", [], []),
        ("zlib", [], []),
    ],
)
def test_purls_of_the_lock(name: str, purls: list[str], expected: list[str]) -> None:
    found = identify(subject(name, purls=tuple(purls), depends=PYTHON), NAMES)
    assert found.coordinates == pypi(*expected)
    assert found.certainty is (Certainty.MAPPED if expected else Certainty.NOT_PYTHON)


def test_a_native_product_may_be_a_distribution_besides() -> None:
    found = identify(subject("gdal", purls=("pkg:pypi/gdal?source=hash-mapping",)), NAMES)
    assert found.coordinates == (
        Coordinate(Ecosystem.BITNAMI, "gdal"),
        Coordinate(Ecosystem.PYPI, "gdal"),
    )


def test_what_pip_installed_is_on_pypi() -> None:
    found = identify(subject("Foo_Bar", manager="pip"), NAMES)
    assert found == Identity(Certainty.MAPPED, (Coordinate(Ecosystem.PYPI, "foo-bar"),))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("libpq", "client library"),
        ("openldap", "client library, with its commands"),
        ("postgresql", ""),
        ("libgdal-core", ""),
        ("libcurl", ""),
    ],
)
def test_a_package_may_be_a_part_of_a_product(name: str, part: str) -> None:
    assert identify(subject(name), NAMES).part == part


def test_the_word_of_the_project_is_about_the_whole_product() -> None:
    own = own_products({"libpq": ["Bitnami/postgresql"]})
    found = identify(subject("libpq"), replace(NAMES, own=own))
    assert found.coordinates == (Coordinate(Ecosystem.BITNAMI, "postgresql"),)
    assert found.part == ""


@pytest.mark.parametrize("text", ["PyPI", "PyPI/", "Debian/openssl", ""])
def test_what_is_no_product(text: str) -> None:
    with pytest.raises(ValueError, match=r"product|Ecosystem"):
        coordinate_of(text)


def test_the_sources_of_products() -> None:
    assert [each.source for each in Ecosystem] == ["osv:PyPI", "osv:Bitnami", "openssl", "curl"]
