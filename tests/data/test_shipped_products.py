"""The hand-made table of native products, read as it is shipped."""

import re
import tomllib
from pathlib import Path

import pytest

from envtool.domain.auditing.identify import products_of
from envtool.domain.auditing.identity import Ecosystem
from tests.judging import SHIPPED

TABLE = tomllib.loads(
    (Path(__file__).parents[2] / "envtool" / "data" / "products.toml").read_text("utf-8")
)
PATTERNS = [
    *TABLE["empty"]["packages"],
    *(each for names in TABLE["unsourced"].values() for each in names),
]
NAME = re.compile(r"[a-z0-9_.*\[\]-]+")


def test_every_product_is_in_a_source() -> None:
    products = products_of(TABLE).products
    assert {each.ecosystem for each in products.values()} == set(Ecosystem)
    for name, coordinate in products.items():
        assert NAME.fullmatch(name)
        assert coordinate.name == coordinate.name.lower()


def test_parts_are_of_products_that_are_no_part_themselves() -> None:
    products = products_of(TABLE)
    assert products.parts.keys() <= products.products.keys()
    own = {Ecosystem.OPENSSL, Ecosystem.CURL, Ecosystem.PYPI}
    assert not own & {products.products[each].ecosystem for each in products.parts}


def test_names_are_those_of_conda_and_stand_once() -> None:
    assert [each for each in PATTERNS if not NAME.fullmatch(each)] == []
    assert len(PATTERNS) == len(set(PATTERNS))
    assert TABLE["empty"]["packages"] == sorted(TABLE["empty"]["packages"])


def test_nothing_is_two_things() -> None:
    shipped = SHIPPED.products()
    for name in shipped.products:
        assert name not in shipped.empty
        assert [title for title, names in shipped.unsourced.items() if name in names] == []
    for title, patterns in TABLE["unsourced"].items():
        for name in (each for each in patterns if "*" not in each):
            found = (each for each, names in shipped.unsourced.items() if name in names)
            assert next(found) == title
            assert name not in shipped.empty


@pytest.mark.parametrize(
    ("name", "title"),
    [
        *((name, "GCC") for name in ("libgcc", "libgcc-ng", "libstdcxx-ng", "gcc_linux-64")),
        *((name, "LLVM") for name in ("libllvm15", "clang-18", "libclang13", "libcxx")),
        *((name, "zlib") for name in ("zlib", "libzlib", "minizip")),
        *((name, "X.Org libraries") for name in ("xorg-libx11", "libxcb", "xcb-util")),
        *((name, "R packages") for name in ("r-ggplot2", "bioconductor-deseq2")),
        ("zlib-ng", "zlib-ng"),
        ("ld_impl_linux-64", "binutils"),
    ],
)
def test_products_without_a_source(name: str, title: str) -> None:
    unsourced = SHIPPED.products().unsourced
    assert [each for each, names in unsourced.items() if name in names] == [title]


@pytest.mark.parametrize(
    ("name", "is_empty"),
    [
        *((name, True) for name in ("_libgcc_mutex", "_openmp_mutex", "_go_select", "python_abi")),
        *((name, True) for name in ("backports", "pytensor", "pywin32-on-windows")),
        *((name, True) for name in ("ca-certificates", "tzdata", "font-ttf-ubuntu")),
        # A distribution, whatever its name begins with.
        *(
            (name, False)
            for name in ("_dvc", "typing_extensions", "pypyodbc", "cuda-python", "pytensor-base")
        ),
    ],
)
def test_packages_without_code(name: str, *, is_empty: bool) -> None:
    shipped = SHIPPED.products()
    assert (name in shipped.empty) is is_empty
    assert is_empty or not any(name in names for names in shipped.unsourced.values())


def test_the_table_is_read_once() -> None:
    assert SHIPPED.products() is SHIPPED.products()
