"""Programs that outlive whoever started them, what they say, and the end of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from envtool.adapters import daemon_keeper, daemons, process_stamps
from envtool.adapters.daemon_keeper import DaemonLog
from envtool.adapters.daemons import KeptDaemons
from envtool.errors import ToolError, UnreadableError, UsageError
from envtool.ports_deploying import Launch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are none")
DAEMONS = KeptDaemons()


@pytest.fixture
def prefix(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "envs/production"
    path.mkdir(parents=True)
    yield str(path)
    DAEMONS.release(str(path))
    for each in DAEMONS.known(str(path)):
        DAEMONS.stop(str(path), each.name)


def launch(script: str, name: str = "it", hidden: tuple[str, ...] = (), grace: float = 5) -> Launch:
    command = ("/bin/sh", "-c", script)
    return Launch(name, command, dict(os.environ), "/tmp", hidden, "TERM", grace, "memo")  # noqa: S108


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def said(prefix: str, name: str = "it") -> list[str]:
    lines = Path(DAEMONS.log(prefix, name)).read_text().splitlines()
    return [each for each in lines if each[:2] != "=="]


def test_a_program_runs_until_it_is_stopped(prefix: str) -> None:
    DAEMONS.start(prefix, launch("echo one; sleep 1000 & echo two; wait"))
    (known,) = DAEMONS.known(prefix)
    assert (known.name, known.memo, known.running) == ("it", "memo", True)
    assert DAEMONS.ended(prefix, "it") is None
    until(lambda: said(prefix) == ["one", "two"])
    assert os.getsid(known.process) == known.process
    DAEMONS.stop(prefix, "it")
    assert DAEMONS.known(prefix) == ()
    assert process_stamps.stamp(known.process) == ""
    assert subprocess.run(["pgrep", "-s", str(known.process)], check=False).returncode == 1  # noqa: S607


def test_who_does_not_want_to_end_is_killed(prefix: str) -> None:
    DAEMONS.start(prefix, launch("trap '' TERM; echo ready; sleep 1000; sleep 1000", grace=0.2))
    until(lambda: said(prefix) == ["ready"])
    (known,) = DAEMONS.known(prefix)
    DAEMONS.stop(prefix, "it")
    assert process_stamps.stamp(known.process) == ""


def test_how_it_ended_is_known(prefix: str) -> None:
    DAEMONS.start(prefix, launch("echo secret-a; echo bye; exit 3", hidden=("secret-a",)))
    until(lambda: DAEMONS.ended(prefix, "it"))
    ended = DAEMONS.ended(prefix, "it")
    assert ended is not None
    assert (ended.code, ended.said) == (3, ("***", "bye"))
    assert not DAEMONS.known(prefix)[0].running
    DAEMONS.stop(prefix, "it")


@pytest.mark.parametrize(
    ("program", "code", "why"),
    [("/no/such/program", 127, "was not found"), ("/etc/passwd", 126, "can not be started")],
)
def test_what_can_not_be_started(prefix: str, program: str, code: int, why: str) -> None:
    DAEMONS.start(prefix, launch("")._replace(command=(program,)))
    ended = DAEMONS.ended(prefix, "it")
    assert ended is not None
    assert ended.code == code
    assert f"`{program}` {why}" in ended.said[0]


def test_a_folder_that_is_none(prefix: str) -> None:
    with pytest.raises(UsageError, match="working directory"):
        DAEMONS.start(prefix, launch("")._replace(folder="/no/such/folder"))


def test_what_is_held_starts_again_just_as_it_was(prefix: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    order = launch("echo $WORD; exec sleep 1000")
    DAEMONS.start(prefix, order._replace(variables={**os.environ, "WORD": "mine"}))
    (first,) = DAEMONS.known(prefix)
    DAEMONS.hold(prefix, "it")
    assert DAEMONS.known(prefix) == ()
    assert process_stamps.stamp(first.process) == ""
    DAEMONS.start(prefix, launch(f"touch {mark}; exec sleep 1000"))
    until(mark.exists)
    DAEMONS.stop(prefix, "it")
    DAEMONS.resume(prefix, "it")
    (again,) = DAEMONS.known(prefix)
    assert again.running
    assert again.process != first.process
    until(lambda: said(prefix) == ["mine", "mine"])
    DAEMONS.hold(prefix, "it")
    DAEMONS.release(prefix)
    assert os.listdir(Path(DAEMONS.log(prefix, "it")).parent) == ["it.log"]


def test_what_nobody_keeps_anymore(prefix: str) -> None:
    """The keeper was killed: the program goes on, and can be ended, and not be started again."""
    DAEMONS.start(prefix, launch("exec sleep 1000", grace=0.2))
    record = Path(daemons._path(prefix, "it"))  # noqa: SLF001
    data = json.loads(record.read_text())
    os.kill(data["keeper"][0], signal.SIGKILL)
    until(lambda: not process_stamps.runs(*data["keeper"]))
    assert DAEMONS.ended(prefix, "it") is None
    DAEMONS.stop(prefix, "it")
    assert not process_stamps.runs(*data["process"])
    record.write_text(json.dumps(data))
    ended = DAEMONS.ended(prefix, "it")
    assert ended is not None
    assert ended.code == -9
    record.rename(record.with_suffix(".held"))
    with pytest.raises(ToolError, match="nobody knows anymore"):
        DAEMONS.resume(prefix, "it")
    DAEMONS.release(prefix)


def test_a_program_without_keeper_that_does_not_want_to_end(prefix: str) -> None:
    DAEMONS.start(prefix, launch("trap '' TERM; echo ready; sleep 1000; sleep 1000", grace=0.2))
    until(lambda: said(prefix) == ["ready"])
    data = json.loads(Path(daemons._path(prefix, "it")).read_text())  # noqa: SLF001
    os.kill(data["keeper"][0], signal.SIGKILL)
    DAEMONS.stop(prefix, "it")
    assert not process_stamps.runs(*data["process"])


def test_a_number_that_another_process_has_by_now_is_left_alone(prefix: str) -> None:
    DAEMONS.start(prefix, launch("exit 0"))
    until(lambda: DAEMONS.ended(prefix, "it"))
    record = Path(daemons._path(prefix, "it"))  # noqa: SLF001
    with subprocess.Popen(["/bin/sleep", "1000"]) as other:
        data = json.loads(record.read_text())
        marked = [other.pid, data["process"][1] or "another boot 1"]
        record.write_text(json.dumps({**data, "process": marked, "keeper": marked}))
        assert not DAEMONS.known(prefix)[0].running
        DAEMONS.stop(prefix, "it")
        assert other.poll() is None
        other.kill()


def test_a_record_that_says_nothing(prefix: str) -> None:
    record = Path(daemons._path(prefix, "it"))  # noqa: SLF001
    record.parent.mkdir(parents=True)
    for text in ("", "[]", "{}"):
        record.write_text(text)
        with pytest.raises(UnreadableError, match="does not say what was started"):
            DAEMONS.known(prefix)
    record.unlink()


def test_a_keeper_that_does_not_come_up(prefix: str) -> None:
    order = launch("exit 0")
    folder = Path(DAEMONS.log(prefix, "it")).parent
    folder.mkdir(parents=True)
    Path(daemons._path(prefix, "it") + ".part").mkdir()  # noqa: SLF001
    with pytest.raises(ToolError, match="nobody could be found to keep `it` running"):
        DAEMONS.start(prefix, order)


def test_stamps_without_proc() -> None:
    mine = process_stamps.of_ps(os.getpid())
    assert mine
    assert process_stamps.of_ps(os.getpid()) == mine
    assert process_stamps.of_ps(2**22 - 3) == ""
    assert process_stamps.stamp(2**22 - 3) == ""


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_a_secret_is_hidden_wherever_it_is_cut(tmp_path: Path, size: int) -> None:
    """Also in a line that never ends."""
    secret = "s3cret-in-the-log"  # noqa: S105 - of this test
    log = DaemonLog(str(tmp_path / "log"), (secret,))
    data = (f"one {secret}\r\n\n" + f"{'x' * 1000}{secret}" * 60 + "\nend").encode()
    for start in range(0, len(data), size):
        log.feed(data[start : start + size])
    log.close()
    text = (tmp_path / "log").read_text()
    assert secret not in text
    assert text.startswith("one ***\n\n")
    assert text.endswith("end\n")
    assert [*log.said][-1] == "end"
    assert daemon_keeper.HOLD != daemon_keeper.RESUME


def test_who_is_in_a_hurry_is_heard(prefix: str) -> None:
    """Held, started again and ended at once, whatever the keeper is doing just then."""
    for _ in range(5):
        DAEMONS.start(prefix, launch("exec sleep 1000"))
        DAEMONS.hold(prefix, "it")
        DAEMONS.resume(prefix, "it")
        DAEMONS.hold(prefix, "it")
        DAEMONS.release(prefix)
        assert DAEMONS.known(prefix) == ()
