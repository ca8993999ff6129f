"""Which folders a configuration of Dependabot looks after."""

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.dependabot import Dependabot, read_updates
from envtool.domain.findings import Place

PATH = ".github/dependabot.yml"


def missed(text: str, *specs: str) -> list[str]:
    updates, place = read_updates(EventYaml().parse(text, PATH), PATH)
    folders = {path: "/" + path.rpartition("/")[0] for path in specs}
    return list(Dependabot(PATH, (), folders, updates, place).missed())


def conda(where: str) -> str:
    return f"version: 2\nupdates:\n- package-ecosystem: conda\n  {where}\n"


@pytest.mark.parametrize(
    ("where", "folder", "covered"),
    [
        ("directory: /", "", True),
        ("directory: ''", "", True),
        ("directory: .", "", True),
        ("directory: /", "docs", False),
        ("directory: docs", "docs", True),
        ("directory: /docs/", "docs", True),
        ("directory: ./docs", "docs", True),
        ("directory: /*", "docs", False),
        ("directory: [x]", "x", False),
        ("directories: [/, /docs]", "docs", True),
        ("directories: [/, /docs]", "", True),
        ("directories: [/, /docs]", "ci", False),
        ("directories: ['/*']", "docs", True),
        ("directories: ['/*']", "", True),
        ("directories: ['/*']", "a/b", False),
        ("directories: ['**/*']", "a/b/c", True),
        ("directories: ['**/*']", "", True),
        ("directories: ['**']", "a", True),
        ("directories: ['**']", "a/b", False),
        ("directories: ['/envs/**/ci']", "envs/a/b/ci", True),
        ("directories: ['/envs/**/ci']", "envs/ci", True),
        ("directories: ['/envs/**/ci']", "ci", False),
        ("directories: ['/env-?']", "env-a", True),
        ("directories: ['/env-?']", "env-ab", False),
        ("directories: ['/env-[ab]']", "env-a", True),
        ("directories: ['/env-[ab]']", "env-c", False),
        ("directories: ['/env-[]*']", "env-[]c", True),
        ("directories: ['/env-[*']", "env-[c", True),
        ("directories: ['/env-[!a]']", "env-a", False),
        ("directories: ['/env-[!a]']", "env-b", True),
        ("directories: ['/env-[z-a]']", "env-a", False),
        ("directories: ['/a.b*']", "aXb", False),
        ("directories: [[x]]", "x", False),
        ("schedule: {}", "", False),
    ],
)
def test_folders(where: str, folder: str, *, covered: bool) -> None:
    path = f"{folder}/environment.yml" if folder else "environment.yml"
    assert missed(conda(where), path) == ([] if covered else [f"/{folder}"])


@pytest.mark.parametrize(
    "text", ["", "[]", "updates:", "updates: [x]", "updates: [{package-ecosystem: pip}]"]
)
def test_odd_documents_look_after_nothing(text: str) -> None:
    assert missed(text, "environment.yaml") == ["/"]


def test_only_names_that_dependabot_opens_are_asked_for() -> None:
    assert missed("", "environment-dev.yml", "ci/env.yml") == []
    assert missed("", "environment-dev.yml", "a/environment.yml", "a/environment.yaml") == ["/a"]


def test_the_place_is_where_an_update_would_be_added() -> None:
    text = conda("directory: /")
    assert read_updates(EventYaml().parse(text, PATH), PATH)[1].line == 3
    assert read_updates(None, PATH)[1] == Place(PATH)
