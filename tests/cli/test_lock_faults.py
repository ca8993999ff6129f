"""`envtool lock` against servers that fail."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.channel.faults import Altered, Drip, Fault, Reset, Stall, Status, Truncated
from tests.channel.server import ChannelServer
from tests.conftest import Envtool
from tests.served import bare_user, files_below, flat, project


@pytest.fixture(autouse=True)
def _user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_user(tmp_path / "home", monkeypatch)


INDEX = "noarch/repodata_shards.msgpack.zst"
SHARD = "noarch/shards/*"
PLAIN = "noarch/repodata.json.zst"
WAIT = "try again in a while"
NAME = "look at its name under `channels:`"
LOGIN = "store credentials for it: `~/.netrc`"


class Row(NamedTuple):
    """What goes wrong, and what is said of it; `{url}` is the channel."""

    pattern: str
    fault: Fault
    says: str
    hint: str
    requests: int


BROKEN = "error: the download of `{url}` broke off"
NONSENSE = "error: `{url}` holds no index of packages:"
ROWS = (
    Row("*", Status(code=404), "error: `{url}` is no channel: it has no index `noarch`", NAME, 8),
    Row("*", Status(code=429, retry_after=9), "error: `{url}` answers with status 429", WAIT, 4),
    Row("*", Status(code=500), "error: `{url}` answers with status 500", WAIT, 4),
    Row("*", Status(code=503), "error: `{url}` answers with status 503", WAIT, 4),
    Row("*", Status(code=401), "error: `{url}` does not admit you: status 401", LOGIN, 2),
    Row("*", Status(code=403), "error: `{url}` does not admit you: status 403", LOGIN, 2),
    Row("*", Status(code=407), "error: a proxy does not let you through to `{url}`", "proxy", 2),
    Row("*", Status(code=418), "error: `{url}` answers with status 418", WAIT, 2),
    Row(INDEX, Truncated(keep=20), BROKEN, WAIT, 8),
    Row(INDEX, Reset(), BROKEN, WAIT, 8),
    Row(INDEX, Reset(after=20), BROKEN, WAIT, 8),
    Row(INDEX, Altered(at=0), NONSENSE, NAME, 8),
    Row(SHARD, Status(code=404), "error: `{url}` answers with status 404", WAIT, 8),
    Row(SHARD, Status(code=500), "error: `{url}` answers with status 500", WAIT, 8),
    Row(SHARD, Truncated(keep=20), BROKEN, WAIT, 8),
    Row(SHARD, Reset(after=20), BROKEN, WAIT, 8),
    Row(SHARD, Altered(at=30), NONSENSE, NAME, 8),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.pattern}-{row.fault}")
def test_a_fault_that_stays_ends_the_command(
    envtool: Envtool, tmp_path: Path, in_shards: str, row: Row
) -> None:
    with ChannelServer(in_shards) as server:
        project(tmp_path / "here", server.url)
        server.fail(row.pattern, row.fault)
        run = envtool("lock", "here")
        assert (run.code, run.out) == (5, "")
        assert flat(run.err).startswith(row.says.format(url=server.url))
        assert row.hint in flat(run.err)
        assert len(server.log) <= row.requests
    assert files_below(tmp_path / "here") == {"environment.yml"}


# What the plain index does with faults takes rattler's own three tries, whatever is asked for.
@pytest.mark.parametrize(
    ("fault", "says"),
    [(Truncated(keep=100), BROKEN), (Altered(at=50), NONSENSE + " Data corruption detected")],
    ids=str,
)
def test_a_plain_index_that_stays_broken(
    envtool: Envtool, tmp_path: Path, channel: Channel, fault: Fault, says: str
) -> None:
    with ChannelServer(channel.folder) as server:
        project(tmp_path / "here", server.url)
        server.fail(PLAIN, fault)
        run = envtool("lock", "here")
        assert (run.code, run.out) == (5, "")
        assert flat(run.err).startswith(says.format(url=server.url))
        assert len(server.requests(PLAIN)) <= 1 + 4 + 1
    assert files_below(tmp_path / "here") == {"environment.yml"}


@pytest.mark.parametrize("pattern", [INDEX, SHARD, PLAIN])
@pytest.mark.parametrize(
    "fault",
    [
        Status(code=429),
        Status(code=500),
        Truncated(keep=20),
        Altered(at=30),
        Reset(),
        Reset(after=20),
        Drip(size=200, pause=0.01),
    ],
    ids=str,
)
def test_a_fault_that_passes_is_not_seen(
    envtool: Envtool, tmp_path: Path, in_shards: str, fault: Fault, pattern: str
) -> None:
    with ChannelServer(in_shards) as server:
        lock = project(tmp_path / "here", server.url)
        if pattern == PLAIN:
            server.fail("*_shards*", Status(code=404))
        server.fail(pattern, fault, 1)
        run = envtool("lock", "here")
        assert (run.code, run.err) == (0, "")
    assert "name: click" in lock.read_text()


@pytest.mark.parametrize("pattern", [INDEX, SHARD])
def test_an_index_that_is_damaged_does_not_stay_in_the_cache(
    envtool: Envtool, tmp_path: Path, in_shards: str, pattern: str
) -> None:
    with ChannelServer(in_shards) as server:
        project(tmp_path / "here", server.url)
        server.fail(pattern, Altered(at=30))
        assert envtool("lock", "here").code == 5
        server.heal()
        assert envtool("lock", "here").code == 0


def test_a_platform_that_the_channel_does_not_have_is_empty(
    envtool: Envtool, tmp_path: Path, channel: Channel
) -> None:
    with ChannelServer(channel.folder) as server:
        project(tmp_path / "here", server.url)
        server.fail("linux-64/*", Status(code=404))
        assert envtool("lock", "here").code == 3


@pytest.mark.parametrize("after", [0, 20])
def test_a_server_that_stops_talking(
    envtool: Envtool, tmp_path: Path, in_shards: str, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    # conda's limit for a pause; for a whole request rattler gets five times of it.
    monkeypatch.setenv("CONDA_REMOTE_READ_TIMEOUT_SECS", "0.2")
    with ChannelServer(in_shards) as server:
        project(tmp_path / "here", server.url)
        server.fail("*", Stall(after=after))
        run = envtool("lock", "here")
        assert (run.code, run.out) == (5, "")
        assert run.first == f"error: `{server.url}` did not answer in time"
        assert "export CONDA_REMOTE_READ_TIMEOUT_SECS=" in flat(run.err)
    assert files_below(tmp_path / "here") == {"environment.yml"}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:9/demo", "can not be reached: Connection refused (os error 111)"),
        ("http://no-such-host.invalid/demo", "can not be reached: its host is not known"),
        ("file:///no/such/folder", "is no channel: it has no index `noarch`"),
    ],
)
def test_a_channel_that_is_not_there(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    monkeypatch.setenv("CONDA_REMOTE_MAX_RETRIES", "0")
    project(tmp_path / "here", url)
    run = envtool("lock", "here")
    assert (run.code, run.out) == (5, "")
    assert flat(run.err).startswith(f"error: `{url}` {says}")


def test_the_process_ends_in_order_ten_times(
    tmp_path: Path, in_shards: str, channel: Channel
) -> None:
    """Threads of rattler that outlive Python's end crash it, which one run in ten showed."""
    command = [sys.executable, "-m", "envtool", "lock", "here"]
    with ChannelServer(in_shards) as server, ChannelServer(channel.folder) as other:
        server.fail("linux-64/*", Reset())
        project(tmp_path / "here", server.url, other.url)
        for _ in range(10):
            done = subprocess.run(
                command,
                cwd=tmp_path,
                env={**os.environ, "CONDA_REMOTE_MAX_RETRIES": "0"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stdout) == (5, "")
            assert "broke off" in done.stderr
