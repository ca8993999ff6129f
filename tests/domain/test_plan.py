"""A plan lists what changes, folded, with who decided."""

import pytest

from envtool.domain.dependency_chains import Standing
from envtool.domain.plan import PlannedChange, Rebuilt, plan, ruling_of
from envtool.domain.policy.records import Decision, UpdateKind
from tests.domain.test_dependency_chains import locked, needs
from tests.judging import environment, policy, project
from tests.locking import Entry

BOTH = ("linux-64", "osx-arm64")
PRODUCTION = environment("python=3.12", "numpy=1.26", "mylib")


def everywhere(*entries: Entry) -> list[Entry]:
    return [each._replace(platform=platform) for each in entries for platform in BOTH]


BEFORE = locked(
    *everywhere(
        Entry("python", "3.12.4", needs=needs("openssl")),
        Entry("openssl", "3.3.1"),
        Entry("numpy", "1.26.4", needs=needs("python", "libblas")),
        Entry("libblas", "3.9.0", build="22_a"),
        Entry("mylib", "2.31.0", needs=needs("certifi", "six")),
        Entry("certifi", "2024.8.30"),
        Entry("six"),
    ),
)
AFTER = locked(
    *everywhere(
        Entry("python", "3.12.5", needs=needs("openssl")),
        Entry("openssl", "3.3.0"),
        Entry("numpy", "2.0.1", needs=needs("python", "libblas")),
        Entry("mylib", "2.32.0", needs=needs("certifi", "h11")),
        Entry("h11"),
        Entry("certifi", "2024.8.30", sha256="1" * 64),
    ),
    Entry("libblas", "3.9.0", build="23_a"),
    Entry("libblas", "3.9.0", platform="osx-arm64", build="23_b"),
)


def rows(changes: tuple[PlannedChange, ...]) -> list[str]:
    return [
        f"{each.ruling.decision} {each.kind} {each.name} {each.before} {each.after}"
        f" {'+'.join(each.platforms)} {each.standing.layer}"
        f" {'direct' if each.standing.direct else ' < '.join(each.standing.through[::-1])}"
        for each in changes
    ]


def test_what_needs_a_review_comes_first_and_the_gravest_before_all() -> None:
    both = "+".join(BOTH)
    assert rows(plan(BEFORE, AFTER, project(PRODUCTION)).changes) == [
        f"review major numpy 1.26.4 2.0.1 {both} core-dependencies direct",
        f"review downgrade openssl 3.3.1 3.3.0 {both} core-system python",
        f"review replaced certifi 2024.8.30 2024.8.30 {both} application mylib",
        f"review added h11 None 1.0 {both} application mylib",
        f"auto removed six 1.0 None {both} application mylib",
        f"auto minor mylib 2.31.0 2.32.0 {both} application direct",
        f"auto patch python 3.12.4 3.12.5 {both} core-system direct",
        f"auto rebuild libblas 3.9.0 3.9.0 {both} core-dependencies numpy",
    ]


def test_a_rebuild_says_which_builds() -> None:
    rebuild = plan(BEFORE, AFTER, project(PRODUCTION)).changes[-1]
    assert rebuild.builds == (
        Rebuilt("linux-64", "22_a", "23_a"),
        Rebuilt("osx-arm64", "22_a", "23_b"),
    )


def test_a_plan_counts_its_decisions() -> None:
    made = plan(BEFORE, AFTER, project(PRODUCTION))
    assert [made.count(each) for each in Decision] == [4, 4]


def test_the_same_lock_in_other_words_is_no_change() -> None:
    other = tuple(each._replace(line=0, category="dev", dependencies=()) for each in BEFORE)
    assert plan(BEFORE, other, project(PRODUCTION)).changes == ()


def test_platforms_that_differ_are_lines_of_their_own() -> None:
    entry = Entry("a", "1.0")
    other = Entry("a", "1.0", platform="osx-arm64")
    after = locked(entry._replace(version="1.1"), other._replace(version="2.0"))
    assert rows(plan(locked(entry, other), after, project()).changes) == [
        "review major a 1.0 2.0 osx-arm64 application ",
        "auto minor a 1.0 1.1 linux-64 application ",
    ]


def test_of_several_platforms_the_nearest_reason_counts() -> None:
    spec = environment("b # [osx]", "c", "d")
    before = (
        *everywhere(Entry("c", needs=needs("e")), Entry("d", needs=needs("c", "f")), Entry("b")),
        Entry("e", needs=needs("f")),
        Entry("e", platform="osx-arm64"),
        *everywhere(Entry("f")),
    )
    changed = [each._replace(version="1.1") if each.name in {"b", "f"} else each for each in before]
    found = {
        each.name: each.standing
        for each in plan(locked(*before), locked(*changed), project(spec)).changes
    }
    assert found["b"] == Standing("application", direct=True)
    assert found["f"] == Standing("application", through=("d",))


@pytest.mark.parametrize(
    ("toml", "package", "kind", "decision", "reason", "line", "origin"),
    [
        ("", "a", "minor", "auto", "kind", 'updates.auto = ["patch", "minor", "rebuild", "removed"]', "default (recommended)"),
        ("", "a", "major", "review", "kind", 'updates.auto = ["patch", "minor", "rebuild", "removed"]', "default (recommended)"),
        ("profile = 'strict'", "a", "minor", "review", "kind", 'updates.auto = ["patch", "rebuild"]', "default (strict)"),
        ("updates.auto = ['major']", "a", "major", "auto", "kind", 'updates.auto = ["major"]', "envtool.toml:1:1"),
        ("updates.auto = []", "a", "patch", "review", "kind", "updates.auto = []", "envtool.toml:1:1"),
        ("updates.review = ['x', 'Open*']", "openssl", "patch", "review", "package", 'updates.review = ["x", "Open*"]', "envtool.toml:1:1"),
        ("updates.review = ['open*']", "numpy", "patch", "auto", "kind", 'updates.auto = ["patch", "minor", "rebuild", "removed"]', "default (recommended)"),
    ],
)  # fmt: skip
def test_a_line_of_the_policy_decides(
    toml: str, package: str, kind: str, decision: str, reason: str, line: str, origin: str
) -> None:
    ruling = ruling_of(policy(toml).policy, package, UpdateKind(kind))
    assert (ruling.decision, ruling.reason, ruling.line) == (decision, reason, line)
    assert ruling.origin.startswith(origin)
    assert line.startswith(ruling.key)
