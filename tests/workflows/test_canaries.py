"""Secrets in every input, a whole cycle, and nothing of them in what is left of it."""

import gzip
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.channel.faults import Basic
from tests.channel.server import ChannelServer
from tests.conftest import Run
from tests.deploying import LINUX, Place
from tests.merging import Repository

# Of this process alone: others run the same test.
CANARY = f"canary-of-deploy-{os.getpid():x}-5e1f"
INPUTS = {"environment.yml", "envtool.toml", "secret"}
POLICY = """\
[rules]
# `commit` would refuse secrets that are written down.
"channels.credential" = "off"
"channels.http" = "off"
secrets = "off"

[export]
artifacts = ["explicit", "requirements", "environment", "sbom", "recovery", "changelog"]

[[test.commands]]
command = "env | sort; echo $TEST_TOKEN"
variables = {{ TEST_TOKEN = "{canary}-tested" }}

[deploy.variables]
WEB_TOKEN = {{ env = "OUTER" }}
WEB_KEY = {{ file = "../secret" }}

[[deploy.before]]
command = "env | sort; echo $WEB_TOKEN $WEB_KEY"

[[deploy.services]]
name = "web"
command = ["web", "{port}"]
http = "{url}"
timeout = {timeout}
"""


class _Watch:
    """Sees the arguments of all processes, again and again."""

    def __init__(self) -> None:
        self._over = Event()
        self.seen: set[str] = set()
        self.looks = 0

    def look(self) -> None:
        while not self._over.wait(0.01):
            self.looks += 1
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    text = each.read_bytes()
                except OSError:
                    continue
                if CANARY.encode() in text:
                    self.seen.add(text.decode(errors="replace"))

    def end(self) -> None:
        self._over.set()


@contextmanager
def _watched() -> Iterator[_Watch]:
    watch = _Watch()
    thread = Thread(target=watch.look)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


class _Cycle:
    """Runs commands one after the other, and keeps what they say."""

    def __init__(self, place: Place, server: ChannelServer) -> None:
        self.place = place
        self._server = server
        self.said = ""

    def spec(self, *lines: str) -> None:
        listed = "".join(f"  - {line}\n" for line in lines)
        (self.place.folder / "environment.yml").write_text(
            f"channels: [{self._server.url}]\nplatforms: [{LINUX}]\ndependencies:\n{listed}"
            f"variables:\n  SPEC_PASSWORD: {CANARY}-spec\n"
        )

    def policy(self, timeout: float = 120) -> None:
        text = POLICY.format(
            canary=CANARY, port=self.place.port, url=self.place.url, timeout=timeout
        )
        (self.place.folder / "envtool.toml").write_text(text)

    def run(self, *arguments: str, code: int = 0) -> Run:
        done = self.place.run(*arguments, "-o", "text", "-o", f"json={arguments[0]}.json")
        self.said += done.out + done.err
        assert done.code == code, done
        return done


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_no_secret_is_found_after_a_whole_cycle(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTER", f"{CANARY}-env")
    monkeypatch.setenv("API_TOKEN", f"{CANARY}-shell")
    monkeypatch.setenv("ENVTOOL_WEBHOOK_TOKEN", f"{CANARY}-bearer")
    (place.folder.parent / "secret").write_text(f"{CANARY}-file\n")
    repository = Repository(place.folder, driver=False)
    auth = Basic("me", f"{CANARY}-channel")
    with ChannelServer(place.channel.folder, auth=auth) as server, _watched() as watch:
        cycle = _Cycle(place, server)
        _whole(cycle, repository)
        monkeypatch.setenv("HOOK", f"https://127.0.0.1:9/{CANARY}-hook")
        # Nobody listens to the webhook, and no advisory is about these packages.
        cycle.run("audit", "--offline", "--webhook", "HOOK", code=2)
        crash = _crashed(place.folder)
    assert watch.looks > 10
    assert watch.seen == set()
    messages = repository.git("log", "--format=%B").out
    for text in (cycle.said, crash, messages):
        assert CANARY not in text
    assert {*_holding(place.folder.parent)} == INPUTS
    # The service has them all the same.
    assert "***" in place.log()


def _whole(cycle: _Cycle, repository: Repository) -> None:
    place = cycle.place
    cycle.policy()
    cycle.spec("web=1.0", "hooked")
    cycle.run("lock")
    repository.commit({})
    cycle.run("deploy")
    assert place.asked()[1]["WEB_KEY"] == f"{CANARY}-file"
    cycle.spec("web<3", "hooked")
    cycle.run("lock")
    repository.commit({})
    cycle.run("update", "--all", "--level", "major")
    cycle.run("test")
    cycle.run("export")
    cycle.run("export", "--bundle", "app.tar")
    cycle.place.run("approve", "web", "--reason", "looked at", "--owner", "me")
    cycle.run("commit")
    cycle.run("deploy", "--bundle", "app.tar", "--offline")
    assert place.asked()[0] == "2.0"
    cycle.run("deploy", "--status")
    cycle.run("rollback")
    cycle.spec("web=3.0", "hooked")
    cycle.run("lock")
    cycle.policy(timeout=2)
    cycle.run("deploy", "--debug", code=1)
    cycle.spec("web=4.0", "hooked")
    cycle.run("lock")
    cycle.run("deploy", "--debug", code=1)
    cycle.run("policy", "show")


def _crashed(folder: Path) -> str:
    """What is said when envtool itself has a mistake, in the middle of a deployment."""
    code = (
        "import sys\n"
        "from envtool.workflows import deploy_stages\n"
        "from envtool.cli import main\n"
        "def crash(self):\n"
        "    raise RuntimeError(f'{self._ground} {self._ground.values}')\n"
        "deploy_stages.Stages._apply = crash\n"
        "main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "deploy", "--debug"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert "RuntimeError" in done.stderr
    return done.stdout + done.stderr


def _holding(folder: Path) -> Iterator[str]:
    """The names of the files that hold a secret, those in archives included."""
    for path in folder.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            data = path.read_bytes()
            if path.suffix == ".tar":
                with tarfile.open(path) as archive:
                    data += b"".join(
                        file.read() for each in archive if (file := archive.extractfile(each))
                    )
            if data[:2] == b"\x1f\x8b":
                data += gzip.decompress(data)
            if CANARY.encode() in data:
                yield path.name
