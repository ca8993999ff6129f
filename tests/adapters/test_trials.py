"""Commands that may do anything, and what is left of them: nothing."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest

from envtool.adapters import trial_log, trial_worker
from envtool.adapters.trial_log import TrialLog
from envtool.adapters.trials import WatchedTrials
from envtool.errors import UnreadableError, UsageError
from envtool.ports_testing import Serving, Trial, Tried
from tests.ports import free_port
from tests.running import is_running

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs/it.log"


def trial(log: Path, *command: str, seconds: float = 120, hidden: tuple[str, ...] = ()) -> Trial:
    return Trial(command, dict(os.environ), str(log.parent.parent), seconds, str(log), "it", hidden)


def run(log: Path, *command: str, seconds: float = 120, hidden: tuple[str, ...] = ()) -> Tried:
    return WatchedTrials().run(trial(log, *command, seconds=seconds, hidden=hidden), print)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("echo one; echo two >&2", 0, ("one", "two")),
        ("exit 137", 137, ()),
        ("kill -9 $$", -9, ()),
        ("echo x; exit 3", 3, ("x",)),
        ("test -t 0; echo $?; cat", 0, ("1",)),
        ("cat < /dev/tty || echo no terminal", 0, None),
        ("echo $PPID > /dev/null", 0, ()),
    ],
)
def test_how_it_ended(log: Path, script: str, code: int, said: tuple[str, ...] | None) -> None:
    tried = run(log, "sh", "-c", script)
    assert (tried.code, tried.left) == (code, 0)
    assert tried.said == said if said is not None else tried.said[-1] == "no terminal"


@pytest.mark.parametrize(
    ("program", "code", "words"),
    [("nosuch", 127, "`nosuch` was not found"), ("/etc/passwd", 126, "can not be started")],
)
def test_what_can_not_be_started(log: Path, program: str, code: int, words: str) -> None:
    tried = run(log, program)
    assert tried.code == code
    assert words in tried.said[-1]


_DAEMON = """\
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for each in (0, 1, 2):
            os.dup2(null, each)
        time.sleep(300)
    os._exit(0)
os.wait()
"""


@LINUX
def test_what_goes_into_the_background_is_ended(log: Path) -> None:
    mark = f"daemon-{os.getpid()}-{time.monotonic_ns()}"
    tried = run(log, *python(_DAEMON), mark)
    assert (tried.code, tried.left) == (0, 1)
    assert not is_running(mark)


@LINUX
def test_a_timeout_ends_the_whole_tree(log: Path) -> None:
    mark = f"tree-{os.getpid()}-{time.monotonic_ns()}"
    tried = run(log, *python(_DAEMON + "time.sleep(300)"), mark, seconds=1)
    assert tried.code is None
    assert tried.seconds < 120
    assert not is_running(mark)


def watching(mark: str, log: Path) -> subprocess.Popen[str]:
    """A process that watches a command which says 1, and then waits."""
    code = (
        "from envtool.adapters.trials import WatchedTrials\n"
        "from envtool.ports_testing import Trial\n"
        "import os, signal, sys\n"
        # Whatever the tests themselves were started with: in the background it is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "said = 'import time; print(1, flush=True); time.sleep(300)'\n"
        f"trial = Trial([sys.executable, '-c', said, {mark!r}],"
        f" dict(os.environ), '/', 300, {str(log)!r}, 'it')\n"
        "try:\n"
        "    WatchedTrials().run(trial, lambda line: print(line, flush=True))\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    return subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True)


def worker(tmp_path: Path, seconds: str, *command: str) -> subprocess.Popen[str]:
    """The worker by itself, which this measures."""
    arguments = [sys.executable, trial_worker.__file__, str(tmp_path / "report"), seconds, *command]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@LINUX
@pytest.mark.parametrize(
    ("command", "seconds", "expected"),
    [
        (("sh", "-c", "exit 3"), "120", (3, False, 0)),
        (("sh", "-c", "(setsid sleep 300 >/dev/null 2>&1 &); exit 0"), "120", (0, False, 1)),
        (("sleep", "300"), "0.2", (-9, True, 0)),
        (("nosuch",), "120", (127, False, 0)),
        (("/etc/passwd",), "120", (126, False, 0)),
    ],
)
def test_what_the_worker_writes_down(
    tmp_path: Path, command: tuple[str, ...], seconds: str, expected: tuple[int, bool, int]
) -> None:
    with worker(tmp_path, seconds, *command) as process:
        process.wait(120)
    told = json.loads((tmp_path / "report").read_text())
    assert (told["code"], told["late"], told["left"]) == expected
    assert told["peak"] > 1 << 20


@LINUX
@pytest.mark.parametrize(("ignored", "code"), [("", -15), ("trap '' TERM; ", -9)])
def test_a_worker_that_is_asked_to_end(tmp_path: Path, ignored: str, code: int) -> None:
    script = f"{ignored}echo up; while :; do sleep 0.1; done"
    with worker(tmp_path, "300", "sh", "-c", script) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        process.wait(120)
    assert json.loads((tmp_path / "report").read_text())["code"] == code


@LINUX
def test_it_goes_with_whoever_watches_it(log: Path) -> None:
    """Nobody is left to end it when envtool itself is killed; so it ends itself."""
    mark = f"orphan-{os.getpid()}-{time.monotonic_ns()}"
    with watching(mark, log) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        process.kill()
    until = time.monotonic() + 120
    while is_running(mark) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(mark)


@LINUX
def test_a_worker_that_is_killed_is_noticed(log: Path) -> None:
    tried = run(log, "sh", "-c", "kill -9 $PPID; exec sleep 0.2")
    assert tried.code == -9


def test_a_flood_is_bounded_and_has_two_ends(log: Path) -> None:
    heard: list[str] = []
    code = "print('first'); [print('x' * 100) for _ in range(30_000)]; print('last')"
    tried = WatchedTrials().run(trial(log, *python(code)), heard.append)
    text = log.read_text()
    assert tried.code == 0
    assert text.startswith("== it\nfirst\n")
    assert text.endswith("\nlast\n")
    assert "bytes are left out ..." in text
    assert len(text) < trial_log.HEAD + 2 * trial_log.TAIL
    assert heard[-1] == "... it says more than is shown here; the end is in the log"
    assert tried.said[-1] == "last"


def test_a_flood_without_an_end_ends_with_its_time(log: Path) -> None:
    tried = run(log, "yes", seconds=1)
    assert tried.code is None
    assert log.stat().st_size < trial_log.HEAD + 2 * trial_log.TAIL


def test_what_is_hidden_is_written_nowhere(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tried = run(log, "printf", "a canary-7\ncanary-7", hidden=("canary-7",))
    assert tried.said == ("a ***", "***")
    assert log.read_text() == "== it\na ***\n***\n"
    assert "canary" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((b"a", b"b\n", b"c"), "ab\nc\n"),
        ((b"a\r\nb\r\n",), "a\nb\n"),
        ((b"\xff\n",), "\ufffd\n"),
        ((b"x" * 20_000,), "x" * 20_000 + "\n"),
        ((), ""),
    ],
)
def test_lines_come_whole(parts: tuple[bytes, ...], text: str) -> None:
    file = BytesIO()
    log = TrialLog(file, (), lambda _: None)
    for part in parts:
        log.feed(part)
    log.close()
    assert file.getvalue().decode() == text


def test_the_tail_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_log, "HEAD", 4)
    monkeypatch.setattr(trial_log, "TAIL", 4)
    file = BytesIO()
    log = TrialLog(file, (), lambda _: None)
    for line in (b"1\n", b"2\n", b"3\n", b"4\n", b"5\n"):
        log.feed(line)
    log.close()
    assert file.getvalue() == b"1\n2\n... 2 bytes are left out ...\n4\n5\n"


def test_a_folder_that_is_none(log: Path) -> None:
    wrong = trial(log, "true")._replace(folder="/no/such/folder")
    with pytest.raises(UsageError, match="can not be the working directory: No such file"):
        WatchedTrials().run(wrong, print)


def test_a_log_that_can_not_be_written(log: Path) -> None:
    log.parent.write_text("")
    with pytest.raises(UnreadableError, match="can not be written"):
        run(log, "true")


def until_over(serving: Serving) -> None:
    with contextlib.suppress(UnreadableError):
        while serving.ended() is None:
            time.sleep(0.01)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk to write to")
def test_a_full_disk_is_told_and_the_command_not_stopped(log: Path) -> None:
    full = trial(log, *python("print('x' * 300_000)"))._replace(log="/dev/full")
    with pytest.raises(UnreadableError, match="can not be written: No space left"):
        WatchedTrials().run(full, print)
    with (
        pytest.raises(UnreadableError, match="can not be written: No space left"),
        WatchedTrials().serving(full) as serving,
    ):
        until_over(serving)


@LINUX
def test_a_service_runs_until_the_end_of_the_block(log: Path) -> None:
    mark = f"service-{os.getpid()}-{time.monotonic_ns()}"
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\nprint('up', flush=True)\ntime.sleep(300)"
    trials = WatchedTrials()
    with trials.serving(trial(log, *python(code), mark)) as serving:
        while "up" not in log.read_text():
            trials.pause(0.01)
        assert serving.ended() is None
        assert is_running(mark)
    assert not is_running(mark)
    assert log.read_text() == "== it\nup\nbye\n"


@LINUX
def test_a_service_that_does_not_listen_is_killed(
    log: Path,
) -> None:
    code = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(300)"
    mark = f"deaf-{os.getpid()}-{time.monotonic_ns()}"
    with WatchedTrials().serving(trial(log, *python(code), mark)):
        while "up" not in log.read_text():
            time.sleep(0.01)
    assert not is_running(mark)


def test_a_service_that_ends_by_itself(log: Path) -> None:
    with WatchedTrials().serving(trial(log, "sh", "-c", "echo no; exit 4")) as serving:
        while (tried := serving.ended()) is None:
            time.sleep(0.01)
        assert (tried.code, tried.said) == (4, ("no",))


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers `/` with 204, and all else with 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204 if self.path == "/" else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=partial(server.serve_forever, 0.01))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_whether_something_answers(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    trials, url, none = WatchedTrials(), f"http://127.0.0.1:{port}", free_port()
    assert trials.answers_http(f"{url}/", 60) == ""
    assert trials.answers_http(f"{url}/no", 60) == f"`{url}/no` answers with 503"
    assert "Connection refused" in trials.answers_http(f"http://127.0.0.1:{none}/", 5)
    assert "does not answer" in trials.answers_http("http://127.0.0.1:99999999/", 5)
    assert trials.answers_tcp(f"127.0.0.1:{port}", 60) == ""
    assert "is not open" in trials.answers_tcp(f"127.0.0.1:{none}", 5)
    assert "is not open" in trials.answers_tcp("127.0.0.1:99999", 5)


def test_what_answers_no_http_answers_nothing() -> None:
    with contextlib.closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        said = WatchedTrials().answers_http(f"http://127.0.0.1:{server.getsockname()[1]}/", 0.2)
    assert "timed out" in said


@LINUX
def test_signals_of_the_keyboard_end_it(log: Path) -> None:
    mark = f"keyboard-{os.getpid()}-{time.monotonic_ns()}"
    with watching(mark, log) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 130
    assert not is_running(mark)
