"""The service of the examples over a real PostgreSQL: deployed, broken, and as before."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.daemons import KeptDaemons
from tests.conftest import Envtool, Run
from tests.deploying import LINUX
from tests.ports import free_port
from tests.served import bare_user, flat

pytestmark = pytest.mark.postgres
EXAMPLE = Path(__file__).parents[2] / "examples/service"
NEEDS = ("python", "fastapi >=0.100", "psycopg2-binary", "uvicorn")
PASSWORD = "s3cret-of-items"  # noqa: S105 - for this test alone
# The service with something in front of it that has gone wrong.
WRONG = """\
import time

from fastapi import Request, Response
from service.production import application as made


def application():
    app = made()

    @app.middleware("http")
    async def wrong(request: Request, call):
        {what}

    return app
"""


class Items(NamedTuple):
    """The project, and what it is deployed with."""

    folder: Path
    run: Envtool
    channel: Channel
    port: int
    secret: Path

    def ask(self, path: str, data: Any = None, port: int | None = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"http://127.0.0.1:{port or self.port}{path}", body, headers)
        with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)

    def lock(self, *lines: str) -> None:
        listed = "".join(f"  - {line}\n" for line in lines)
        head = f"channels: [{self.channel.url}]\nplatforms: [{LINUX}]\n"
        (self.folder / "environment.yml").write_text(f"{head}dependencies:\n{listed}")
        done = self.run("lock")
        assert done.code == 0, done.err

    def change(self, before: str, after: str) -> None:
        path = self.folder / "envtool.toml"
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def wrong(self, what: str) -> None:
        """The next version of the service does something else."""
        (self.folder / "wrong.py").write_text(WRONG.format(what=what))
        self.change("service.production:application", "wrong:application")
        self.change('name = "items"', 'name = "items"\ntimeout = 20')

    def deploy(self) -> Run:
        return self.run("deploy", "--to", "production")


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    postgres = pytest.importorskip("tests.postgres")
    with postgres.server("s3cret-of-admin") as server:
        server.run(f"CREATE ROLE items LOGIN PASSWORD '{PASSWORD}'")
        yield server


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    from tests.postgres import service_channel

    return service_channel(tmp_path_factory.mktemp("service") / "channel")


@pytest.fixture
def items(
    tmp_path: Path,
    envtool: Envtool,
    packages: Channel,
    database: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Items]:
    """The service is deployed, and keeps an item."""
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "service"
    folder.mkdir()
    shutil.copytree(EXAMPLE / "service", folder / "service")
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    port = free_port()
    text = (EXAMPLE / "envtool.toml").read_text().replace('profile = "strict"', "", 1)
    text = text.replace("8000", str(port)).replace("/run/secrets/service-database", str(secret))
    (folder / "envtool.toml").write_text(text)
    for name in ("items", "gone"):
        database.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    database.run("CREATE DATABASE items OWNER items")
    url = f"postgresql://items@127.0.0.1:{database.port}/items"
    monkeypatch.setenv("SERVICE_DATABASE_URL", url)
    monkeypatch.chdir(folder)
    found = Items(folder, envtool, packages, port, secret)
    found.lock(*NEEDS)
    done = found.deploy()
    assert done.code == 0, done
    assert "`items` answers" in done.first
    found.ask("/items", {"name": "bolt", "quantity": 3})
    yield found
    daemons, prefix = KeptDaemons(), str(folder / ".envtool/envs/production")
    for each in daemons.known(prefix):
        daemons.stop(prefix, each.name)


def _database_gone(_: Items, patch: pytest.MonkeyPatch) -> None:
    url = os.environ["SERVICE_DATABASE_URL"].removesuffix("items")
    patch.setenv("SERVICE_DATABASE_URL", f"{url}gone")


def _wrong_password(items: Items, _: pytest.MonkeyPatch) -> None:
    items.secret.write_text("another-one\n")


def _module_missing(items: Items, _: pytest.MonkeyPatch) -> None:
    items.lock("fastapi ==0.0.1", *(each for each in NEEDS if "fastapi" not in each))


def _answers_500(items: Items, _: pytest.MonkeyPatch) -> None:
    items.wrong("return Response(status_code=500)")


def _too_slow(items: Items, _: pytest.MonkeyPatch) -> None:
    items.wrong("time.sleep(4)")


BREAKS: tuple[tuple[Any, str], ...] = (
    (_database_gone, 'FATAL: database "gone" does not exist'),
    (_wrong_password, 'FATAL: password authentication failed for user "items"'),
    (_module_missing, "ModuleNotFoundError: No module named 'fastapi'"),
    (
        _answers_500,
        "does not answer within 20 s: `http://127.0.0.1:{port}/health` answers with 500",
    ),
    (_too_slow, "does not answer within 20 s: `http://127.0.0.1:{port}/health` does not answer"),
)


@pytest.mark.parametrize(("breaks", "said"), BREAKS, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_broken_is_named_and_swapped_back(
    items: Items, monkeypatch: pytest.MonkeyPatch, breaks: Any, said: str
) -> None:
    breaks(items, monkeypatch)
    done = items.deploy()
    assert done.code == 1, done
    first = flat(done.first)
    assert first.startswith("Not deployed: `items` "), done
    assert said.format(port=items.port) in first
    assert "`items` of before answers again" in done.out
    assert PASSWORD not in done.out + done.err
    assert items.ask("/health") == {"status": "ok"}
    assert items.ask("/items") == [{"id": 1, "name": "bolt", "quantity": 3}]


def test_a_port_that_is_taken_is_named(items: Items) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        items.change(f'"--port", "{items.port}"', f'"--port", "{taken}"')
        items.change(f":{items.port}/health", f":{taken}/health")
        done = items.deploy()
    assert done.code == 1
    assert "address already in use" in done.first, done
    assert items.ask("/items") == [{"id": 1, "name": "bolt", "quantity": 3}]


def test_the_service_is_seen_and_ended(items: Items) -> None:
    done = items.run("deploy", "--status", "--to", "production")
    assert (done.code, done.first) == (0, "1 service answers")
    done = items.run("deploy", "--stop", "--to", "production")
    assert (done.code, done.first) == (0, "Stopped `items`")
    with pytest.raises(OSError, match="refused"):
        items.ask("/health")
