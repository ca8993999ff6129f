"""Telling a server what an audit found: what is sent, and what is never said."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest

from envtool.adapters import connect_webhook
from envtool.errors import UnavailableError, UsageError
from tests.audits import AS_OF, audited_project, database
from tests.conftest import Envtool
from tests.served import bare_user

SECRET = "T0SECRET"  # noqa: S105 - made up


class Posted(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class Hook(BaseHTTPRequestHandler):
    """Notes what it is sent, and answers with a status that its test has set."""

    posted: ClassVar[list[Posted]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.posted.append(Posted(self.path, dict(self.headers), self.rfile.read(length)))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Says nothing."""


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    bare_user(tmp_path / "home", monkeypatch)
    Hook.posted.clear()
    Hook.status = 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/services/{SECRET}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_body_arrives_with_the_token(url: str) -> None:
    connect_webhook().post(url, '{"é": 1}', "t0ken")
    (posted,) = Hook.posted
    assert posted.path == f"/services/{SECRET}"
    assert json.loads(posted.body) == {"é": 1}
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["Authorization"] == "Bearer t0ken"
    connect_webhook().post(url, "{}", None)
    assert "Authorization" not in Hook.posted[1].headers


@pytest.mark.parametrize("status", [302, 307, 400, 404, 500])
def test_what_is_not_taken_is_an_error_without_the_address(url: str, status: int) -> None:
    Hook.status = status
    with pytest.raises(UnavailableError) as caught:
        connect_webhook().post(url, "{}", None)
    assert caught.value.message == f"the webhook at `127.0.0.1` answered with status {status}"
    assert len(Hook.posted) == 1


REFUSED = [
    ("http://hooks.example.org/x", "the webhook at `hooks.example.org` would be told in clear"),
    ("http://127.0.0.1.example.org/x", "would be told in clear"),
    ("http://10.0.0.1/x", "would be told in clear"),
    ("ftp://127.0.0.1/x", "is no URL of the web"),
    ("https:///x", "is no URL of the web"),
    ("https://[::1/x", "is no URL of the web"),
    ("https://x:port/x", "is no URL of the web"),
    ("hooks.example.org", "is no URL of the web"),
    ("file:///etc/passwd", "is no URL of the web"),
]


@pytest.mark.parametrize(("address", "words"), REFUSED)
def test_nothing_is_sent_where_others_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    bare_user(tmp_path / "home", monkeypatch)
    with pytest.raises(UsageError) as caught:
        connect_webhook().post(f"{address}?{SECRET}", "{}", None)
    assert words in caught.value.message
    assert SECRET not in caught.value.message


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://localhost:1/x", "the webhook at `localhost` can not be reached"),
        ("http://[::1]:1/x", "the webhook at `::1` can not be reached"),
        ("https://envtool.invalid/x", "the webhook at `envtool.invalid` can not be reached"),
    ],
)
def test_a_server_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    bare_user(tmp_path / "home", monkeypatch)
    with pytest.raises(UnavailableError) as caught:
        connect_webhook().post(f"{address}?{SECRET}", "{}", None)
    assert (caught.value.message, caught.value.__cause__) == (words, None)


def test_a_variable_holds_the_address(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    database(tmp_path / "cache")
    audited_project(tmp_path)
    monkeypatch.setenv("HOOK", url)
    monkeypatch.setenv("ENVTOOL_WEBHOOK_TOKEN", "t0ken")
    arguments = ("audit", "--offline", *AS_OF, "--webhook", "HOOK")
    done = envtool(*arguments, "-o", "json")
    assert (done.code, done.err) == (1, "")
    assert Hook.posted[0].body.decode() == done.out
    Hook.status = 500
    done = envtool(*arguments)
    assert done.first.startswith("Failed: audited 5 of 6 packages")
    assert done.err == (
        "error: the webhook at `127.0.0.1` answered with status 500\n\n"
        "hint: the report stands; send it again when the server can be reached\n"
    )
    assert done.code == 1
    done = envtool(*arguments, "--fail-on", "error", "--ignore", "advisories.vulnerable")
    assert done.code == 5
    assert SECRET not in done.out + done.err
