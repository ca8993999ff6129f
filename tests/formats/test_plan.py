"""A plan as people read it: in a terminal, in a pull request, as JSON."""

import re
from dataclasses import replace
from typing import Any

import pytest

from envtool.domain.plan import Plan, PlannedChange, plan
from envtool.domain.plan_json import Rewritten, described, headline
from envtool.domain.policy.records import UpdateKind
from envtool.domain.results import Failure, Result
from envtool.errors import ExitCode
from envtool.formats import plan as text
from envtool.formats.lines import plain
from envtool.formats.plan_markdown import render_markdown
from tests.domain.test_plan import AFTER, BEFORE, BOTH, PRODUCTION
from tests.formats.test_hostile_names import ACTING, HOSTILE
from tests.judging import project

MADE = plan(BEFORE, AFTER, project(PRODUCTION, toml="updates.review = ['python']"))
LINES = [Rewritten("environment.yml", 5, "numpy=1.26", "numpy=2.0")]


def result(made: Plan = MADE, lines: list[Rewritten] = LINES) -> Result:
    data: Any = {"plan": described(made, lines, BOTH)}
    return Result(command="update", headline=headline(made), data=data)


def change(**fields: Any) -> PlannedChange:
    return MADE.changes[0]._replace(**fields)


TEXT = """\
8 packages change: 3 auto, 5 need review

needs a review
  major     numpy   1.26.4 -> 2.0.1         direct, core-dependencies
  downgrade openssl 3.3.1 -> 3.3.0          through python, core-system
  replaced  certifi 2024.8.30, other bytes  through mylib, application
  added     h11     1.0                     through mylib, application
  by updates.auto = ["patch", "minor", "rebuild", "removed"], default
    (recommended)

needs a review
  patch     python  3.12.4 -> 3.12.5        direct, core-system
  by updates.review = ["python"], envtool.toml:1:1

auto
  removed   six     1.0                     through mylib, application
  minor     mylib   2.31.0 -> 2.32.0        direct, application
  rebuild   libblas 3.9.0, new builds       through numpy, core-dependencies
  by updates.auto = ["patch", "minor", "rebuild", "removed"], default
    (recommended)

environment.yml
  5: numpy=1.26 -> numpy=2.0
"""


def test_the_text_has_the_answer_first_and_the_policy_line_below_what_it_decided() -> None:
    assert plain(text.render(result(), 80)) == TEXT


def test_a_wide_terminal_folds_less() -> None:
    wide = plain(text.render(result(), 120))
    assert '"rebuild", "removed"], default (recommended)\n' in wide
    assert wide.count("\n") == TEXT.count("\n") - 2


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal_but_for_a_word(width: int) -> None:
    long = change(name="x" * 40, before="1.0.0.post20260101", after="1.0.1.post20260202")
    chain = long.standing._replace(direct=False, through=("a" * 20, "b" * 20, "c" * 20))
    made = Plan((long, long._replace(standing=chain, platforms=("linux-64",)), *MADE.changes))
    for line in plain(text.render(result(made), width)).splitlines():
        assert len(line) <= max(width, 12 + 40 + 45)


def test_what_else_there_is_to_know_stands_behind() -> None:
    more = replace(result(), notes=("left alone: `a`: why", "wrote `.envtool/candidate`"))
    lines = plain(text.render(more, 80)).splitlines()
    assert lines[-2:] == ["info: left alone: `a`: why", "info: wrote `.envtool/candidate`"]
    markdown = render_markdown(more)
    assert "\nleft alone: `a`: why\n" in markdown
    assert markdown.endswith("wrote `.envtool/candidate`\n")


def test_an_error_has_no_plan() -> None:
    failure = Failure(ExitCode.UNSATISFIABLE, "linux-64: no way", hints=("try `--level`",))
    failed = Result(command="update", headline="Unsatisfiable: nothing", failures=(failure,))
    assert plain(text.render(failed, 80)).splitlines()[0] == "Unsatisfiable: nothing"


@pytest.mark.parametrize(
    ("kinds", "line"),
    [
        ((), "0 packages change"),
        (("patch",), "1 package changes: 1 auto"),
        (("major",), "1 package changes: 1 needs review"),
        (("patch", "minor", "major"), "3 packages change: 2 auto, 1 needs review"),
        (("major", "added"), "2 packages change: 2 need review"),
    ],
)
def test_the_headline_counts(kinds: tuple[str, ...], line: str) -> None:
    by_kind = {each.kind: each for each in MADE.changes if each.name != "python"}
    by_kind[UpdateKind.PATCH] = by_kind[UpdateKind.MINOR]
    assert headline(Plan(tuple(by_kind[UpdateKind(each)] for each in kinds))) == line


@pytest.mark.parametrize(
    ("fields", "version", "why"),
    [
        ({}, "1.26.4 -> 2.0.1", "direct"),
        ({"before": None}, "2.0.1", "direct"),
        ({"after": None}, "1.26.4", "direct"),
        ({"kind": UpdateKind.REPLACED, "after": "1.26.4"}, "1.26.4, other bytes", "direct"),
        ({"kind": UpdateKind.REBUILD, "before": "1.0", "after": "1.0.0"}, "1.0 -> 1.0.0", "direct"),
        ({"kind": UpdateKind.REBUILD, "after": "1.26.4", "builds": MADE.changes[-1].builds[:1]}, "1.26.4 22_a -> 23_a", "direct"),
    ],
)  # fmt: skip
def test_versions_say_what_tells_before_from_after(
    fields: dict[str, Any], version: str, why: str
) -> None:
    data: Any = described(Plan((change(**fields),)), [], BOTH)
    assert text.versions(data["changes"][0]) == version
    assert text.why(data["changes"][0]) == why


def test_markdown_has_a_table_for_each_decision() -> None:
    lines = render_markdown(result()).splitlines()
    assert lines[0] == "**8 packages change: 3 auto, 5 need review**"
    assert "| major | `numpy` | `1.26.4 -> 2.0.1` | direct | core\\-dependencies | all |" in lines
    assert '**needs a review** by `updates.review = ["python"]` (envtool.toml:1:1)' in lines
    assert lines[-1] == "- `environment.yml:5`: `numpy=1.26` becomes `numpy=2.0`"


def test_some_platforms_and_pip_are_named() -> None:
    data = result(Plan((change(manager="pip", platforms=("linux-64",)),)))
    assert "numpy (pip) 1.26.4 -> 2.0.1  direct, core-dependencies, on linux-64" in plain(
        text.render(data, 80)
    )
    assert "| `numpy (pip)` | `1.26.4 -> 2.0.1` | direct | core\\-dependencies | linux\\-64 |" in (
        render_markdown(data)
    )


def test_what_nothing_needs_says_so() -> None:
    orphan = MADE.changes[0].standing._replace(direct=False)
    assert "nothing needs it" in render_markdown(result(Plan((change(standing=orphan),)), []))


def test_a_comment_takes_no_more_than_github_does() -> None:
    loud = tuple(change(name="&<@|#" * 90 + str(n)) for n in range(900))
    many = Plan((*loud, MADE.changes[-1]))
    lines = [LINES[0]._replace(line=n, before="&<@|#" * 90) for n in range(900)]
    comment = render_markdown(replace(result(many, lines), notes=("&<@|#" * 90,) * 200))
    assert len(comment) <= 65_536
    assert re.search(r"\d+ more changes are not listed", comment)
    assert re.search(r"\d+ more lines are not listed", comment)
    assert re.search(r"\d+ more notes are not listed", comment)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_names_do_nothing_but_show(name: str) -> None:
    standing = MADE.changes[0].standing._replace(direct=False, through=(name, name))
    hostile = change(name=name, before=name, after=name + "x", standing=standing)
    made = result(Plan((hostile,)), [Rewritten(name, 3, name, name)])
    shown = plain(text.render(made, 80))
    assert not ACTING.search(shown)
    markdown = render_markdown(made)
    assert not ACTING.search(markdown)
    for row in re.findall(r"^\| .*$", markdown, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) == 7


def test_the_json_says_who_decided() -> None:
    data: Any = result().data["plan"]
    assert data["counts"] == {"auto": 3, "review": 5}
    assert data["lines"] == [
        {"path": "environment.yml", "line": 5, "before": "numpy=1.26", "after": "numpy=2.0"}
    ]
    assert data["changes"][1] == {
        "name": "openssl",
        "manager": "conda",
        "kind": "downgrade",
        "before": "3.3.1",
        "after": "3.3.0",
        "platforms": ["linux-64", "osx-arm64"],
        "everywhere": True,
        "builds": [],
        "layer": "core-system",
        "direct": False,
        "through": ["python"],
        "decision": "review",
        "decided_by": {
            "reason": "kind",
            "key": "updates.auto",
            "line": 'updates.auto = ["patch", "minor", "rebuild", "removed"]',
            "origin": "default (recommended)",
        },
        "security": [],
    }
