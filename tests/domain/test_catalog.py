"""Sets of names and globs, and what the shipped lists say."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.catalog import Patterns
from tests.judging import SHIPPED

texts = st.text("ab-*?[]!", min_size=1, max_size=6)


@given(st.lists(texts, max_size=4), st.text("ab-", max_size=5))
def test_patterns_are_fnmatch(patterns: list[str], name: str) -> None:
    assert (name in Patterns(patterns)) is any(fnmatchcase(name, each) for each in patterns)


def test_patterns_ignore_case() -> None:
    assert "numpy" in Patterns(["NumPy"])
    assert "abc" in Patterns(["[A-B]bc"])


def test_dash_and_underscore_are_the_same() -> None:
    assert "pre_commit" in Patterns(["pre-commit"])
    assert "pre-commit" in Patterns(["pre_*"])
    assert "a_b" in Patterns(["a[-_]b"])


@pytest.mark.parametrize(
    ("name", "section", "layer"),
    [
        ("pytest-cov", "testing", None),
        ("python", None, "core-system"),
        ("numpy", None, "core-dependencies"),
        ("postgresql", None, "database"),
        ("fastapi", None, "application"),
        ("something-of-our-own", None, "application"),
    ],
)
def test_the_shipped_lists(name: str, section: str | None, layer: str | None) -> None:
    catalog = SHIPPED.catalog()
    assert catalog.dev_tool(name) == section
    assert layer in {None, catalog.layer(name)}


@pytest.mark.parametrize(
    ("conda", "pypi"),
    [("pytorch", "torch"), ("ruamel.yaml", "ruamel-yaml"), ("a_b", "a-b"), ("numpy", "numpy")],
)
def test_distributions(conda: str, pypi: str) -> None:
    assert SHIPPED.catalog().distribution(conda) == pypi
