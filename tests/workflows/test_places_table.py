"""Every kind of place that a prefix can be in: exit status, first line, and the state after.

Where a row does not say otherwise, `app 1.0` is installed, and `app 2.0` is to take its place.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

import pytest

from tests.installing import Shop
from tests.mounting import READ_ONLY, mounted
from tests.recording import has_strace
from tests.solving import installed, solved

ROOT = Path(__file__).parent.parent.parent
# What the project has at the start, and later.
ONE, TWO = "one.yml", "two.yml"
DONE = "Recreated `{prefix}`: 3 packages from two.yml in "
# What is mounted is seen in there alone, so what comes first is done there, too.
MOUNTED = 'mount {what} "$1"; cd "$PWD"; sh -ec "$2"; shift 2; exec "$@"'
NO_NAMESPACES = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'
NO_EXCHANGE = ("strace", "-f", "-o", "/dev/null", "-e", "inject=renameat2:error=EINVAL")


class Told(NamedTuple):
    """What came of it; see `tests.placing`."""

    code: int
    first: str
    step: str
    checked: str
    state: str


class Spot(NamedTuple):
    """A project with two locks, and a folder for the prefix."""

    shop: Shop
    folder: Path

    @property
    def prefix(self) -> Path:
        return self.folder / "env"

    def installed(self, prefix: Path) -> Path:
        run = self.shop.recreate("-p", str(prefix), "--lock", ONE)
        assert run.code == 0, run.err
        return prefix

    def typed(self, prefix: Path, *words: str, verb: str = "recreate") -> list[str]:
        """The command, and the process that says what came of it."""
        lock = ["--lock", TWO] if verb == "recreate" else []
        return [*PLACING, str(prefix), verb, "-p", str(prefix), *lock, *words]

    def told(self, command: list[str]) -> Told:
        done = subprocess.run(
            command, cwd=self.shop.folder, capture_output=True, text=True, check=False
        )
        return read(done)

    def told_where(self, script: str, *arguments: str) -> Told:
        """The same in a namespace of its own."""
        return read(mounted(script, *arguments, cwd=self.shop.folder))

    def told_on(self, what: str, folder: Path, prefix: Path, then: str = "") -> Told:
        """The same where `what` is mounted on a folder before the first installation."""
        first = [sys.executable, "-m", "envtool", "recreate", "-p", str(prefix)]
        words = " ".join(quote(each) for each in [*first, "--lock", ONE])
        text = f"{words} >/dev/null; {then}"
        return self.told_where(MOUNTED.format(what=what), str(folder), text, *self.typed(prefix))


PLACING = (sys.executable, "-m", "tests.placing")


def read(done: subprocess.CompletedProcess[str]) -> Told:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return Told(**found)


@pytest.fixture
def spot(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spot:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = Spot(shop, tmp_path / "place")
    found.folder.mkdir()
    for line, lock in (("app=1.0", ONE), ("app=2.0", TWO)):
        shop.write("python=3.12.0", line)
        shutil.copy("conda-lock.yml", lock)
    return found


def nothing_odd(spot: Spot) -> Told:
    return spot.told(spot.typed(spot.installed(spot.prefix)))


def nothing_there(spot: Spot) -> Told:
    return spot.told(spot.typed(spot.prefix))


def two_at_once(spot: Spot) -> Told:
    with meanwhile(spot, spot.installed(spot.prefix)):
        return spot.told(spot.typed(spot.prefix))


def rollback_meanwhile(spot: Spot) -> Told:
    with meanwhile(spot, spot.installed(spot.prefix)):
        return spot.told(spot.typed(spot.prefix, verb="rollback"))


@contextmanager
def meanwhile(spot: Spot, prefix: Path) -> Iterator[None]:
    """While another one is at work."""
    command = [sys.executable, "-m", "envtool", *spot.typed(prefix)[len(PLACING) + 1 :]]
    with subprocess.Popen(command, cwd=spot.shop.folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not (spot.shop.state(prefix) / "stage").exists():
            time.sleep(0.001)
        yield
    assert process.returncode == 0


def full_disk(spot: Spot) -> Told:
    filler = quote(str(spot.folder / "filler"))
    code = f"from tests.full_disk import *; from pathlib import Path; fill(Path({filler!r}), 5)"
    then = f"{quote(sys.executable)} -c {quote(code)}"
    return spot.told_on("-t tmpfs -o size=2m none", spot.folder, spot.prefix, then)


def read_only_parent(spot: Spot) -> Told:
    spot.installed(spot.prefix)
    return spot.told_where(READ_ONLY, str(spot.folder), *spot.typed(spot.prefix))


def mount_point(spot: Spot) -> Told:
    spot.prefix.mkdir()
    return spot.told_on("-t tmpfs none", spot.prefix, spot.prefix)


def mounted_by_itself(spot: Spot) -> Told:
    spot.prefix.mkdir()
    return spot.told_on(f"--bind {quote(str(spot.prefix))}", spot.prefix, spot.prefix)


def link(spot: Spot) -> Told:
    (spot.folder / "real").mkdir()
    spot.prefix.symlink_to("real")
    told = spot.told(spot.typed(spot.installed(spot.prefix)))
    assert spot.prefix.is_symlink()
    # It is the folder that is named, for that is what the files name.
    return told._replace(first=told.first.replace("/real`", "/env`"))


def other_file_system(spot: Spot) -> Told:
    """Than that of the cache."""
    return spot.told_on("-t tmpfs none", spot.folder, spot.prefix)


def in_use(spot: Spot) -> Told:
    spot.installed(spot.prefix)
    script = f"read x; . {quote(str(spot.prefix))}/bin/app"
    with subprocess.Popen(
        ["sh", "-c", script],  # noqa: S607
        cwd=spot.prefix / "share",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told = spot.told(spot.typed(spot.prefix))
        assert process.communicate("go\n")[0] == f"app 2.0 in {spot.prefix}\n"
    return told


def long_path(spot: Spot) -> Told:
    length = 200 - len(str(spot.folder)) - 1
    return spot.told(spot.typed(spot.installed(spot.folder / ("x" * length))))


def blanks(spot: Spot) -> Told:
    return spot.told(spot.typed(spot.installed(spot.folder / "with two blanks")))


def not_ascii(spot: Spot) -> Told:
    return spot.told(spot.typed(spot.installed(spot.folder / "naïve-日本")))


def files_by_hand(spot: Spot) -> Told:
    spot.prefix.mkdir()
    (spot.prefix / "precious").touch()
    return spot.told(spot.typed(spot.prefix))


def a_file(spot: Spot) -> Told:
    spot.prefix.touch()
    return spot.told(spot.typed(spot.prefix))


def another_tool(spot: Spot) -> Told:
    records = solved(spot.shop.channel.url, spot.folder.parent, "python==3.12.0", "app==1.0")
    installed(records, spot.folder.parent / "made")
    shutil.move(spot.folder.parent / "made", spot.prefix)
    return spot.told(spot.typed(spot.prefix))


def _with_more(spot: Spot) -> Path:
    prefix = spot.installed(spot.prefix)
    names = ("python==3.12.0", "app==1.0", "pytest")
    installed(solved(spot.shop.channel.url, spot.folder.parent, *names), prefix)
    shutil.rmtree(prefix.parent / "packages")
    return prefix


def more_by_hand(spot: Spot) -> Told:
    return spot.told(spot.typed(_with_more(spot)))


def more_by_hand_and_force(spot: Spot) -> Told:
    return spot.told(spot.typed(_with_more(spot), "--force"))


def no_namespaces(spot: Spot) -> Told:
    return spot.told_where(NO_NAMESPACES, *spot.typed(spot.installed(spot.prefix)))


def no_exchange(spot: Spot) -> Told:
    if not has_strace():
        pytest.skip("`strace` is not there, or may not trace")
    return spot.told([*NO_EXCHANGE, *spot.typed(spot.installed(spot.prefix))])


class Row(NamedTuple):
    """A place, and what comes of it; in `first`, a name of `_names`."""

    act: Callable[[Spot], Told]
    code: int
    first: str
    state: str
    step: str = ""
    checked: str = "before"


BUSY = "error: `{prefix}` was changed by hand: `+pytest 9.0 h0_0`"
FULL = "error: `{stage}` can not be written: No space left on device; nothing was changed"
FIXED = "error: `{state}` can not be written: Read-only file system; nothing was changed"
BACK = "Rolled back `{prefix}` to generation 1, from 2 in "

ROWS = (
    # place                    exit  first line                                       state after
    Row(nothing_odd,              0, DONE,                                            "app 2.0", "exchange"),
    Row(nothing_there,            0, DONE,                                            "app 2.0", "exchange", "after"),
    Row(two_at_once,              0, DONE,                                            "app 2.0", "exchange"),
    Row(rollback_meanwhile,       0, BACK,                                            "app 1.0"),
    Row(full_disk,                2, FULL,                                            "app 1.0"),
    Row(read_only_parent,         2, FIXED,                                           "app 1.0"),
    Row(mount_point,              0, DONE,                                            "app 2.0", "copy"),
    Row(mounted_by_itself,        0, DONE,                                            "app 2.0", "copy"),
    Row(link,                     0, DONE,                                            "app 2.0", "exchange"),
    Row(other_file_system,        0, DONE,                                            "app 2.0", "exchange"),
    Row(in_use,                   0, DONE,                                            "app 2.0", "exchange"),
    Row(long_path,                0, "Recreated `",                                   "app 2.0", "exchange"),
    Row(blanks,                   0, "Recreated `{folder}/with two blanks`: ",        "app 2.0", "exchange"),
    Row(not_ascii,                0, "Recreated `{folder}/naïve-日本`: ",              "app 2.0", "exchange"),
    Row(files_by_hand,            2, "error: `{prefix}` is a folder that no package manager made", "files: precious"),
    Row(a_file,                   2, "error: `{prefix}` is no folder",                "files: one"),
    Row(another_tool,             0, DONE,                                            "app 2.0", "exchange"),
    Row(more_by_hand,             2, BUSY,                                            "app 1.0"),
    Row(more_by_hand_and_force,   0, DONE,                                            "app 2.0", "exchange"),
    Row(no_namespaces,            0, DONE,                                            "app 2.0", "exchange", "after"),
    pytest.param(
    Row(no_exchange,              0, DONE,                                            "app 2.0", "rename"), marks=pytest.mark.strace),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.act.__name__)
def test_places(spot: Spot, row: Row) -> None:
    told = row.act(spot)
    names = {
        "prefix": spot.prefix,
        "folder": spot.folder,
        "state": spot.shop.state(spot.prefix),
        "stage": spot.shop.state(spot.prefix) / "stage",
    }
    first = row.first.format(**names)
    assert (told.code, told.first[: len(first)], told.state) == (row.code, first, row.state)
    assert (told.step, told.checked) == (row.step, row.checked)
