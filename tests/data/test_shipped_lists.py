"""The hand-made lists that come with envtool, read as they are shipped."""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.shipped import LISTS, lists

_DATA = Path(__file__).parents[2] / "envtool" / "data"


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


_TOOLS = {section: table["packages"] for section, table in _table("dev_tools").items()}
_RUNTIME = _TOOLS.pop("not")
_LAYERS = _table("layers")["layers"]
_PYPI = _table("names")["conda-to-pypi"]
_CONDA_ONLY = _table("names")["conda-only"]["packages"]
_LISTS = {
    **{f"dev_tools: {section}": patterns for section, patterns in _TOOLS.items()},
    "dev_tools: not": _RUNTIME,
    **{f"layers: {layer['name']}": layer["packages"] for layer in _LAYERS},
    "names: conda-to-pypi": list(_PYPI),
    "names: conda-only": _CONDA_ONLY,
}


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _layer(name: str) -> str:
    listed = (layer["name"] for layer in _LAYERS if _matches(name, layer["packages"]))
    default = next(layer["name"] for layer in _LAYERS if layer.get("default"))
    return str(next(listed, default))


def _section(name: str) -> str | None:
    if _matches(name, _RUNTIME):
        return None
    return next((each for each, tools in _TOOLS.items() if _matches(name, tools)), None)


def _dead(patterns: Sequence[str]) -> Iterator[str]:
    """Patterns whose every name another pattern of the list matches."""
    for pattern in patterns:
        others = [each for each in patterns if each != pattern]
        # A name that the pattern stands for: `x` for what is variable.
        name = re.sub(r"\[[^\]]*\]", "-", pattern).replace("*", "x").replace("?", "x")
        if _matches(name, others) and _matches(pattern, others):
            yield pattern


@pytest.mark.parametrize("patterns", _LISTS.values(), ids=list(_LISTS))
def test_patterns_are_lower_case_and_stand_once(patterns: list[str]) -> None:
    assert [each for each in patterns if each != each.lower() or " " in each] == []
    assert len(patterns) == len(set(patterns))


@pytest.mark.parametrize("patterns", _LISTS.values(), ids=list(_LISTS))
def test_no_pattern_is_covered_by_another_of_its_list(patterns: list[str]) -> None:
    assert list(_dead(patterns)) == []


def test_a_covered_pattern_would_be_found() -> None:
    assert list(_dead(["pytest*", "pytest-cov", "tox", "r-[!d]*", "r-a*", "r-dbi"])) == [
        "pytest-cov",
        "r-a*",
    ]


@pytest.mark.parametrize(
    "patterns", [*_TOOLS.values(), _RUNTIME, list(_PYPI), _CONDA_ONLY], ids=lambda each: each[0]
)
def test_lists_without_groups_are_sorted(patterns: list[str]) -> None:
    assert patterns == sorted(patterns, key=lambda each: each.replace("[-_]", "-"))


def test_layers_stand_in_the_order_of_their_installation() -> None:
    assert [layer["name"] for layer in _LAYERS] == [
        "core-system",
        "core-dependencies",
        "database",
        "application",
        "development",
    ]
    assert [layer["name"] for layer in _LAYERS if layer.get("default")] == ["application"]
    assert all(layer["title"] for layer in _LAYERS)


def test_names_map_to_another_canonical_name() -> None:
    for conda, pypi in _PYPI.items():
        assert pypi == re.sub(r"[-_.]+", "-", pypi).lower()
        assert pypi != re.sub(r"[-_.]+", "-", conda).lower()
    assert not set(_CONDA_ONLY) & set(_PYPI)


def test_exceptions_are_needed() -> None:
    every = [pattern for patterns in _TOOLS.values() for pattern in patterns]
    for pattern in _RUNTIME:
        assert _matches(pattern.replace("[-_]", "-"), every), pattern


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        *((name, "core-system") for name in ("python", "r-base", "nodejs", "openjdk", "pip")),
        *((name, "core-system") for name in ("openssl", "ca-certificates", "libgcc-ng", "libgcc")),
        *((name, "core-system") for name in ("sysroot_linux-64", "_libgcc_mutex", "cuda-nvcc")),
        *((name, "core-system") for name in ("cudatoolkit", "libcublas", "mkl", "libopenblas")),
        *((name, "core-system") for name in ("mpich", "openmpi-mpicc", "clangxx_osx-64", "tzdata")),
        *((name, "core-system") for name in ("vc14_runtime", "m2w64-gcc-libs", "clang-18")),
        *((name, "core-dependencies") for name in ("numpy", "pandas", "scipy", "requests")),
        *((name, "core-dependencies") for name in ("pydantic", "pydantic-core", "pyyaml", "click")),
        *((name, "core-dependencies") for name in ("typing_extensions", "typing-extensions")),
        *((name, "core-dependencies") for name in ("httpx", "cryptography", "matplotlib-base")),
        *((name, "core-dependencies") for name in ("r-ggplot2", "r-dplyr", "r-matrix", "r-rcpp")),
        *((name, "core-dependencies") for name in ("bioconductor-deseq2", "perl-digest-md5")),
        *((name, "core-dependencies") for name in ("libgdal", "hdf5", "xorg-libx11", "jinja2")),
        *((name, "database") for name in ("postgresql", "libpq", "psycopg", "psycopg2-binary")),
        *((name, "database") for name in ("sqlalchemy", "alembic", "redis-py", "mysqlclient")),
        *((name, "database") for name in ("sqlite", "pymongo", "python-duckdb", "pyodbc")),
        *((name, "database") for name in ("clickhouse-connect", "python-confluent-kafka")),
        *((name, "database") for name in ("r-dbi", "r-rpostgres", "r-rsqlite", "perl-dbd-pg")),
        *((name, "application") for name in ("django", "flask", "fastapi", "uvicorn", "gunicorn")),
        *((name, "application") for name in ("celery", "pytorch", "tensorflow", "xgboost")),
        *((name, "application") for name in ("snakemake-minimal", "our-own-service", "samtools")),
    ],
)
def test_layer_of(name: str, layer: str) -> None:
    assert _layer(name) == layer


@pytest.mark.parametrize(
    ("name", "section"),
    [
        *((name, "testing") for name in ("pytest", "pytest-cov", "hypothesis", "tox", "nox")),
        *((name, "testing") for name in ("mock", "coverage", "codecov", "factory-boy", "moto")),
        *((name, "testing") for name in ("r-testthat", "gtest", "catch2", "perl-test-fatal")),
        *((name, "debugging") for name in ("ipdb", "gdb", "valgrind", "memory_profiler")),
        *((name, "debugging") for name in ("line-profiler", "py-spy", "cuda-gdb", "r-profvis")),
        *((name, "linting") for name in ("black", "ruff", "mypy", "flake8", "flake8-bugbear")),
        *((name, "linting") for name in ("pre-commit", "pre_commit", "types-pyyaml", "r-lintr")),
        *((name, "linting") for name in ("clang-format-18", "pandas-stubs", "pylint", "yamllint")),
        *((name, "documentation") for name in ("sphinx", "sphinx_rtd_theme", "mkdocs-material")),
        *((name, "documentation") for name in ("pydata-sphinx-theme", "doxygen", "numpydoc")),
        *((name, "interactive") for name in ("jupyterlab", "notebook", "ipykernel", "spyder")),
        *((name, "interactive") for name in ("ipython", "jupyterlab_widgets", "r-irkernel")),
        *((name, "packaging") for name in ("twine", "build", "bump2version", "conda-build")),
        *((name, "packaging") for name in ("r-devtools", "readme-renderer", "pip-tools")),
        *((name, None) for name in ("setuptools", "pip", "wheel", "cython", "gcc", "cmake")),
        *((name, None) for name in ("types-python-dateutil", "jupyterlab_pygments", "sphinxbase")),
        *((name, None) for name in ("pthread-stubs", "mypy_extensions", "typing-extensions")),
        *((name, None) for name in ("nbconvert", "jupyter_client", "jupyterhub", "docutils")),
        *((name, None) for name in ("test-tube", "testpath", "poetry", "faker", "debugger")),
        *((name, None) for name in ("ipython_genutils", "blackjax", "ruffus", "numpy")),
    ],
)
def test_section_of(name: str, section: str | None) -> None:
    assert _section(name) == section


def test_the_lists_that_are_read_are_those_that_people_write() -> None:
    assert json.loads(LISTS.read_text("utf-8")) == lists(), "run `python -m tests.shipped`"
