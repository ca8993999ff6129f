"""Files come as conda's settings say, and credentials go where they belong."""

import base64
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.downloads import Downloads
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.web_messages import PLAIN, Request, whole
from envtool.errors import EnvtoolError, ExitCode, UnavailableError, UsageError
from tests.channel.answers import Answer
from tests.channel.certificates import Certificates, certificates
from tests.channel.faults import (
    Basic,
    Bearer,
    Drip,
    Reset,
    Stall,
    Status,
    Token,
    Truncated,
)
from tests.channel.proxy import Proxy
from tests.channel.server import Call, ChannelServer
from tests.wheel_making import web

CANARY = "canary-8c1f0e7d"
BASIC = f"Basic {base64.b64encode(f'me:{CANARY}'.encode()).decode()}"
CONTENT = b"content" * 1000


def fetched(url: str, **more: Any) -> bytes:
    """The bytes of a URL; no error and no value of it shows the canary."""
    downloads, pieces = Downloads(web(**more)), list[bytes]()

    def take(found: Iterator[bytes]) -> int:
        pieces[:] = found
        return len(pieces)

    try:
        address = downloads.address(url)
        assert CANARY not in repr(address)
        downloads.fetch(address, take)
    except EnvtoolError as error:
        seen: BaseException | None = error
        while seen is not None:
            assert CANARY not in str(seen)
            seen = seen.__cause__
        raise
    return b"".join(pieces)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOME", "/nowhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "web"
    path.mkdir()
    (path / "a file.whl").write_bytes(CONTENT)
    return path


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, and nothing else makes certificates")
    return certificates(tmp_path_factory.mktemp("certificates"))


def test_a_file_of_this_machine(folder: Path) -> None:
    assert fetched((folder / "a file.whl").as_uri()) == CONTENT
    assert (
        fetched((folder / "a file.whl").as_uri().replace("file://", "FILE://localhost")) == CONTENT
    )


@pytest.mark.parametrize("place", ["file:///nowhere/x", "file:///", "file://server/share/x"])
def test_a_file_that_is_not_there(place: str) -> None:
    with pytest.raises(UnavailableError, match="there is no such file"):
        fetched(place)


def test_a_file_that_can_not_be_read() -> None:
    with pytest.raises(UnavailableError, match="can not be fetched: Input/output error"):
        fetched("file:///proc/self/mem")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("git+https://x.org/a", "is no address of a file"),
        ("x.whl", "is no address of a file"),
        ("https://${NOBODY_SET_THIS}:x@x.org/a.whl", "needs the variable `NOBODY_SET_THIS`"),
    ],
)
def test_what_is_no_address(url: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        fetched(url)


NETRC = f"machine 127.0.0.1 login me password {CANARY}\n"
USER = Basic("me", CANARY)
AUTHS: dict[str, tuple[Any, str, dict[str, str], str]] = {
    "URL": (USER, "http://me:{s}@{host}", {}, ""),
    "variables": (USER, "http://${{ME}}:$SECRET@{host}", {"ME": "me", "SECRET": CANARY}, ""),
    "netrc": (USER, "http://{host}", {}, NETRC),
    "index": (USER, "http://{host}", {"UV_DEFAULT_INDEX": "http://me:{s}@{host}/simple"}, ""),
    "extra index": (
        USER,
        "http://{host}",
        {"UV_EXTRA_INDEX_URL": "https://x.org/a http://me:{s}@{host}/simple"},
        "",
    ),
    "named index": (
        USER,
        "http://{host}",
        {
            "UV_INDEX": "our-own=http://{host}/simple",
            "UV_INDEX_OUR_OWN_USERNAME": "me",
            "UV_INDEX_OUR_OWN_PASSWORD": CANARY,
        },
        "",
    ),
    "rattler": (Bearer(CANARY), "http://{host}", {"RATTLER_AUTH_FILE": "{home}/auth.json"}, ""),
    "token": (Token(CANARY), "http://{host}", {"RATTLER_AUTH_FILE": "{home}/token.json"}, ""),
}  # fmt: skip


@pytest.mark.parametrize(("auth", "url", "variables", "netrc"), AUTHS.values(), ids=AUTHS)
def test_credentials(
    tmp_path: Path, folder: Path, auth: Any, url: str, variables: dict[str, str], netrc: str
) -> None:
    (tmp_path / ".netrc").write_text(netrc)
    (tmp_path / "auth.json").write_text(f'{{"127.0.0.1": {{"BearerToken": "{CANARY}"}}}}')
    (tmp_path / "token.json").write_text(f'{{"127.0.0.1": {{"CondaToken": "{CANARY}"}}}}')
    with ChannelServer(str(folder), auth) as server:
        host = server.bare_url.removeprefix("http://").removesuffix("/demo")
        places = {"s": CANARY, "host": host, "home": str(tmp_path)}
        known = {name: value.format(**places) for name, value in variables.items()}
        found = fetched(
            f"{url.format(**places)}/demo/a%20file.whl", variables=known, home=str(tmp_path)
        )
        assert found == CONTENT


@pytest.mark.parametrize(
    "variables",
    [{}, {"UV_INDEX": "x=http://{host}/simple"}, {"UV_INDEX": "http://me:x@127.0.0.1:1/simple"}],
)
def test_without_credentials_it_is_closed(folder: Path, variables: dict[str, str]) -> None:
    with ChannelServer(str(folder), USER) as server:
        host = server.bare_url.removeprefix("http://").removesuffix("/demo")
        known = {name: value.format(host=host) for name, value in variables.items()}
        with pytest.raises(UnavailableError, match="does not admit you: status 401") as caught:
            fetched(f"{server.bare_url}/a%20file.whl", variables=known)
        assert "netrc" in caught.value.hints[0]
        assert len(server.log) == 1


def test_a_netrc_is_not_read_behind_our_back(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text(f"default login me password {CANARY}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with (
        ChannelServer(str(folder), USER) as server,
        pytest.raises(UnavailableError, match="does not admit you"),
    ):
        fetched(f"{server.bare_url}/a%20file.whl")


@contextmanager
def sending_on(to: Callable[[], str]) -> Iterator[str]:
    """A server that sends everybody elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", to())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            del format, args

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("variables", "admitted"),
    [
        ({}, False),
        ({"UV_INDEX_URL": "http://me:{s}@{host}/simple"}, True),
    ],
)
def test_another_server_gets_its_own_credentials_only(
    folder: Path, variables: dict[str, str], *, admitted: bool
) -> None:
    with ChannelServer(str(folder), USER) as server:
        host = server.bare_url.removeprefix("http://").removesuffix("/demo")
        known = {name: value.format(s=CANARY, host=host) for name, value in variables.items()}
        with sending_on(lambda: f"{server.bare_url}/a%20file.whl") as front:
            url = f"{front.replace('//', f'//me:{CANARY}@')}/x.whl"
            if admitted:
                assert fetched(url, variables=known) == CONTENT
            else:
                with pytest.raises(UnavailableError, match="does not admit you: status 401"):
                    fetched(url, variables=known)


def test_the_same_server_keeps_them() -> None:
    asked: list[str] = []

    def to() -> str:
        asked.append("")
        return "/again" if len(asked) < 3 else "ftp://x.org/"

    with sending_on(to) as front, pytest.raises(UnavailableError, match="can not be used"):
        fetched(f"{front.replace('//', f'//me:{CANARY}@')}/x.whl")


def test_a_circle_ends() -> None:
    with sending_on(lambda: "/again") as front, pytest.raises(UnavailableError, match="for ever"):
        fetched(f"{front}/x.whl")


def test_pauses_grow_and_servers_have_a_say(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Status(code=503), times=2)
        fetched(f"{server.url}/a%20file.whl", retries=3, pause=0.1)
        first, second, third = (each.seconds for each in server.log)
        assert second - first >= 0.1
        assert third - second >= 0.2
        server.fail("*", Status(code=429, retry_after=1), times=1)
        start = time.monotonic()
        fetched(f"{server.url}/a%20file.whl")
        assert time.monotonic() - start >= 1


def test_a_server_that_says_nothing(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Stall(after=0, seconds=5))
        with pytest.raises(UnavailableError, match="can not be fetched"):
            fetched(f"{server.url}/a%20file.whl", connect=0.2, read=0.2, retries=0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/x.whl"
        with pytest.raises(UnavailableError, match="no answer within 0 s"):
            fetched(url, connect=0.2, read=0.2, retries=0)


def test_no_server_at_all(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Reset(after=3))
        with pytest.raises(UnavailableError, match="the connection failed") as caught:
            fetched(f"{server.url}/a%20file.whl")
        assert len(server.log) == 2
    assert caught.value.exit_code is ExitCode.UNAVAILABLE
    with pytest.raises(UnavailableError, match="the connection failed"):
        fetched(f"http://me:{CANARY}@127.0.0.1:1/x.whl")


@pytest.mark.parametrize("environment", [True, False])
def test_proxies(folder: Path, monkeypatch: pytest.MonkeyPatch, *, environment: bool) -> None:
    with ChannelServer(str(folder)) as server:
        port = int(server.bare_url.split(":")[2].split("/")[0])
        with Proxy(port, f"me:{CANARY}") as proxy:
            condarc = f"proxy_servers: {{http: '{proxy.url}'}}"
            if environment:
                monkeypatch.setenv("http_proxy", proxy.url)
                condarc = "proxy_servers: {http: 'http://127.0.0.1:1'}"
            assert fetched("http://wheels.invalid/demo/a%20file.whl", condarc=condarc) == CONTENT
            assert proxy.seen
    with pytest.raises(UnavailableError, match="the proxy did not let it through"):
        fetched(
            "http://wheels.invalid/x.whl",
            condarc=f"proxy_servers: {{http: 'http://me:{CANARY}@127.0.0.1:1'}}"
            if not environment
            else "",
        )


TRUSTED: list[tuple[str, dict[str, str]]] = [
    ("ssl_verify: {ca}", {}),
    ("", {"SSL_CERT_FILE": "{ca}"}),
    ("", {"REQUESTS_CA_BUNDLE": "{ca}"}),
    ("ssl_verify: {ca}", {"REQUESTS_CA_BUNDLE": "/nowhere"}),
    ("ssl_verify: truststore", {"SSL_CERT_FILE": "{ca}"}),
    ("ssl_verify: false", {}),
]


@pytest.mark.parametrize(("condarc", "variables"), TRUSTED)
def test_what_is_trusted(
    folder: Path,
    trust: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    condarc: str,
    variables: dict[str, str],
) -> None:
    known = {name: value.format(ca=trust.authority) for name, value in variables.items()}
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    with ChannelServer(str(folder), tls=trust.context) as server:
        found = fetched(
            f"{server.url}/a%20file.whl",
            condarc=condarc.format(ca=trust.authority),
            variables=known,
        )
        assert found == CONTENT


def test_what_is_not_trusted(folder: Path, trust: Certificates) -> None:
    with ChannelServer(str(folder), tls=trust.context) as server:
        with pytest.raises(UnavailableError, match="the certificate is not trusted") as caught:
            fetched(f"{server.url}/a%20file.whl")
        assert "ssl_verify" in caught.value.hints[0]
        assert server.log == ()


def test_nothing_is_given_to_a_server_that_nobody_checked(
    folder: Path, trust: Certificates
) -> None:
    with ChannelServer(str(folder), USER, tls=trust.context) as server:
        with pytest.raises(UsageError, match=r"credentials for .* are not sent"):
            fetched(f"{server.url}/a%20file.whl", condarc="ssl_verify: false")
        assert server.log == ()


def told(server: ChannelServer, request: Request, **more: Any) -> tuple[int, bytes]:
    """The status and the bytes of an answer to `request`."""
    downloads = Downloads(web(**more))
    address = downloads.address(f"{server.url}/a%20file.whl")
    return downloads.ask(address, lambda answer: (answer.status, whole(answer)), request)


def test_a_condition(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        downloads = Downloads(web())
        address = downloads.address(f"{server.url}/a%20file.whl")
        tag = downloads.ask(address, lambda answer: answer.headers["ETag"])
        request = Request(headers={"If-None-Match": tag}, unchanged=304)
        assert told(server, request) == (304, b"")
        # Who did not say that this is an answer has none.
        with pytest.raises(UnavailableError, match="status 304"):
            told(server, Request(headers={"If-None-Match": tag}))


def test_what_is_posted(folder: Path) -> None:
    class Echo(ChannelServer):
        def answer(self, call: Call) -> Answer:
            return Answer(status=200, body=call.method.encode() + b" " + call.body)

    with Echo(str(folder)) as server:
        server.fail("*", Status(code=503), times=1)
        assert told(server, Request("POST", body=b"{}")) == (200, b"POST {}")


@pytest.mark.parametrize("after", ["Wed, 21 Oct 2015 07:28:00 GMT", "soon", ""])
def test_a_pause_until_a_date(folder: Path, after: str) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Status(code=429, retry_after=after), times=1)
        assert told(server, Request(left=TimeLeft(60))) == (200, CONTENT)


def test_a_pause_that_is_longer_than_the_time(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Status(code=429, retry_after=200))
        start = time.monotonic()
        with pytest.raises(UnavailableError, match="status 429"):
            told(server, Request(left=TimeLeft(120)))
        assert time.monotonic() - start < 60


def test_a_server_that_is_not_to_be_asked_for_an_hour(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Status(code=429, retry_after=3600))
        with pytest.raises(UnavailableError, match="status 429, and asks to wait 3600 s"):
            told(server, PLAIN)
        assert len(server.log) == 1


def test_a_time_limit_on_the_whole(folder: Path) -> None:
    """Each byte comes in time, and all of them do not."""
    with ChannelServer(str(folder)) as server:
        server.fail("*", Drip(size=10, pause=0.05))
        with pytest.raises(UnavailableError, match="no whole answer within 3 s"):
            told(server, Request(left=TimeLeft(3)))


def test_an_answer_that_is_too_large(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        assert told(server, Request(limit=7000)) == (200, CONTENT)
        with pytest.raises(UnavailableError, match="it is larger than 0 MB"):
            told(server, Request(limit=6999))


def test_who_is_stopped_ends(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Drip(size=10, pause=0.05))
        left = TimeLeft(60)

        def stop() -> None:
            server.wait_for("*")
            left.stop()

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(UnavailableError, match="no whole answer"):
            told(server, Request(left=left.part()))
        thread.join()


def test_a_part_of_the_time() -> None:
    whole = TimeLeft(60)
    part = whole.part()
    part.stop()
    assert part.seconds() == 0
    assert whole.seconds() > 50
    assert TimeLeft().seconds() == float("inf")


def test_an_answer_that_is_cut(folder: Path) -> None:
    with ChannelServer(str(folder)) as server:
        server.fail("*", Truncated(keep=100), times=1)
        assert told(server, PLAIN) == (200, CONTENT)
        server.fail("*", Truncated(keep=100))
        with pytest.raises(UnavailableError, match=r"the connection failed|100 of 7000 bytes came"):
            told(server, PLAIN)


def test_the_name_of_a_server_is_not_known() -> None:
    with pytest.raises(UnavailableError, match="the name of the server is not known"):
        fetched("http://nowhere.invalid/x.whl")
