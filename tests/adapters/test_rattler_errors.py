"""What rattler says, told to a person; the faults themselves are in tests/cli."""

import socket
import time
from pathlib import Path

import pytest
from rattler.exceptions import GatewayError, InvalidUrlError

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.rattler_client import Connection
from envtool.adapters.rattler_errors import is_damaged, is_passing, translated
from envtool.adapters.rattler_solver import RattlerSolver
from envtool.domain.channel_resolver import ResolvedChannel, Source
from envtool.errors import ExitCode, UnavailableError
from tests.channel.faults import Stall
from tests.channel.server import ChannelServer
from tests.served import bare_user

FILE = "http://u:canary@a.org/t/canary/x/linux-64/repodata.json?sig=canary"
CERTIFICATE = "error sending request for url (https://a.org/x/noarch/repodata.json)\nCaused by: client error (Connect)\nCaused by: invalid peer certificate: Expired"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"HTTP status client error (404 Not Found) for url ({FILE})", "`http://a.org/x` answers with status 404"),
        (f"failed to download {FILE}\nCaused by: Data corruption detected", "`http://a.org/x` holds no index of packages: Data corruption detected"),
        (CERTIFICATE, "the certificate of `https://a.org/x` is not trusted: Expired"),
        (f"error sending request for url ({FILE})\nCaused by: client error (Connect)\nCaused by: unsupported scheme socks5", "rattler can not use a `socks5` proxy"),
        ("something\nCaused by: new", "`https://c.org/1` or `https://c.org/2` can not be read: something: new"),
    ],
)  # fmt: skip
def test_what_is_said(text: str, message: str) -> None:
    error = translated(GatewayError(text), ("https://c.org/1", "https://c.org/2"))
    assert isinstance(error, UnavailableError)
    assert error.message == message
    assert error.hints
    assert "canary" not in f"{error!r} {error.hints}"


def test_a_cause_that_python_knows_is_told_too() -> None:
    error = GatewayError("failed")
    error.__cause__ = InvalidUrlError("relative URL without a base")
    told = translated(error, ("https://c.org",))
    assert told
    assert told.message == "`https://c.org` can not be read: failed: relative URL without a base"


def test_other_exceptions_are_left_alone() -> None:
    assert translated(ValueError("x")) is None
    assert not is_passing(ValueError("x"))
    assert not is_damaged(KeyboardInterrupt())


def test_a_panic_is_a_failure_of_the_solver() -> None:
    class PanicException(BaseException):
        """What a panic in Rust becomes."""

    error = translated(PanicException(f"called unwrap on {FILE}"))
    assert error
    assert error.exit_code is ExitCode.TOOL_FAILED
    assert (
        error.message == "the solver failed: called unwrap on http://a.org/x/linux-64/repodata.json"
    )


def resolved(url: str) -> ResolvedChannel:
    sources = (Source(url, None),)
    return ResolvedChannel(
        name=url, variables=(), url=url, label=None, subdirs=(), sources=sources, origin="here"
    )


def test_all_tries_together_have_a_limit(
    channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_user(tmp_path / "home", monkeypatch)
    solver = RattlerSolver(Connection(limit=0.5))
    with ChannelServer(channel.folder) as server:
        server.fail("*", Stall(seconds=600))
        start = time.monotonic()
        with pytest.raises(UnavailableError, match="did not answer in time"):
            solver.listed((resolved(server.url),), "linux-64", ["click"])
        assert time.monotonic() - start < 120


def test_a_server_that_takes_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_user(tmp_path / "home", monkeypatch)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/demo"
        with pytest.raises(UnavailableError, match="Connection refused"):
            RattlerSolver(Connection(retries=0)).listed((resolved(url),), "linux-64", ["click"])
