"""`envtool lock --merge` settles what git could not, with a real solver."""

import json
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.conftest import Envtool, Run
from tests.merging import LOCK, Repository
from tests.workflows.test_merge_driver import held

RECORDS = "recovery/records.lock"
SPEC = "environment.yml"
WROTE_BOTH = "no package moved, wrote `recovery/records.lock` and `conda-lock.yml`"


class Project(Repository):
    """A repository with an environment that is locked on each branch."""

    def __init__(self, folder: Path, channel: Channel, envtool: Envtool, *, driver: bool) -> None:
        super().__init__(folder, driver=driver)
        self._url = channel.url
        self._envtool = envtool

    def spec(self, *packages: str, platforms: str = "linux-64") -> str:
        """An environment file; a line of its own for each package, where git finds it alone."""
        rows = "".join(f"  # {name[:6]}\n  - {name}\n  # ...\n  # ...\n" for name in packages)
        return (
            f"channels: ['{self._url}']\nplatforms: [{platforms}]\ndependencies:\n  # all\n{rows}"
        )

    def lock(self, *options: str) -> Run:
        return self._envtool("lock", str(self.folder), *options)

    def locked(self, spec: str, branch: str | None = None) -> None:
        """Commit `spec` and its lock."""
        if branch is not None:
            self.git("checkout", "-q", "-b", branch)
        self.write({SPEC: spec})
        assert self.lock().code == 0
        self.commit({})

    def branches(self, base: str, ours: str, theirs: str) -> None:
        """As `fork`, each with its lock."""
        self.locked(base)
        self.locked(theirs, "theirs")
        self.git("checkout", "-q", "main")
        self.locked(ours, "ours")

    def settle(self, spec: str) -> None:
        """Settle the environment file by hand."""
        self.write({SPEC: spec})
        self.git("add", SPEC)


@pytest.fixture
def project(tmp_path: Path, channel: Channel, envtool: Envtool) -> Project:
    return Project(tmp_path / "project", channel, envtool, driver=True)


@pytest.fixture
def plain(tmp_path: Path, channel: Channel, envtool: Envtool) -> Project:
    """Without a merge driver."""
    return Project(tmp_path / "project", channel, envtool, driver=False)


def test_two_branches_that_each_add_a_package(project: Project) -> None:
    spec = project.spec
    project.branches(spec("guard"), spec("library=1", "guard"), spec("guard", "license-own"))
    done = project.git("merge", "theirs")
    assert (done.code, project.unmerged) == (0, set())
    assert held(project.read()) == ["guard 2.0", "library 1.0", "license-own 1.0"]
    assert "`envtool lock` locks that" in done.err
    # Nothing has to move; hash and records of the merged environment are made.
    assert project.lock().first == f"Locked 3 packages for linux-64: {WROTE_BOTH}"
    assert project.lock("--check").code == 0
    assert "license-own-1.0" in project.read(RECORDS)


def merged_into_a_conflict(project: Project) -> str:
    """Ours needs an old `library`, theirs has a new one; the environment that both come to."""
    spec = project.spec
    both = spec("old-user", "guard", "library")
    project.branches(spec("guard=1"), spec("old-user", "guard=1"), spec("guard=1", "library"))
    assert project.git("merge", "theirs").code == 1
    assert LOCK in project.unmerged
    project.settle(both.replace("guard", "guard=1"))
    return both


def test_what_does_not_fit_is_solved(project: Project) -> None:
    merged_into_a_conflict(project)
    refused = project.lock()
    assert refused.code == 2
    assert "hint: settle it: `envtool lock --merge`" in refused.err
    done = project.lock("--merge")
    path = f"{project.folder}/{LOCK}"
    assert done.code == 0
    assert done.out.splitlines()[0] == (
        "Locked 3 packages for linux-64: no package moved, wrote `conda-lock.yml`"
    )
    assert "the older of two, which fits" in done.out
    assert "`library`: ours 1.0, theirs 2.0: kept 1.0 on linux-64" in done.out
    assert f"then type `git add {path} " in " ".join(done.out.split())
    assert held(project.read()) == ["guard 1.0", "library 1.0", "old-user 1.0"]
    assert project.lock("--check").code == 0
    project.git("add", LOCK, RECORDS)
    assert project.git("commit", "-q", "--no-edit").code == 0
    again = project.lock("--merge")
    assert again.code == 2
    assert " ".join(again.err.split()).startswith(f"error: `{path}` is in no conflict")


def test_data_and_check(project: Project) -> None:
    merged_into_a_conflict(project)
    before = project.read()
    checked = project.lock("--merge", "--check")
    assert (checked.code, project.read()) == (1, before)
    assert "bring it up to date: `envtool lock --merge`" in checked.out + checked.err
    data = json.loads(project.lock("--merge", "-o", "json").out)["data"]
    assert {each["name"]: each["choice"] for each in data["merged"]} == {
        "library": "fitting",
        "old-user": "ours",
    }
    assert data["merged"][0] == {
        "choice": "fitting",
        "name": "library",
        "manager": "conda",
        "ours": "1.0",
        "theirs": "2.0",
        "taken": "1.0",
        "platforms": ["linux-64"],
    }
    # The index still knows both sides: a second time gives the same.
    again = project.lock("--merge")
    assert again.first == "Up to date: 3 packages for linux-64"
    assert "then type `git add" in again.out


def test_only_what_must_move_moves(project: Project) -> None:
    """Nothing of either side fits, and a package that has nothing to do with it stays old."""
    spec = project.spec
    project.locked(spec("library=1", "guard=1"))
    project.locked(spec("library", "guard"))
    assert held(project.read()) == ["guard 1.0", "library 1.0"]
    project.locked(spec("new-user=1", "library", "guard"), "theirs")
    assert held(project.read())[1] == "library 2.0"
    project.git("checkout", "-q", "main")
    project.locked(spec("library", "guard", "license-own"), "ours")
    assert project.git("merge", "theirs").code == 0
    assert held(project.read())[:2] == ["guard 1.0", "library 2.0"]
    assert project.lock().first.endswith(WROTE_BOTH)


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_markers_alone_will_do(plain: Project, style: str) -> None:
    plain.git("config", "merge.conflictStyle", style)
    merged_into_a_conflict(plain)
    assert "<<<<<<<" in plain.read()
    plain.git("add", LOCK, RECORDS)
    assert plain.unmerged == set()
    done = plain.lock("--merge")
    assert done.code == 0
    told = "the common ancestor is not known" in done.out
    assert told is (style == "merge")
    assert held(plain.read()) == ["guard 1.0", "library 1.0", "old-user 1.0"]
    assert plain.lock("--check").code == 0


def test_outside_of_any_repository(plain: Project) -> None:
    merged_into_a_conflict(plain)
    (plain.folder / ".git").rename(plain.folder / "moved")
    assert plain.lock("--merge").code == 0
    assert held(plain.read()) == ["guard 1.0", "library 1.0", "old-user 1.0"]


def test_records_of_both_sides_count(plain: Project) -> None:
    merged_into_a_conflict(plain)
    assert {LOCK, RECORDS} <= plain.unmerged
    assert plain.lock("--merge").code == 0
    assert plain.read(RECORDS).startswith("version:")


def test_damaged_records_are_made_anew(plain: Project) -> None:
    merged_into_a_conflict(plain)
    plain.git("add", LOCK, RECORDS)
    plain.write({RECORDS: "<<<<<<< ours\n"})
    assert plain.lock("--merge").code == 0
    assert plain.read(RECORDS).startswith("version:")


def test_the_environment_file_comes_first(plain: Project) -> None:
    spec = plain.spec
    plain.branches(spec("guard=1"), spec("guard=1", "library=1"), spec("guard=1", "library=2"))
    plain.git("merge", "theirs")
    assert {SPEC, LOCK} <= plain.unmerged
    done = plain.lock("--merge")
    assert done.code == 2
    assert "can not be read: the file holds the markers of an unsettled merge" in " ".join(
        done.err.split()
    )
    assert "hint: settle that first: the lock is made from it" in done.err


def test_one_side_removed_the_lock(plain: Project) -> None:
    plain.locked(plain.spec("guard=1"))
    plain.commit({LOCK: None, RECORDS: None}, "theirs")
    plain.git("checkout", "-q", "main")
    plain.locked(plain.spec("guard=1", "library"), "ours")
    assert plain.git("merge", "theirs").code == 1
    plain.settle(plain.spec("guard=1", "library"))
    (plain.folder / LOCK).unlink()
    assert plain.lock("--merge").code == 0
    assert held(plain.read()) == ["guard 1.0", "library 2.0"]


def test_both_sides_are_no_conflict(project: Project) -> None:
    project.locked(project.spec("guard"))
    done = project.lock("--merge")
    assert done.code == 2
    assert "hint: `envtool lock` makes it satisfy the environment files" in done.err
    (project.folder / LOCK).unlink()
    project.git("rm", "-q", "--cached", LOCK)
    assert project.lock("--merge").code == 2


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        (
            "<<<<<<< ours\n=======\n",
            "the sides of `{}` can not be told apart: the last merge marker has no counterpart",
            "`git checkout --merge -- {}` writes the markers anew",
        ),
        (
            "<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n",
            "`{}` of ours is no lock: the document is no mapping, so no lock",
            "take the other side, `git checkout --ours {}`",
        ),
    ],
)
def test_sides_that_can_not_be_read(project: Project, text: str, why: str, hint: str) -> None:
    project.write({SPEC: project.spec("guard"), LOCK: text})
    path = f"{project.folder}/{LOCK}"
    done = project.lock("--merge")
    assert done.code == 2
    words = " ".join(done.err.split())
    assert why.format(path) in words
    assert hint.format(path) in words


def test_only_some_of_many_are_told(plain: Project) -> None:
    from envtool.adapters import connect
    from envtool.workflows.lock_conflict import Sides, merge_texts
    from envtool.workflows.lock_merge import merge_notes
    from tests.locking import Entry, lock_text

    assert plain.folder.exists()
    texts = [
        lock_text(*(Entry(f"p{n}", str(v), manager="pip") for n in range(12))) for v in range(3)
    ]
    told = [*merge_notes(merge_texts(connect(), Sides(*texts), LOCK))]
    assert told[1] == "`p0` (pip): ours 1, theirs 2: kept 2 on linux-64"
    assert told[-2:] == [
        "2 more packages that both sides touched",
        f"then type `git add {LOCK} {RECORDS}`",
    ]
    removed = merge_texts(connect(), Sides(texts[0], texts[1], lock_text()), LOCK)
    assert "`p0` (pip): ours 1, theirs removed it: kept 1 on linux-64" in [*merge_notes(removed)]
