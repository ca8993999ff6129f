"""The message of a commit of an environment."""

import pytest

from envtool.domain.commit_message import message
from envtool.domain.dependency_chains import Standing
from envtool.domain.evidence import Evidence, Subject
from envtool.domain.findings import Place
from envtool.domain.plan import PlannedChange, Reason, Ruling
from envtool.domain.policy.records import Decision, UpdateKind
from envtool.domain.proposal import Proposal

RULING = Ruling(Decision.AUTO, Reason.KIND, "updates.auto", "", "")


def change(
    name: str, before: str | None, after: str | None, kind: UpdateKind = UpdateKind.MINOR
) -> PlannedChange:
    standing = Standing("application", direct=False, through=("web", "helper"))
    return PlannedChange(name, "conda", kind, before, after, ("linux-64",), (), standing, RULING)


def made(
    *changes: PlannedChange,
    evidence: tuple[Evidence, ...] = (),
    paths: tuple[str, ...] = ("conda-lock.yml", "environment.yml"),
) -> str:
    place = Place("conda-lock.yml")
    return message(Proposal(place, (), (), "", evidence, changes), "a" * 64, (), paths)


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ([], "Update the lock of the environment"),
        ([change("a", "1", "2")], "Update a 1 -> 2"),
        ([change("a", None, "2", UpdateKind.ADDED)], "Add a 2"),
        ([change("a", "1", None, UpdateKind.REMOVED)], "Remove a 1"),
        ([change("a", "1", "1", UpdateKind.REBUILD)], "Update a 1"),
        ([change("a" * 80, "1", "2")], "Update 1 package of the environment"),
        ([change("a", "1", "2"), change("b", "1", "2")], "Update 2 packages of the environment"),
    ],
)
def test_the_subject(changes: list[PlannedChange], subject: str) -> None:
    assert made(*changes).splitlines()[0] == subject


@pytest.mark.parametrize(
    ("paths", "what"),
    [
        ("environment.yml", "environment.yml"),
        ("environment.yml environment-dev.yml", "the environment files"),
        ("recovery/CHANGELOG.md", "the recovery files of the environment"),
        ("environment.yml recovery/x", "environment.yml and the recovery files of the environment"),
        ("conda-lock.yml recovery/records.lock", "the lock of the environment"),
    ],
)
def test_where_no_package_changes_the_subject_names_the_files(paths: str, what: str) -> None:
    assert made(paths=tuple(paths.split())).splitlines()[0] == f"Update {what}"


def test_a_row_for_each_change_up_to_a_hundred() -> None:
    rows = made(*(change(f"p{number}", "1", "2") for number in range(102))).splitlines()[2:]
    assert rows[0] == "minor     p0   1 -> 2 (linux-64, through web > helper)"
    assert rows[100] == "and 2 more"
    assert rows[-1] == f"Envtool-Lock: {'a' * 64}"


def test_what_was_tested_without_a_commit() -> None:
    subject = Subject("a" * 64, "linux-64", "p", dirty=True)
    evidence = Evidence(subject=subject, envtool="0.1.0", environments=())
    text = made(change("a\x1b[31m", "1", "2"), evidence=(evidence,))
    assert "Envtool-Tested: linux-64, 0 of 0 checks passed of , with changes" in text
    assert "\x1b" not in text
