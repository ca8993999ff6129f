"""Real processes of `envtool lock`, at once, killed, without room or right to write."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.mounting import ITSELF, READ_ONLY, mounted
from tests.writers import Case, files, settled

LOCK = (sys.executable, "-m", "envtool", "lock")
Done = subprocess.CompletedProcess[str]


def spec(channel: Channel, version: str) -> str:
    return (
        f"channels: [{channel.url}]\nplatforms: [linux-64, osx-arm64]\n"
        f"dependencies:\n- library={version}\n"
    )


def locked(root: Path) -> Done:
    return subprocess.run(LOCK, capture_output=True, text=True, check=False, cwd=root)


@pytest.fixture(scope="module")
def case(channel: Channel, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A project whose environment file was edited since it was locked, and what its lock is to be."""
    root = tmp_path_factory.mktemp("safety") / "p"
    root.mkdir()
    (root / "environment.yml").write_text(spec(channel, "1.0"))
    assert locked(root).returncode == 0
    (root / "environment.yml").write_text(spec(channel, "3.0"))
    old = files(root)
    assert locked(root).returncode == 0
    new = files(root)
    changed = ("recovery/records.lock", "conda-lock.yml")
    assert {path for path in new if new[path] != old[path]} == set(changed)
    return Case(old, {path: new[path] for path in changed})


def at_once(root: Path) -> Done:
    with subprocess.Popen(LOCK, stdout=subprocess.PIPE, text=True, cwd=root) as other:
        done = locked(root)
        out, _ = other.communicate()
    # Who comes second finds the work done.
    outs = sorted((done.stdout, out))
    assert [each.partition(" ")[0] for each in outs] == ["Locked", "Up"]
    return subprocess.CompletedProcess([], max(done.returncode, other.returncode), outs[0], "")


def read_only(root: Path) -> Done:
    return mounted(READ_ONLY, str(root), *LOCK, cwd=root)


def read_only_check(root: Path) -> Done:
    return mounted(READ_ONLY, str(root), *LOCK, "--check", cwd=root)


def read_only_again(root: Path) -> Done:
    assert locked(root).returncode == 0
    return read_only(root)


def taken_back(root: Path) -> Done:
    """Cut off before the first file, and the environment file as it was locked first."""
    edited = (root / "environment.yml").read_text()
    cut(root, "kill:os.rename:2")
    (root / "environment.yml").write_text(edited.replace("3.0", "1.0"))
    done = locked(root)
    (root / "environment.yml").write_text(edited)
    assert locked(root).returncode == 0
    return done


def mounted_lock(root: Path) -> Done:
    return mounted(ITSELF, str(root / "conda-lock.yml"), *LOCK, cwd=root)


# The last line brings what was left on the small disk to where it can be looked at.
_SMALL = """
cp -a . ../copy; mount -t tmpfs -o "size=$1" none "$PWD"; cd "$PWD"; cp -a ../copy/. .; shift
set +e; "$@"; code=$?
rm -r ../copy; mkdir ../after; cp -a . ../after; exit $code
"""


def full_disk(size: str) -> Callable[[Path], Done]:
    def act(root: Path) -> Done:
        done = mounted(_SMALL, size, *LOCK, cwd=root)
        shutil.rmtree(root)
        (root.parent / "after").rename(root)
        return done

    return act


def edited(root: Path) -> Done:
    cut(root, "kill:os.rename:3")
    (root / "conda-lock.yml").write_text((root / "conda-lock.yml").read_text() + "# mine\n")
    done = locked(root)
    lock = (root / "conda-lock.yml").read_text()
    # Left as it is; taken back, the next one finishes.
    (root / "conda-lock.yml").write_text(lock.removesuffix("# mine\n"))
    assert lock.endswith("# mine\n")
    assert locked(root).returncode == 0
    return done


def finished(root: Path) -> Done:
    cut(root, "kill:os.rename:3")
    done = locked(root)
    assert "Finished what an earlier run had begun to write" in done.stdout + done.stderr
    return done


def cut(root: Path, fault: str) -> None:
    command = (sys.executable, "-m", "tests.cutting", fault, str(root), "--", "lock", str(root))
    subprocess.run(command, capture_output=True, check=False)


TABLE: dict[str, tuple[Callable[[Path], Done], int, str, str]] = {
    "nobody is in the way": (locked, 0, "Locked 2 packages for 2 platforms: 1 up", "new"),
    "two at once": (at_once, 0, "Locked 2 packages for 2 platforms: 1 up", "new"),
    "read-only checkout": (
        read_only, 2, "error: `.envtool` can not be written: Read-only file system; nothing was changed", "old",
    ),
    "read-only, --check": (read_only_check, 1, "Out of date: 1 up", "old"),
    "read-only, nothing to do": (
        read_only_again, 0, "Up to date: 2 packages for 2 platforms", "new",
    ),
    "disk of 12k": (
        full_disk("12k"), 2, "error: `.envtool` can not be written: No space left on device; nothing was changed", "old",
    ),
    "disk of 28k": (
        full_disk("28k"), 2, "error: `conda-lock.yml` can not be written: No space left on device; nothing was changed", "old",
    ),
    "disk of 64k": (full_disk("64k"), 0, "Locked 2 packages for 2 platforms: 1 up", "new"),
    "a lock mounted by itself": (
        mounted_lock, 2, "error: `conda-lock.yml` can not be written: Device or resource busy; nothing was changed", "old",
    ),
    "after one that was killed": (finished, 0, "Up to date: 2 packages for 2 platforms", "new"),
    "taken back after one that was killed": (
        taken_back, 0, "Locked 2 packages for 2 platforms: 1 down", "new",
    ),
    "edited after one that was killed": (
        edited, 2,
        "error: a run of envtool was cut off while it wrote `recovery/records.lock`, `conda-lock.yml`, and `conda-lock.yml` was changed since",
        "new",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("act", "code", "first", "state"), TABLE.values(), ids=TABLE)
def test_whatever_is_in_the_way_the_lock_is_the_old_or_the_new(
    tmp_path: Path, case: Case, act: Callable[[Path], Done], code: int, first: str, state: str
) -> None:
    root = case.make(tmp_path / "p")
    done = act(root)
    # Errors are wrapped.
    said = done.stdout.partition("\n")[0] or " ".join(done.stderr.partition("\n\n")[0].split())
    assert (done.returncode, said) == (code, first), done
    assert files(root) == (case.new if state == "new" else case.old)
    assert not (root / ".envtool").exists()


# About seventy operations in all; the benchmark `cuts` takes every one.
@pytest.mark.parametrize("number", [1, 20, *range(40, 70, 4)])
def test_killed_at_an_operation_it_leaves_the_old_or_the_new(
    tmp_path: Path, case: Case, number: int
) -> None:
    root = case.make(tmp_path / "p")
    cut(root, f"kill:{number}")
    settled(case, root)
    assert locked(root).returncode == 0
    assert files(root) == case.new


def test_killed_at_random_it_leaves_the_old_or_the_new(tmp_path: Path, case: Case) -> None:
    for number in range(10):
        root = case.make(tmp_path / str(number))
        settled_after_kill(case, root)


def settled_after_kill(case: Case, root: Path) -> str:
    """Kill a real one a while after it took its turn."""
    with subprocess.Popen(LOCK, stdout=subprocess.DEVNULL, cwd=root) as child:
        while child.poll() is None and not (root / ".envtool").exists():
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.1))  # noqa: S311
        child.kill()
    return settled(case, root)
