"""One writer at a time, on a real file system and with real processes."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from envtool.adapters.turns import turn
from envtool.errors import UnreadableError, UsageError
from tests.writers import CASES, files, run


def silent(text: str) -> None:
    raise AssertionError(text)


def test_the_second_says_on_whom_it_waits_and_gives_up(tmp_path: Path) -> None:
    said: list[str] = []
    with turn(str(tmp_path / ".envtool"), 0, silent) as has_locks:
        assert has_locks
        with (
            pytest.raises(UsageError, match="is in use by another envtool") as caught,
            turn(str(tmp_path / ".envtool"), 0.2, said.append),
        ):
            pass
    process = f"process {os.getpid()} on {os.uname().nodename}"
    folder, me = tmp_path / ".envtool", f"another envtool ({process})"
    assert said == [f"Waiting for {me}, which has `{folder}` in use"]
    assert caught.value.message == f"`{folder}` is in use by {me}: waited 0 s"
    assert not os.listdir(tmp_path)


def test_the_second_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    waits = Event()

    def second() -> float:
        with turn(str(tmp_path / ".envtool"), 120, lambda _: waits.set()):
            return time.monotonic()

    with ThreadPoolExecutor() as pool:
        with turn(str(tmp_path / ".envtool"), 0, silent):
            waiting = pool.submit(second)
            assert waits.wait(120)
            end = time.monotonic()
        assert waiting.result() >= end
    assert not os.listdir(tmp_path)


HOLD = """
import sys, time
from envtool.adapters.turns import turn
with turn(sys.argv[1], 0, print):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_turn_ends_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / ".envtool")], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        with (
            pytest.raises(UsageError, match=f"process {child.pid} on"),
            turn(str(tmp_path / ".envtool"), 0, silent),
        ):
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
    with turn(str(tmp_path / ".envtool"), 0, silent):
        pass
    assert not os.listdir(tmp_path)


COUNT = """
import sys
from pathlib import Path
from envtool.adapters import connect
root, changes = Path(sys.argv[1]), connect().changes()
for _ in range(20):
    with changes.exclusive(str(root), wait=600, say=len) as notes:
        assert not notes
        seen = {name: int((root / name).read_text()) for name in ("a", "b")}
        assert len(set(seen.values())) == 1
        changes.commit(str(root), {name: f"{count + 1}" for name, count in seen.items()})
"""


def test_nothing_that_several_processes_write_is_lost(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("0")
    command = [sys.executable, "-c", COUNT, str(tmp_path)]
    children = [subprocess.Popen(command) for _ in range(4)]
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    assert files(tmp_path) == {"a": "80", "b": "80"}
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_git_ignores_the_folder_and_what_is_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / ".envtool/cache").mkdir(parents=True)
    with turn(str(tmp_path / ".envtool"), 0, silent):
        assert (tmp_path / ".envtool/.gitignore").read_text() == "*\n"
    assert sorted(os.listdir(tmp_path / ".envtool")) == [".gitignore", "cache", "lock"]
    (tmp_path / ".envtool/.gitignore").write_text("mine\n")
    (tmp_path / ".envtool/cache").rmdir()
    with turn(str(tmp_path / ".envtool"), 0, silent):
        pass
    assert (tmp_path / ".envtool/.gitignore").read_text() == "mine\n"


def test_what_a_repository_puts_in_its_place_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / ".envtool"
    folder.mkdir()
    (folder / "lock").write_text("\x1b[31m")
    said: list[str] = []
    with turn(str(tmp_path / ".envtool"), 0, silent):
        assert (folder / "lock").read_text() == "\x1b[31m"
        with (
            pytest.raises(UsageError, match="use by another envtool"),
            turn(str(tmp_path / ".envtool"), 0.1, said.append),
        ):
            pass
    assert said == [f"Waiting for another envtool, which has `{folder}` in use"]
    (tmp_path / "precious").write_text("x")
    folder.mkdir()
    (folder / "lock").symlink_to("../precious")
    with (
        pytest.raises(UnreadableError, match="can not be written"),
        turn(str(tmp_path / ".envtool"), 0, silent),
    ):
        pass
    assert (tmp_path / "precious").read_text() == "x"


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere")])
def test_a_folder_that_can_not_be_made(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / ".envtool")
    with (
        pytest.raises(UnreadableError, match="can not be written"),
        turn(str(tmp_path / ".envtool"), 0, silent),
    ):
        pass
    assert os.listdir(tmp_path) == [".envtool"]


def test_no_project_is_made_where_there_is_none(tmp_path: Path) -> None:
    with (
        pytest.raises(UnreadableError, match=r"No such file or directory; nothing was changed"),
        turn(str(tmp_path / "nothing" / ".envtool"), 0, silent),
    ):
        pass


def test_a_file_system_without_locks_is_named(tmp_path: Path) -> None:
    case = CASES["update"]
    root = case.make(tmp_path / "p")
    done = run("ENOLCK:fcntl.flock:1-", root, case.texts)
    assert (done.returncode, files(root)) == (0, case.new)
    assert done.stdout == (
        "This file system has no locks, so nothing keeps a second envtool from writing here\n"
    )


def test_a_lock_that_fails_is_no_turn(tmp_path: Path) -> None:
    case = CASES["update"]
    root = case.make(tmp_path / "p")
    done = run("EIO:fcntl.flock:1", root, case.texts)
    assert (done.returncode, files(root)) == (2, case.old)
    assert done.stdout.startswith(
        f"`{root}/.envtool` can not be written: Input/output error; nothing was changed\n"
    )
