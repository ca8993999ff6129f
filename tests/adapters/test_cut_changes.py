"""A change that is killed, or that the system fails, leaves the old or the new files."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.mounting import ITSELF, READ_ONLY, mounted
from tests.writers import CASES, Case, command, files, recovered, run, settled

UPDATE = CASES["update"]


def test_killed_at_any_instant_it_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    states: list[str] = []
    killed = True
    while killed:
        number = len(states) + 1
        root = UPDATE.make(tmp_path / str(number))
        killed = run(f"kill:{number}", root, UPDATE.texts).returncode < 0
        states.append(settled(UPDATE, root))
    assert states == sorted(states, reverse=True)
    assert {"old", "new"} == set(states)
    assert len(states) > 30


@pytest.mark.parametrize("number", range(1, 30, 4))
def test_killed_while_it_recovers_it_recovers_again(tmp_path: Path, number: int) -> None:
    case = CASES["delete"]
    root = case.make(tmp_path / "p")
    run("kill:os.rename:2", root, case.texts)
    run(f"kill:{number}", root, {})
    settled(case, root)
    assert files(root) == case.new


def test_killed_at_random_it_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    large = Case(
        {path: text * 300_000 for path, text in UPDATE.old.items()},
        {path: (text or "") * 300_000 for path, text in UPDATE.texts.items()},
    )
    (tmp_path / "texts").write_text(json.dumps(large.texts))
    for number in range(10):
        root = large.make(tmp_path / str(number))
        with subprocess.Popen(
            command("none", root, f"{tmp_path}/texts"), stdout=subprocess.DEVNULL
        ) as child:
            while child.poll() is None and not (root / ".envtool").exists():
                time.sleep(0.001)
            time.sleep(random.uniform(0, 0.05))  # noqa: S311
            child.kill()
        settled(large, root)


# Every eighth operation, then every one from the first draft to the last file.
@pytest.mark.parametrize("number", [*range(1, 17, 8), *range(17, 48, 2)])
@pytest.mark.parametrize("goes_on", ["", "-"])
def test_a_disk_that_fails_leaves_the_old_or_the_new(
    tmp_path: Path, number: int, goes_on: str
) -> None:
    case = CASES["delete"]
    root = case.make(tmp_path / "p")
    done = run(f"EIO:{number}{goes_on}", root, case.texts)
    before = files(root)
    recovered(root)
    after = files(root)
    assert done.returncode in {0, 2}, done.stderr
    if done.returncode == 0:
        assert (before, after) == (case.new, case.new)
    elif done.stdout.startswith("only a part"):
        assert goes_on
        assert after == case.new
    else:
        # Undone at once, when that was possible.
        assert after == case.old == before or (goes_on and after in (case.old, case.new))


def test_what_can_not_be_put_back_is_said(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    done = run("EIO:os.rename:3-", root, UPDATE.texts)
    records, lock = root / "recovery/records.lock", root / "conda-lock.yml"
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        (
            f"only a part of `{records}`, `{lock}` could be written:"
            f" `{lock}` can not be written: Input/output error; nothing was changed"
        ),
        "mend that and type the command again: the rest is written first",
    ]
    assert settled(UPDATE, root) == "new"


def test_a_read_only_checkout_is_left_as_it_is(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    done = mounted(READ_ONLY, str(root), *command("none", root, UPDATE.texts))
    assert done.returncode == 2, done.stderr
    assert done.stdout.splitlines() == [
        f"`{root}/.envtool` can not be written: Read-only file system; nothing was changed",
        "use a copy that can be written to; what only reads works here: `envtool verify`",
    ]
    assert files(root) == UPDATE.old
    assert not (root / ".envtool").exists()


def test_one_read_only_folder_is_enough_to_leave_all_as_it_is(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    done = mounted(READ_ONLY, str(root / "recovery"), *command("none", root, UPDATE.texts))
    assert done.returncode == 2, done.stderr
    assert "records.lock` can not be written: Read-only file system; nothing" in done.stdout
    assert files(root) == UPDATE.old
    assert not (root / ".envtool").exists()


def test_a_full_disk_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=96k none "$1"; exec "$2" -m tests.full_disk "$1"'
    done = mounted(script, str(tmp_path), sys.executable)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    # From no room at all to enough: the old files and not a name more, then the new ones.
    codes = [row["code"] for row in rows]
    assert codes == sorted(codes, reverse=True)
    assert {2, 0} == set(codes)
    for row in rows:
        assert row["left"] == [], row
        assert row["state"] == ("new" if row["code"] == 0 else "old"), row
        if row["code"]:
            assert row["said"].endswith(
                "can not be written: No space left on device; nothing was changed"
            )


def test_a_file_that_is_mounted_by_itself_is_named(tmp_path: Path) -> None:
    root = UPDATE.make(tmp_path / "p")
    done = mounted(ITSELF, str(root / "conda-lock.yml"), *command("none", root, UPDATE.texts))
    assert done.returncode == 2, done.stderr
    assert "conda-lock.yml` can not be written: Device or resource busy; nothing" in done.stdout
    assert "mount its folder instead" in done.stdout
    assert files(root) == UPDATE.old
    assert not os.path.exists(root / ".envtool")
