"""Several files written as one change, on a real file system."""

import json
import os
import shlex
import stat
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from envtool.adapters.changes import ProjectChanges
from envtool.adapters.disk import Disk
from envtool.errors import UnreadableError, UsageError
from tests.writers import CASES, Case, Texts, files, recovered, run

UPDATE = CASES["update"]


def commit(root: Path, texts: Texts, disk: Disk | None = None) -> None:
    changes = ProjectChanges(disk or Disk())
    with changes.exclusive(str(root), wait=5, say=print) as notes:
        assert not notes
        changes.commit(str(root), texts)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_file_is_written_and_nothing_else_is_left(tmp_path: Path, case: Case) -> None:
    root = case.make(tmp_path / "p")
    commit(root, case.texts)
    assert files(root) == case.new
    assert not (root / ".envtool").exists()


def test_what_is_as_it_should_be_is_not_touched(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    before = (root / "conda-lock.yml").stat()
    commit(root, {**UPDATE.old, "new": "x", "nothing": None})
    commit(root, UPDATE.old)
    after = (root / "conda-lock.yml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert files(root) == {**UPDATE.old, "new": "x"}


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lock").write_text("old")
    (outside / "lock").chmod(0o604)
    (root / "link").symlink_to("../outside/lock")
    (root / "dangling").symlink_to("../outside/new")
    commit(root, {"link": "new", "dangling": "x"})
    assert (root / "link").is_symlink()
    assert (outside / "lock").read_text() == "new"
    assert stat.S_IMODE((outside / "lock").stat().st_mode) == 0o604
    assert (outside / "new").read_text() == "x"
    commit(root, {"link": None})
    assert sorted(os.listdir(root)) == ["conda-lock.yml", "dangling", "recovery"]
    assert sorted(os.listdir(outside)) == ["lock", "new"]


def folder(path: Path) -> None:
    path.mkdir()


def fifo(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def device(path: Path) -> None:
    path.symlink_to("/dev/null")


def into_nothing(path: Path) -> None:
    path.symlink_to("nowhere/file")


@pytest.mark.parametrize("make", [folder, fifo, loop, device, into_nothing])
def test_what_is_no_file_stops_the_change(tmp_path: Path, make: Callable[[Path], None]) -> None:
    root = UPDATE.make(tmp_path / "p")
    make(root / "odd")
    names = sorted(os.listdir(root))
    with pytest.raises(UnreadableError):
        commit(root, {**UPDATE.texts, "odd": "x"})
    assert sorted(os.listdir(root)) == names
    for path, text in UPDATE.old.items():
        assert (root / path).read_text() == text


def test_a_file_in_place_of_a_folder_stops_the_change(tmp_path: Path) -> None:
    root = CASES["first"].make(tmp_path / "p")
    (root / "recovery").write_text("x")
    with pytest.raises(UnreadableError, match=r"recovery/records.lock` can not be written"):
        commit(root, CASES["first"].texts)
    assert files(root) == {"recovery": "x"}


def test_two_links_to_one_file_stop_the_change(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    (root / "link").symlink_to("conda-lock.yml")
    with pytest.raises(UnreadableError, match="are links to one file"):
        commit(root, {"conda-lock.yml": "a", "link": "b"})
    assert (root / "conda-lock.yml").read_text() == "old lock\n"


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ".", ""])
def test_only_paths_of_the_project_are_taken(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no path below the project"):
        commit(tmp_path, {path: "x"})


def test_what_was_read_counts_as_read_afterwards(tmp_path: Path) -> None:
    root, disk = UPDATE.make(tmp_path / "p"), Disk()
    commit(root, UPDATE.texts, disk)
    assert disk.was_read(str(root / "conda-lock.yml"))


def test_without_a_turn_the_second_is_told(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    run("kill:os.rename:1", root, UPDATE.texts)
    with pytest.raises(UsageError, match=r"another run is writing here; nothing was changed"):
        ProjectChanges(Disk()).commit(str(root), {"conda-lock.yml": "x"})
    assert not recovered(root)
    assert files(root) == UPDATE.old


# The first rename makes the journal complete, the others replace the files.
HALF = "kill:os.rename:3"


def test_the_next_turn_says_what_it_finished(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    run(HALF, root, UPDATE.texts)
    assert (root / "recovery/records.lock").read_text() == "new records\n"
    assert (root / "conda-lock.yml").read_text() == "old lock\n"
    path = str(root / "conda-lock.yml")
    assert ProjectChanges(Disk()).is_pending(str(root))
    assert recovered(root) == (f"Finished what an earlier run had begun to write: `{path}`",)
    assert files(root) == UPDATE.new
    assert not ProjectChanges(Disk()).is_pending(str(root))


def edited(root: Path) -> None:
    (root / "conda-lock.yml").write_text("mine\n")


def replaced(root: Path) -> None:
    (root / "recovery/records.lock").write_text("mine\n")


def removed(root: Path) -> None:
    (root / "conda-lock.yml").unlink()


def undrafted(root: Path) -> None:
    for draft in root.glob("*.tmp"):
        draft.unlink()


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (edited, "conda-lock.yml` was changed since"),
        (replaced, "recovery/records.lock` was changed since"),
        (removed, "conda-lock.yml` was changed since"),
        (undrafted, "tmp` is gone"),
    ],
)
def test_files_that_were_changed_meanwhile_are_left_alone(
    tmp_path: Path, meddle: Callable[[Path], None], words: str
) -> None:
    root = UPDATE.make(tmp_path / "p")
    run(HALF, root, UPDATE.texts)
    meddle(root)
    before = files(root)
    with pytest.raises(UnreadableError, match=words) as caught:
        recovered(root)
    assert files(root) == before
    command = caught.value.hints[1].split("`")[1]
    subprocess.run(shlex.split(command), check=True)
    assert not recovered(root)
    texts = {path: text for path, text in before.items() if not path.endswith(".tmp")}
    assert files(root) == texts


def test_an_edit_that_is_taken_back_lets_it_finish(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    run(HALF, root, UPDATE.texts)
    edited(root)
    with pytest.raises(UnreadableError):
        recovered(root)
    (root / "conda-lock.yml").write_text("old lock\n")
    assert recovered(root)
    assert files(root) == UPDATE.new


def test_drafts_that_were_tidied_away_before_the_first_leave_the_old(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    run("kill:os.rename:2", root, UPDATE.texts)
    undrafted(root)
    assert not recovered(root)
    assert files(root) == UPDATE.old


GOOD = {
    "version": 1,
    "token": "0123456789abcdef",
    "folders": [],
    "steps": [{"path": "a", "old": None, "new": "0" * 64}],
    "complete": True,
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps(GOOD | {"version": 2}),
        json.dumps(GOOD | {"token": "../../x"}),
        json.dumps(GOOD | {"complete": 1}),
        json.dumps(GOOD | {"steps": [{"path": "../a", "old": None, "new": None}]}),
        json.dumps(GOOD | {"steps": [{"path": "a", "old": None, "new": "0"}]}),
        json.dumps(GOOD | {"folders": ["/x"]}),
        json.dumps(GOOD | {"folders": 3}),
    ],
)
def test_a_journal_that_is_none_stops_every_writer(tmp_path: Path, text: str) -> None:
    (tmp_path / ".envtool").mkdir()
    (tmp_path / ".envtool/journal.json").write_text(text)
    with pytest.raises(UnreadableError, match="can not be read, or is from another") as caught:
        recovered(tmp_path)
    subprocess.run(shlex.split(caught.value.hints[0].split("`")[3]), check=True)
    assert not recovered(tmp_path)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("state", ["complete", "incomplete"])
@pytest.mark.parametrize("text", ["evil", None])
def test_a_journal_that_came_with_a_repository_reaches_nothing_else(
    tmp_path: Path, state: str, text: str | None
) -> None:
    home, root = tmp_path / "home", tmp_path / "p"
    home.mkdir()
    (home / "profile").write_text("known\n")
    (root / ".envtool").mkdir(parents=True)
    (root / "link").symlink_to("../home")
    (root / "link2").symlink_to("../home/profile")
    (root / "evil.0123456789abcdef.tmp").write_text("evil")
    sums = {each: sha256(each.encode()).hexdigest() for each in ("known\n", "evil")}
    new = sums[text] if text else None
    steps = [
        {"path": each, "old": sums["known\n"], "new": new} for each in ("link/profile", "link2")
    ]
    journal = GOOD | {"steps": steps[: 1 if text is None else 2], "complete": state == "complete"}
    (root / ".envtool/journal.json").write_text(json.dumps(journal))
    assert not recovered(root)
    assert (home / "profile").read_text() == "known\n"
    assert os.listdir(home) == ["profile"]
