"""Why a package is there, and which layer it comes with."""

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.dependency_chains import Standing, standings
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import LockedPackage
from tests.judging import environment, project
from tests.locking import Entry, lock_text


def locked(*entries: Entry) -> tuple[LockedPackage, ...]:
    lock = read_lock(lock_text(*entries), "conda-lock.yml", EventYaml().parse)
    assert lock is not None
    return lock.packages


def needs(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "*") for name in names)


PRODUCTION = environment(
    "python=3.12", "numpy", "flask", "winonly  # [win]", "pip", "pip: [mylib, My_Other.Lib]"
)
DEVELOPMENT = environment("pytest")
LOCK = locked(
    Entry("python", needs=needs("openssl", "libzlib", "__glibc")),
    Entry("openssl", needs=needs("ca-certificates")),
    Entry("ca-certificates"),
    Entry("libzlib"),
    Entry("numpy", needs=needs("python", "libblas")),
    Entry("libblas", needs=needs("libopenblas")),
    Entry("libopenblas", needs=needs("libgfortran")),
    Entry("libgfortran"),
    Entry("flask", needs=needs("jinja2", "libopenblas")),
    Entry("jinja2", needs=needs("markupsafe")),
    Entry("markupsafe", needs=needs("jinja2")),
    Entry("pytest", needs=needs("iniconfig", "jinja2"), category="dev"),
    Entry("iniconfig", category="dev"),
    Entry("pip", needs=needs("python")),
    Entry("certifi"),
    Entry("mylib", manager="pip", needs=needs("anyio", "certifi"), url="https://p/mylib.whl"),
    Entry("anyio", manager="pip", url="https://p/anyio.whl"),
    Entry("my-other-lib", manager="pip", url="https://p/t.whl"),
    Entry("leftover"),
    Entry("winonly"),
    Entry("winonly", platform="win-64", needs=needs("certifi")),
    Entry("certifi", platform="win-64"),
)


@pytest.mark.parametrize(
    ("package", "standing"),
    [
        ("python", Standing("core-system", direct=True)),
        ("openssl", Standing("core-system", through=("python",))),
        ("ca-certificates", Standing("core-system", through=("python", "openssl"))),
        ("numpy", Standing("core-dependencies", direct=True)),
        ("libblas", Standing("core-dependencies", through=("numpy",))),
        # The shortest chain leads through flask, the first layer is numpy's.
        ("libopenblas", Standing("core-dependencies", through=("flask",))),
        ("libgfortran", Standing("core-dependencies", through=("flask", "libopenblas"))),
        ("flask", Standing("application", direct=True)),
        ("jinja2", Standing("application", through=("flask",))),
        ("markupsafe", Standing("application", through=("flask", "jinja2"))),
        ("pytest", Standing("development", direct=True)),
        ("iniconfig", Standing("development", through=("pytest",))),
        ("mylib", Standing("application", direct=True)),
        ("anyio", Standing("application", through=("mylib",))),
        ("certifi", Standing("application", through=("mylib",))),
        ("my-other-lib", Standing("application", direct=True)),
        ("leftover", Standing("application")),
        # Listed for another platform only.
        ("winonly", Standing("application")),
    ],
)
def test_a_package_stands_where_it_is_needed_first(package: str, standing: Standing) -> None:
    found = standings(LOCK, project(PRODUCTION, DEVELOPMENT))
    by_name = {name: each for (_, platform, name), each in found.items() if platform == "linux-64"}
    assert by_name[package] == standing


def test_each_platform_is_looked_at_alone() -> None:
    found = standings(LOCK, project(PRODUCTION, DEVELOPMENT))
    assert found["conda", "win-64", "winonly"] == Standing("application", direct=True)
    assert found["conda", "win-64", "certifi"].through == ("winonly",)


def test_a_project_without_files_needs_nothing() -> None:
    assert standings(LOCK[:1], project()) == {
        ("conda", "linux-64", "python"): Standing("core-system")
    }
