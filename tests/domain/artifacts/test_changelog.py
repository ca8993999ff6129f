"""The change log: what stands where."""

from datetime import date

import pytest

from envtool.domain.artifacts.changelog import (
    Entry,
    build_facts,
    taken_back,
    with_entry,
    with_return,
)
from envtool.domain.dependency_chains import Standing
from envtool.domain.evidence import Check, Evidence, Examined, Outcome, Subject
from envtool.domain.plan import Plan, PlannedChange, Reason, Ruling
from envtool.domain.plan_json import Rewritten
from envtool.domain.policy.records import Decision, UpdateKind

RULING = Ruling(Decision.AUTO, Reason.KIND, "updates.auto", "", "")


def change(
    name: str, kind: UpdateKind, *versions: str | None, manager: str = "conda", through: str = ""
) -> PlannedChange:
    standing = Standing("application", not through, (through,) if through else ())
    before, after = versions
    return PlannedChange(name, manager, kind, before, after, ("linux-64",), (), standing, RULING)


def test_what_tests_have_measured() -> None:
    checks = (
        Check("build", "3 packages", Outcome.PASSED, "2 from the cache", 1.26),
        Check("smoke", "app", Outcome.PASSED),
        Check("benchmark", "load", Outcome.FAILED, "2.0 s, 1.0 s in what is installed: 2.00 times"),
        Check("benchmark", "other", Outcome.SKIPPED, "nothing is installed"),
    )
    failed = (Check("build", "3 packages", Outcome.FAILED, "no"),)
    older = (Check("build", "3 packages", Outcome.PASSED, "", 1.0),)
    tested = (
        Examined("production", "2026-11-30", checks),
        Examined("development", "2026-11-30", failed),
        Examined("docs", "2026-11-30", older),
    )
    evidence = Evidence(
        subject=Subject("ab" * 32, "linux-64", ""), envtool="0.1", environments=tested
    )
    assert [*build_facts([evidence])] == [
        "production on linux-64: 3 packages built in 1.3 s (2 from the cache)",
        "production on linux-64: `load` takes 2.0 s, 1.0 s in what is installed: 2.00 times",
        "docs on linux-64: 3 packages built in 1.0 s",
    ]


def test_breaking_changes_come_first_with_what_is_to_be_done() -> None:
    plan = Plan(
        (
            change("web", UpdateKind.PATCH, "1.0", "1.1", manager="pip", through="site"),
            change("numlib", UpdateKind.MAJOR, "1.26", "2.0"),
            change("same", UpdateKind.REPLACED, "3.0", "3.0"),
            change("gone", UpdateKind.REMOVED, "1.0", None),
        )
    )
    lines = (Rewritten("environment.yml", 3, "numlib=1.26", "numlib=2.0"),)
    urls = {
        ("pip", "web"): "https://files.pythonhosted.org/packages/ab/web-1.1-py3-none-any.whl",
        ("conda", "numlib"): "https://conda.anaconda.org/conda-forge/noarch/numlib-2.0-0.conda",
        ("conda", "gone"): "https://conda.anaconda.org/bioconda/label/dev/noarch/gone-1.0-0.conda",
        ("conda", "same"): "file:///channel/noarch/same-3.0-0.conda",
    }
    facts = ("built in 12.3 s",)
    entry = Entry(date(2026, 11, 30), "ab" * 32, plan, lines, facts, urls, before="cd" * 32)
    text = with_entry("", entry)
    assert text.splitlines()[4:] == [
        "## 2026-11-30: 4 changes: 4 auto",
        "",
        "Lock `abababababab`, after `cdcdcdcdcdcd`; go back with `git revert`,",
        "`envtool rollback --files`, or `sh recovery/recover.sh previous`.",
        "",
        "### Breaking",
        "",
        "- `numlib` 1.26 -> 2.0 (major, application): https://anaconda.org/conda-forge/numlib",
        "- `same` 3.0 (replaced, application)",
        "",
        "### Migration",
        "",
        "- read what `numlib` says of 2.0 before it is deployed",
        "- read what `same` says of 3.0 before it is deployed",
        "- `environment.yml`: `numlib=1.26` became `numlib=2.0`",
        "",
        "### Others",
        "",
        "- `web` 1.0 -> 1.1 (patch, application, through site): https://pypi.org/project/web/#history",
        "- `gone` 1.0 -> - (removed, application): https://anaconda.org/bioconda/gone",
        "",
        "### Build and cache",
        "",
        "- built in 12.3 s",
    ]


def test_what_mends_a_vulnerability_says_so() -> None:
    plan = Plan(
        (
            change("openssl", UpdateKind.PATCH, "3.0.7", "3.0.8")._replace(security=("CVE-1",)),
            change("web", UpdateKind.MAJOR, "1.0", "2.0")._replace(security=("CVE-2", "CVE-3")),
            change("plain", UpdateKind.PATCH, "1.0", "1.1"),
        )
    )
    text = with_entry("", Entry(date(2026, 11, 30), "ab" * 32, plan))
    parts = (
        "### Breaking",
        ", mends CVE-2, CVE-3\n",
        "### Security",
        ", mends CVE-1\n",
        "### Others",
    )
    places = [text.index(each) for each in parts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("manager", "url", "page"),
    [
        ("conda", "https://conda.anaconda.org/t/tk-1/mine/noarch/a-1-0.conda", "/mine/a"),
        ("conda", "https://repo.example.org/conda-forge/noarch/a-1-0.conda", ""),
        ("conda", "", ""),
        ("pip", "https://index.example.org/a-1-py3-none-any.whl", ""),
    ],
)
def test_only_a_page_that_is_known_is_named(manager: str, url: str, page: str) -> None:
    plan = Plan((change("a", UpdateKind.PATCH, "1", "2", manager=manager),))
    entry = Entry(date(2026, 11, 30), "ab" * 32, plan, urls={(manager, "a"): url})
    line = "- `a` 1 -> 2 (patch, application)"
    assert with_entry("", entry).splitlines()[-1] == line + (
        f": https://anaconda.org{page}" if page else ""
    )


def test_a_newer_entry_goes_on_top() -> None:
    plan = Plan(())
    old = with_entry("", Entry(date(2026, 11, 1), "ab" * 32, plan))
    new = with_entry(f"{old}\nA note.\n", Entry(date(2026, 11, 30), "cd" * 32, plan))
    assert [each for each in new.splitlines() if each.startswith("## ")] == [
        "## 2026-11-30: no change of a package",
        "## 2026-11-01: no change of a package",
    ]
    assert new.endswith("A note.\n")
    assert "Breaking" not in new


A, B, C = (f"{each}" * 64 for each in "abc")


def log(*steps: tuple[str, str]) -> str:
    """A change log of updates from one lock to another, the oldest first."""
    text = ""
    for before, after in steps:
        text = with_entry(text, Entry(date(2026, 11, 30), after, Plan(()), before=before))
    return text


@pytest.mark.parametrize(
    ("text", "lock", "gone"),
    [
        ("", A, ""),
        ("# Notes of ours\n", A, ""),
        (log((A, B)), B, ""),
        (log((A, B)), A, B),
        # `envtool lock` writes no section.
        (log((A, B)), C, ""),
        (log((A, B), (B, C)), B, C),
        (log((A, B), (B, C)), A, C),
        (log((A, B), (B, A)), A, ""),
        # As an older envtool wrote it.
        (log(("", A), ("", B)), A, B),
    ],
)
def test_an_update_that_was_taken_back_is_seen(text: str, lock: str, gone: str) -> None:
    assert taken_back(text, lock) == gone[:12]
    told = with_return(text, date(2026, 12, 1), lock)
    assert taken_back(told, lock) == ""
    assert (told == text) is (not gone)
    if gone:
        assert told.count(f"what `{gone[:12]}` changed was taken back") == 1
        assert told.index("## 2026-12-01: back to an earlier lock") < told.index("## 2026-11-30")
        # Gone forward again.
        assert taken_back(told, gone) == lock[:12]
