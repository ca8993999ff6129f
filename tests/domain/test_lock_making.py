"""From match specs to what a solver reads, and from records to entries of a lock."""

import pytest
from rattler import MatchSpec as RattlerSpec

from envtool.domain.lock_making import MAIN, Part, locked_packages, solver_text
from envtool.domain.match_specs import parse_match_spec
from tests.domain.test_moves import made

CHANNELS = {"here": "https://example.org/here"}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("numpy", "numpy"),
        ("numpy=1.26", 'numpy[version="=1.26"]'),
        ("numpy ==1.26.4", 'numpy[version="==1.26.4"]'),
        ("numpy>=1.2,<2", 'numpy[version=">=1.2,<2"]'),
        ("numpy=1.26.4=py311_0", 'numpy[version="==1.26.4", build="py311_0"]'),
        ("blas=*=mkl", 'blas[version="*", build="mkl"]'),
        ("here::numpy", 'numpy[channel="https://example.org/here"]'),
        ("here/linux-64::numpy", 'numpy[channel="https://example.org/here", subdir="linux-64"]'),
        ("numpy[build_number=3]", 'numpy[build_number="3"]'),
        ("https://example.org/here/noarch/numpy-1-0.conda#abc", 'numpy[url="https://example.org/here/noarch/numpy-1-0.conda"]'),
    ],
)  # fmt: skip
def test_a_solver_is_asked_for_what_is_written(text: str, asked: str) -> None:
    assert solver_text(parse_match_spec(text), CHANNELS) == asked
    assert str(RattlerSpec(asked, strict=False)).startswith("numpy") or "blas" in asked


def test_entries_keep_every_constraint() -> None:
    record = made("user", "1.0")._replace(
        depends=(
            "library >=1",
            "library <2 *_cpython",
            "library",
            "engine",
            "c::odd 1.0",
            "__glibc >=2.17",
        ),
    )
    (entry,) = locked_packages("linux-64", [Part(MAIN, frozenset({"user"}), (record,))])
    assert dict(entry.dependencies) == {
        "library": ">=1,<2 *_cpython",
        "engine": "",
        "odd": "1.0",
        "__glibc": ">=2.17",
    }


def test_a_package_of_several_categories_is_written_for_each_but_production_takes_all() -> None:
    shared = made("shared", "1")
    one, two = (made(name, "1")._replace(depends=("shared",)) for name in ("one", "two"))
    base = made("base", "1")
    parts = [
        Part(MAIN, frozenset({"base"}), (base,)),
        Part("docs", frozenset({"one", "base"}), (base, one, two, shared)),
        Part("test", frozenset({"two", "gone"}), (base, one, two, shared)),
    ]
    found = [(each.name, each.category) for each in locked_packages("linux-64", parts)]
    assert found == [
        ("base", "main"),
        ("one", "docs"),
        ("shared", "docs"),
        ("shared", "test"),
        ("two", "test"),
    ]
