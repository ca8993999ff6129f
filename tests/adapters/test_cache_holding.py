"""Who takes away what is in the cache has it alone, and says on whom it waits."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from envtool.adapters.cache_use import LOCK, holding, using
from envtool.errors import UnreadableError, UsageError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no lock for several")


def silent(_: str) -> None:
    pytest.fail("nobody is waited for")


@pytest.mark.parametrize("alone", [True, False])
def test_nobody_is_there(tmp_path: Path, alone: bool) -> None:  # noqa: FBT001 - a case
    with using(str(tmp_path)):
        pass
    with holding(str(tmp_path), alone=alone, wait=0, say=silent) as counts:
        assert counts


def test_several_look_while_others_use_it(tmp_path: Path) -> None:
    with (
        using(str(tmp_path)),
        using(str(tmp_path)),
        holding(str(tmp_path), alone=False, wait=0, say=silent) as counts,
    ):
        assert counts


def test_who_uses_it_is_waited_for(tmp_path: Path) -> None:
    said = []
    with ExitStack() as stack:
        stack.enter_context(using(str(tmp_path)))

        def say(text: str) -> None:
            said.append(text)
            stack.close()

        with holding(str(tmp_path), alone=True, wait=60, say=say) as counts:
            assert counts
    host = os.uname().nodename
    assert said == [
        f"Waiting for another envtool (process {os.getpid()} on {host}), which has the cache in use"
    ]


def test_not_for_ever(tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    with (
        using(str(folder)),
        pytest.raises(
            UsageError, match=r"is in use by another envtool \(process \d+ on "
        ) as caught,
        holding(str(folder), alone=True, wait=0, say=lambda _: None),
    ):
        pass
    assert f"`{tmp_path}`" in caught.value.message


def test_the_dead_are_not_named(tmp_path: Path) -> None:
    """Of two that used it one was killed, and the other one is named."""
    with using(str(tmp_path)):
        code = "import os, sys; from envtool.adapters.cache_use import using\n"
        code += "with using(sys.argv[1]): print(os.getpid(), flush=True); os.kill(os.getpid(), 9)"
        dead = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
        )
        words = (tmp_path / LOCK).read_text()
        assert f"process {dead.stdout.strip()} on " in words
        (tmp_path / LOCK).write_text(f"{words}process 1 on elsewhere\n<b>nonsense\n")
        with (
            pytest.raises(UsageError) as caught,
            holding(str(tmp_path), alone=True, wait=0, say=lambda _: None),
        ):
            pass
    named = re.findall(r"process (\d+)", caught.value.message)
    assert named == [str(os.getpid()), "1"]
    assert "nonsense" not in caught.value.message
    with using(str(tmp_path)):
        assert len((tmp_path / LOCK).read_text().splitlines()) == 1


def test_nobody_uses_it_meanwhile(tmp_path: Path) -> None:
    with (
        holding(str(tmp_path), alone=True, wait=0, say=silent),
        pytest.raises(UsageError, match="is in use by"),
        holding(str(tmp_path), alone=False, wait=0, say=silent),
    ):
        pass


def test_a_lock_that_was_taken_away_is_no_lock(tmp_path: Path) -> None:
    """Who waited for it takes the one that is there."""
    with using(str(tmp_path)):
        (tmp_path / LOCK).unlink()
        with using(str(tmp_path)):
            first = (tmp_path / LOCK).stat().st_ino
            with (
                pytest.raises(UsageError),
                holding(str(tmp_path), alone=True, wait=0, say=lambda _: None),
            ):
                pass
            assert (tmp_path / LOCK).stat().st_ino == first


def test_where_there_is_nothing_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("none", "link"):
        with holding(str(tmp_path / name), alone=True, wait=0, say=silent) as counts:
            assert counts
    assert [each.name for each in tmp_path.iterdir()] == ["link"]
    # Nobody has used it: to look at it needs no lock, and makes none.
    with holding(str(tmp_path), alone=False, wait=0, say=silent) as counts:
        assert not counts
    assert [each.name for each in tmp_path.iterdir()] == ["link"]


def test_a_link_for_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / LOCK).symlink_to(tmp_path / "mine")
    with (
        pytest.raises(UnreadableError, match="can not be written"),
        holding(str(tmp_path / "packages"), alone=True, wait=0, say=silent),
    ):
        pass
    assert not (tmp_path / "mine").exists()
