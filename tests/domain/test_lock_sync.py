"""What is locked, and nothing asks for."""

from dataclasses import replace

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.lock_reader import read_lock
from envtool.domain.lock_sync import leftovers, unfounded, unsynced
from envtool.domain.locks import Lock
from envtool.domain.specs import Role, Spec
from tests.judging import SHIPPED, found, judged, spec
from tests.judging import environment as env
from tests.locking import Entry, lock_text

ONE = ("environment.yml",)
PYTHON = Entry("python", "3.12.1")
RICH = Entry("rich", needs=(("pygments", ">=1"), ("python", ""), ("__unix", "")))
PYGMENTS = Entry("pygments", needs=(("python", ""),))
PIP = Entry("pip", needs=(("setuptools", ""),))
REQUESTS = Entry("requests", manager="pip", needs=(("idna", ">=1"), ("Charset_Normalizer", "")))
IDNA = Entry("idna", manager="pip")
CHARSET = Entry("charset-normalizer", manager="pip")


def dev(entry: Entry) -> Entry:
    return entry._replace(category="dev")


def lock(*entries: Entry, sources: tuple[str, ...] = ONE, path: str = "conda-lock.yml") -> Lock:
    platforms = tuple(dict.fromkeys(each.platform for each in entries))
    read = read_lock(
        lock_text(*entries, sources=sources, platforms=platforms), path, EventYaml().parse
    )
    assert read is not None
    return read


def left(made: Lock, *specs: Spec) -> list[str]:
    return [each.brief or each.message for each in unfounded(made, specs, SHIPPED.catalog())]


NOTHING = "`{}` is locked, and nothing asks for it"
# Production file, what is locked, and what nothing asks for.
CASES: list[tuple[str, str, tuple[Entry, ...], list[str]]] = [
    ("asked for", env("rich"), (PYTHON, RICH, PYGMENTS), []),
    ("a head", env("python"), (PYTHON, RICH, PYGMENTS), ["rich"]),
    ("two heads", "channels: [a]\ndependencies: []\n", (PYTHON, RICH._replace(needs=()), PYGMENTS._replace(needs=())), ["python", "rich", "pygments"]),
    ("a circle", env("python"), (PYTHON, Entry("a", needs=(("b", ""),)), Entry("b", needs=(("a", ""),))), ["a"]),
    ("itself", env("python"), (PYTHON, Entry("a", needs=(("a", ""),))), ["a"]),
    ("pip of python", env("python"), (PYTHON, PIP, Entry("setuptools")), []),
    ("pip of nothing", env("rich"), (RICH, PIP), ["pip"]),
    ("pip of a section", env("pip: [requests]"), (PIP, REQUESTS, IDNA, CHARSET), []),
    ("a glob", env("'py*'"), (PYTHON, PYGMENTS, Entry("rich")), ["rich"]),
    ("a virtual package", env("python"), (PYTHON, Entry("__glibc")), []),
    ("spelling", env("pip: [Charset_normalizer]"), (PIP, CHARSET), []),
    ("extras", env("pip: ['x[socks]']"), (Entry("x", manager="pip", needs=(("requests[socks]", ""),)), REQUESTS, IDNA, CHARSET), []),
    ("gone from pip", env("pip: [idna]"), (IDNA, REQUESTS, CHARSET), ["requests"]),
    ("pip needs conda", env("pip: [x]"), (Entry("x", manager="pip", needs=(("torch", ""),)), Entry("pytorch")), []),
    ("a repository", env("pip: ['git+https://e.example/a.git']"), (REQUESTS, IDNA, CHARSET), []),
    ("a marker", env("pip: ['idna; python_version<\"3\"']"), (IDNA,), []),
    ("beside conda", env("pip: [x]"), (Entry("x", manager="pip", needs=(("torch", ""),)), Entry("pytorch"), Entry("triton", manager="pip"), Entry("zlib")), ["zlib"]),
    ("not to be read", env("python =>=3"), (PYTHON, RICH), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "entries", "names"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_leftovers(text: str, entries: tuple[Entry, ...], names: list[str]) -> None:
    assert left(lock(*entries), spec(text)) == [NOTHING.format(each) for each in names]


def test_where_envtool_wrote_the_lock_pip_has_nothing_that_only_pypi_needs() -> None:
    needs = Entry("x", manager="pip", needs=(("torch", ""),))
    made = lock(needs, Entry("pytorch"), Entry("triton", manager="pip"))
    text = spec(env("pip: [x]"))
    assert left(made, text) == []
    assert left(replace(made, recorded=True), text) == [NOTHING.format("triton")]


def test_each_platform_is_looked_at() -> None:
    rich = (RICH, RICH._replace(platform="win-64"))
    made = lock(*rich, PYGMENTS, PYGMENTS._replace(platform="win-64"))
    assert left(made, spec(env("rich  # [linux]"))) == [
        "`rich` is locked on win-64, and nothing asks for it"
    ]
    (reason,) = leftovers(made, (spec(env("pygments")),), SHIPPED.catalog())
    assert reason.message == "`rich` is in `conda-lock.yml`, and nothing asks for it"
    assert (reason.place.line, reason.fix) == (15, "lock again: `envtool lock`")


BOTH = (*ONE, "environment-dev.yml")


def test_what_development_asks_for_is_nothing_of_production() -> None:
    made = lock(PYTHON, RICH, dev(PYGMENTS), dev(Entry("pytest")), sources=BOTH)
    production, path = spec(env("python")), "environment-dev.yml"
    development = spec(env("rich", "pytest"), path, Role.DEVELOPMENT)
    assert left(made, production, development) == [
        "`rich` is locked, and development asks for it, and production does not"
    ]
    assert left(made, spec(env("rich")), spec(env("pygments"), path, Role.DEVELOPMENT)) == [
        NOTHING.format("pytest")
    ]
    assert left(made, spec(env("rich")), spec(env("pytest"), path, Role.DEVELOPMENT)) == [
        "`pygments` is locked, and production asks for it, and development does not"
    ]


def test_conda_lock_knows_no_development_file_by_its_name() -> None:
    made = lock(PYTHON, RICH, PYGMENTS, sources=BOTH)
    development = spec(env("rich"), "environment-dev.yml", Role.DEVELOPMENT)
    assert left(made, spec(env("python")), development) == []


def test_a_category_that_no_file_is_of() -> None:
    assert left(lock(PYTHON, dev(RICH)), spec(env("python"))) == [NOTHING.format("rich")]
    made = lock(PYTHON, dev(PYTHON))
    message = "`python` is locked, and production asks for it, and development does not"
    assert left(made, spec(env("python"))) == [message]


@pytest.mark.parametrize(
    ("path", "sources", "is_known"),
    [
        ("conda-lock.yml", ONE, True),
        ("conda-lock.yml", (), False),
        ("conda-lock.yml", ("environment.yml", "pyproject.toml"), False),
        ("conda-lock.yml", ("a/environment.yml",), True),
        ("conda-lock.yml", ("environment.yml", "../a/environment.yml"), False),
        ("locks/conda-lock.yml", ("../environment.yml",), True),
    ],
)
def test_only_a_lock_that_is_made_from_these_files(
    path: str, sources: tuple[str, ...], *, is_known: bool
) -> None:
    made = lock(PYTHON, RICH, PYGMENTS, sources=sources, path=path)
    assert bool(left(made, spec(env("python")))) is is_known


def test_a_file_that_is_gone() -> None:
    made = replace(lock(PYTHON, dev(RICH), sources=BOTH), recorded=True, gone=BOTH[1:])
    assert left(made, spec(env("python"))) == [
        "the lock was made from `environment-dev.yml`, which is gone"
    ]


def test_lines_and_leftovers_together() -> None:
    made = lock(PYTHON, RICH, PYGMENTS)
    found_all = unsynced(made, (spec(env("python=3.13")),), SHIPPED.catalog())
    assert [each.package for each in found_all] == ["python", "rich"]


def test_the_rule_says_so() -> None:
    text = lock_text(PYTHON, RICH, PYGMENTS, sources=ONE)
    (finding,) = found(judged(env("python"), lock=text), "lock.in-sync")
    assert finding.message == "`rich` is in `conda-lock.yml`, and nothing asks for it"
    assert (finding.source, finding.package) == ("- name: rich", "rich")
