"""An environment as people have it: Python, numpy, a web service, programs with the prefix in them.

It does its work after each way in which a tree can get to its place.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.channel.demo import Demo
from tests.channel.service_samples import NEEDS, VERSIONS, service_channel
from tests.ports import free_port
from tests.running import bare, started
from tests.solving import installed, solved

RUN = (sys.executable, "-m", "envtool", "run")
PIP_LIST = ("python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check")


class Service(NamedTuple):
    """A project that installs the service."""

    folder: Path
    channels: tuple[str, ...]
    variables: dict[str, str]

    def typed(self, *arguments: str) -> str:
        done = started(*arguments, cwd=self.folder, **self.variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, number: str) -> None:
        """The environment file and its lock, with a version of the service."""
        head = f"channels: {json.dumps(self.channels)}\nplatforms: [linux-64]\n"
        lines = "".join(f"- {each}\n" for each in ("python", *NEEDS, f"web-service={number}"))
        (self.folder / "environment.yml").write_text(f"{head}dependencies:\n{lines}")
        self.typed("lock")


@pytest.fixture(scope="module")
def service(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Service:
    if demo.python_missing:
        pytest.skip(f"the running Python can not be repackaged: {demo.python_missing}")
    folder = tmp_path_factory.mktemp("service")
    channel = service_channel(folder / "channel")
    variables = {"HOME": str(folder / "home"), "ENVTOOL_CACHE_DIR": str(folder / "cache")}
    for name in ("home", "project"):
        (folder / name).mkdir()
    return Service(folder / "project", (channel.url, demo.channel.url), variables)


def made_by_another_tool(service: Service, prefix: Path) -> None:
    """As conda would have installed it, with the first version of the service."""
    records = solved(service.channels, prefix.parent, *NEEDS, "python", "web-service==1.0")
    installed(records, prefix)


def test_it_works_after_recreate_and_after_rollback(service: Service, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    for number in VERSIONS:
        service.write(number)
        service.typed("recreate", "-p", str(prefix))
    check(service, prefix, "1.1", is_locked=True)
    said = service.typed("rollback", "-p", str(prefix))
    assert said.startswith(f"Rolled back `{prefix}` to generation 1, from 2 in ")
    check(service, prefix, "1.0", is_locked=False)


def test_it_works_after_adoption_and_back(service: Service, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    made_by_another_tool(service, prefix)
    service.write("1.1")
    said = service.typed("recreate", "-p", str(prefix))
    assert "what was there before is kept as generation 0" in said
    check(service, prefix, "1.1", is_locked=True)
    service.typed("rollback", "-p", str(prefix))
    check(service, prefix, "1.0", is_locked=False)


def test_it_works_when_it_comes_from_another_prefix(service: Service, tmp_path: Path) -> None:
    other, prefix = tmp_path / "other", tmp_path / "env"
    made_by_another_tool(service, other)
    service.write("1.0")
    service.typed("recreate", "-p", str(prefix), "--from-prefix", str(other))
    shutil.rmtree(other)
    check(service, prefix, "1.0", is_locked=True)


def check(service: Service, prefix: Path, number: str, *, is_locked: bool) -> None:
    """Everything in it works; and it is what the lock has, or is not."""
    assert asked(service, prefix) == {
        "version": number,
        "prefix": str(prefix),
        "solved": pytest.approx([0.8, 1.4]),
        "numpy": f"{site(prefix)}/numpy/__init__.py",
        "native": f"{prefix}/share/binary-prefix",
        "activated": f"{prefix}/share/activates",
        "asked": "a b",
    }
    assert f"root = {prefix}/etc\n" in (prefix / "etc/text-prefix.conf").read_text()
    assert in_it(service, prefix, "web-service", "--version") == f"web-service {number}"
    assert in_it(service, prefix, "numpy-config", "--version") == version("numpy")
    listed = json.loads(in_it(service, prefix, *PIP_LIST))
    found = {each["name"]: each["version"] for each in listed}
    assert found.items() >= {name: version(name) for name in ("numpy", "starlette", "h11")}.items()
    assert found["web-service"] == number
    judged = started("verify", "--prefix", str(prefix), cwd=service.folder, **service.variables)
    assert judged.returncode == (0 if is_locked else 1), judged.stdout
    assert "altered" not in judged.stdout


def site(prefix: Path) -> Path:
    (found,) = prefix.glob("lib/python3*/site-packages")
    return found


def in_it(service: Service, prefix: Path, *command: str) -> str:
    return service.typed("run", "-p", str(prefix), "--", *command).strip()


def asked(service: Service, prefix: Path) -> Any:
    """The answer of the service, which runs as `envtool run` started it."""
    port = free_port()
    with serving(service, prefix, port) as process:
        until = time.monotonic() + 300
        while time.monotonic() < until and process.poll() is None:
            with suppress(ConnectionRefusedError):
                return answered(port)
            time.sleep(0.05)
    raise AssertionError("it does not answer")


def answered(port: int) -> Any:
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("GET", "/?q=a+b")
        return json.loads(connection.getresponse().read())


@contextmanager
def serving(service: Service, prefix: Path, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen(
        [*RUN, "-p", str(prefix), "--", "web-service", str(port)],
        cwd=service.folder,
        env=bare(**service.variables),
    ) as process:
        try:
            yield process
        finally:
            # Nothing stands between the signal and the service.
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)
