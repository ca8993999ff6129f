"""The channel over HTTP: a correct server, every fault as it is described, what rattler does."""

import base64
import hashlib
import http.client
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from rattler.exceptions import GatewayError, InstallerError, SolverError

from envtool.adapters.channel_builder.channels import Channel
from tests.channel.faults import Altered, Basic, Drip, Fault, Reset, Stall, Status, Token, Truncated
from tests.channel.server import ChannelServer
from tests.solving import files, installed, solved

FILE = "linux-64/tool-1.1-h0_0.conda"


@pytest.fixture
def server(channel: Channel) -> Iterator[ChannelServer]:
    with ChannelServer(channel.folder) as serving:
        yield serving


@pytest.fixture
def content(channel: Channel) -> bytes:
    return Path(channel.folder, FILE).read_bytes()


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: http.client.HTTPMessage


class Caller:
    """One connection that is kept open."""

    def __init__(self, server: ChannelServer) -> None:
        self.path = urlsplit(server.bare_url).path
        self.connection = http.client.HTTPConnection(urlsplit(server.bare_url).netloc, timeout=10)

    def __call__(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Asks for a path below the channel; headers with `_` for `-`."""
        sent: Mapping[str, str] = {name.replace("_", "-"): text for name, text in headers.items()}
        self.connection.request(method, f"{self.path}/{path}", headers=sent)
        response = self.connection.getresponse()
        return Reply(response.status, response.read(), response.headers)


@pytest.fixture
def get(server: ChannelServer) -> Iterator[Caller]:
    caller = Caller(server)
    yield caller
    caller.connection.close()


def test_files_are_served_over_one_connection(
    server: ChannelServer, get: Caller, content: bytes
) -> None:
    first, head = get(FILE), get(FILE, "HEAD")
    assert (first.status, first.body) == (200, content)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(content))
    assert get(FILE, If_None_Match=first.headers["ETag"])[:2] == (304, b"")
    assert get(FILE, If_None_Match='"other"').status == 200
    log = [(each.method, each.status, each.sent) for each in server.log]
    size = len(content)
    assert log == [("GET", 200, size), ("HEAD", 200, 0), ("GET", 304, 0), ("GET", 200, size)]
    assert {each.path for each in server.requests("linux-64/*.conda")} == {FILE}
    assert server.requests("noarch/*") == ()


RANGES = {
    "bytes=0-9": (206, slice(0, 10)),
    "bytes=10-": (206, slice(10, None)),
    "bytes=-5": (206, slice(-5, None)),
    "bytes=5-99999999": (206, slice(5, None)),
    "bytes=99999999-": (416, slice(0, 0)),
    "bytes=0-1,5-6": (200, slice(None)),
    "bytes=-": (200, slice(None)),
    "lines=1-2": (200, slice(None)),
}


@pytest.mark.parametrize(("wanted", "expected"), RANGES.items())
def test_ranges(get: Caller, content: bytes, wanted: str, expected: tuple[int, slice]) -> None:
    status, part = expected
    reply = get(FILE, Range=wanted)
    assert (reply.status, reply.body) == (status, content[part])
    if status == 206:
        start = range(len(content))[part].start
        place = f"bytes {start}-{start + len(reply.body) - 1}/{len(content)}"
        assert reply.headers["Content-Range"] == place


def test_a_range_of_something_else_is_the_whole(get: Caller, content: bytes) -> None:
    assert get(FILE, Range="bytes=0-9", If_Range='"other"').body == content
    assert len(get(FILE, Range="bytes=0-9", If_Range=get(FILE).headers["ETag"]).body) == 10


@pytest.mark.parametrize("path", ["linux-64", "nothing", "../secret", "%2e%2e/secret", "a//b", ""])
def test_only_files_of_the_channel_are_served(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("not yours")
    (tmp_path / "channel" / "linux-64").mkdir(parents=True)
    with ChannelServer(str(tmp_path / "channel")) as server:
        caller = Caller(server)
        assert caller(path).status == 404
        caller.path = "/another"
        assert caller(path).status == 404
        caller.connection.close()


STATUSES = [Status(code=404), Status(code=429, retry_after=7), Status(code=500)]


@pytest.mark.parametrize("fault", STATUSES, ids=lambda fault: str(fault.code))
def test_a_status_is_sent_as_often_as_asked(
    server: ChannelServer, get: Caller, fault: Status
) -> None:
    server.fail("*.conda", fault, times=2)
    assert get(FILE, "HEAD").status == fault.code
    reply = get(FILE)
    assert reply.status == fault.code
    assert reply.headers["Retry-After"] == (fault.retry_after and str(fault.retry_after))
    assert get(FILE).status == 200
    assert [each.fault for each in server.log] == [fault, fault, None]


def test_the_newest_rule_wins_until_all_are_forgotten(server: ChannelServer, get: Caller) -> None:
    server.fail("*", Status(code=500))
    server.fail(FILE, Status(code=404), times=1)
    assert [get(FILE).status for _ in range(3)] == [404, 500, 500]
    server.heal()
    assert get(FILE).status == 200


def test_a_truncated_body_ends_early(server: ChannelServer, get: Caller, content: bytes) -> None:
    server.fail(FILE, Truncated(keep=20))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(FILE)
    assert caught.value.partial == content[:20]


@pytest.mark.parametrize("at", [0, 10, -1])
def test_an_altered_body_differs_in_one_byte(
    server: ChannelServer, get: Caller, content: bytes, at: int
) -> None:
    true = get(FILE)
    server.fail(FILE, Altered(at=at))
    reply = get(FILE)
    different = [place for place, byte in enumerate(content) if byte != reply.body[place]]
    assert different == [at % len(content)]
    assert reply.headers["ETag"] == true.headers["ETag"]
    assert get(FILE, Range=f"bytes={different[0]}-{different[0]}").body != content[at : at + 1]


@pytest.mark.parametrize("after", [0, 30])
def test_a_reset_is_no_end(server: ChannelServer, get: Caller, after: int) -> None:
    server.fail(FILE, Reset(after=after))
    with pytest.raises(ConnectionResetError):
        get(FILE)
    assert [each.sent for each in server.log] == [after]


def test_a_stall_and_a_drip_deliver_late(
    server: ChannelServer, get: Caller, content: bytes
) -> None:
    for fault in (Stall(after=50, seconds=0.2), Drip(size=200, pause=0.05)):
        server.heal()
        server.fail(FILE, fault)
        started = server.now()
        assert get(FILE).body == content
        assert server.now() - started >= 0.2


def test_closing_does_not_wait_for_a_stall(channel: Channel) -> None:
    before = threading.active_count()
    with ChannelServer(channel.folder) as server:
        server.fail(FILE, Stall(after=1))
        caller = Caller(server)
        caller.connection.request("GET", f"{caller.path}/{FILE}")
        assert caller.connection.getresponse().read(1)
        started = server.now()
    assert server.now() - started < 30
    assert threading.active_count() == before
    caller.connection.close()


def test_who_leaves_early_is_in_the_log(
    channel: Channel, capfd: pytest.CaptureFixture[str]
) -> None:
    with ChannelServer(channel.folder) as server:
        server.fail(FILE, Drip(size=10, pause=0.01))
        caller = Caller(server)
        caller.connection.request("GET", f"{caller.path}/{FILE}")
        caller.connection.getresponse().read(10)
        caller.connection.close()
    (request,) = server.log
    assert request.fault == Drip(size=10, pause=0.01)
    assert capfd.readouterr() == ("", "")


def test_basic_authentication(channel: Channel) -> None:
    with ChannelServer(channel.folder, Basic("a@b", "p:/w")) as server:
        assert server.url == server.bare_url.replace("//", "//a%40b:p%3A%2Fw@")
        caller = Caller(server)
        nobody = caller(FILE)
        assert (nobody.status, nobody.headers["WWW-Authenticate"]) == (401, 'Basic realm="channel"')
        right = base64.b64encode(b"a@b:p:/w").decode()
        assert caller(FILE, Authorization=f"Basic {right}").status == 200
        assert caller(FILE, Authorization="Basic bm8=").status == 401
        caller.connection.close()


def test_a_token_stands_in_the_path(channel: Channel) -> None:
    with ChannelServer(channel.folder, Token("tk-1")) as server:
        caller = Caller(server)
        assert caller(FILE).status == 403
        for token, status in (("tk-1", 200), ("tk-12", 403)):
            caller.path = f"/t/{token}/demo"
            assert caller(FILE).status == status
        caller.connection.close()
        assert server.url.endswith("/t/tk-1/demo")


def through(server: ChannelServer, folder: Path, url: str | None = None) -> str:
    """The sha256 of the program of `tool`, solved and installed through the server."""
    records = solved(url or server.url, folder, "tool")
    assert files(records) == ["tool-1.1-h0_0.conda"]
    program = installed(records, folder / "env") / "bin" / "tool"
    return hashlib.sha256(program.read_bytes()).hexdigest()


@pytest.mark.parametrize("auth", [None, Basic("u", "p"), Token("t")])
def test_rattler_solves_and_installs_over_http(
    tmp_path: Path, channel: Channel, auth: Basic | Token | None
) -> None:
    with ChannelServer(channel.folder, auth) as server:
        assert through(server, tmp_path)
        assert [each.status for each in server.requests(FILE)] == [200]
        if auth is not None:
            with pytest.raises(GatewayError, match=r"40[13]"):
                through(server, tmp_path / "again", server.bare_url)


REFUSED: dict[str, tuple[Fault, str]] = {
    "404": (Status(code=404), "404 Not Found"),
    # Without its `RetryMiddleware` rattler asks only once, whatever `Retry-After` says.
    "429": (Status(code=429, retry_after=0), "429 Too Many Requests"),
    "500": (Status(code=500), "500 Internal Server Error"),
    "altered": (Altered(at=-200), "hash mismatch"),
}


@pytest.mark.parametrize(("fault", "reason"), REFUSED.values(), ids=REFUSED)
def test_rattler_says_what_was_wrong_with_a_package(
    tmp_path: Path, server: ChannelServer, fault: Fault, reason: str
) -> None:
    server.fail("*.conda", fault)
    with pytest.raises(InstallerError, match=reason):
        through(server, tmp_path)
    assert len(server.requests(FILE)) == 1
    assert "bin" not in os.listdir(tmp_path / "env")


def test_rattler_asks_again_when_a_connection_breaks(tmp_path: Path, server: ChannelServer) -> None:
    server.fail("*.conda", Reset(), times=1)
    assert through(server, tmp_path)
    assert [each.fault for each in server.requests(FILE)] == [Reset(), None]


def test_rattler_takes_a_missing_subdir_for_an_empty_one(
    tmp_path: Path, server: ChannelServer
) -> None:
    server.fail("linux-64/repodata*", Status(code=404))
    with pytest.raises(SolverError, match="No candidates were found for tool"):
        through(server, tmp_path)


def test_rattler_asks_whether_repodata_changed(tmp_path: Path, server: ChannelServer) -> None:
    for _ in range(2):
        solved(server.url, tmp_path, "tool")
    answers = [
        each.status for each in server.requests("*/repodata.json.zst") if each.method == "GET"
    ]
    assert sorted(answers) == [200, 200, 304, 304]
