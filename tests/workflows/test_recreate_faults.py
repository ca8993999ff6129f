"""`envtool recreate` from servers that fail: what is installed is what was locked, or nothing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.channel.faults import Altered, Basic, Fault, Reset, Status, Truncated
from tests.channel.server import ChannelServer
from tests.installing import LINUX, Shop, leftovers
from tests.served import flat

APP = "linux-64/app-2.0-h0_0.conda"


def test_what_fails_early_leaves_no_folder_behind(shop: Shop) -> None:
    shop.write("app=1.0", then=False)
    before = {each.name for each in shop.folder.iterdir()}
    deep = shop.folder.parent / "not/there/yet"
    for arguments in (("recreate",), ("rollback",), ("recreate", "-p", str(deep / "env"))):
        run = shop.run(*arguments)
        assert run.code == 2, run
        assert {each.name for each in shop.folder.iterdir()} == before
    assert not deep.parent.parent.exists()
    # What is somebody's stays.
    deep.mkdir(parents=True)
    (shop.folder / ".envtool/envs").mkdir(parents=True)
    for arguments in (("recreate",), ("recreate", "-p", str(deep / "env"))):
        assert shop.run(*arguments).code == 2
    assert deep.is_dir()
    assert os.listdir(shop.folder / ".envtool/envs") == []


@pytest.fixture
def server(small_packages: Channel) -> Iterator[ChannelServer]:
    with ChannelServer(small_packages.folder) as found:
        yield found


def lock(shop: Shop, url: str, *lines: str) -> None:
    listed = "".join(f"  - {line}\n" for line in lines)
    head = f"channels: ['{url}']\nplatforms: [{LINUX}]\n"
    (shop.folder / "environment.yml").write_text(f"{head}dependencies:\n{listed}")
    run = shop.run("lock")
    assert run.code == 0, run.err


class Row(NamedTuple):
    """What goes wrong with an archive, the exit status, and what is said; `{url}`: the channel."""

    fault: Fault
    code: int
    says: str


ROWS = (
    Row(Status(code=404), 5, "`app-2.0-h0_0.conda` is gone"),
    Row(Status(code=429, retry_after=9), 5, "answers with status 429"),
    Row(Status(code=500), 5, "answers with status 500"),
    Row(Status(code=401), 5, "does not admit you: status 401"),
    Row(Altered(at=-20), 6, "is not what was locked"),
    Row(Altered(at=0), 6, "is not what was locked"),
    Row(Truncated(keep=100), 5, "broke off"),
    Row(Reset(after=100), 5, "broke off"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.fault))
def test_a_fault_leaves_the_old_environment(shop: Shop, server: ChannelServer, row: Row) -> None:
    lock(shop, server.url, "app=1.0", "base-files=1.0")
    assert shop.recreate().code == 0
    lock(shop, server.url, "app=2.0")
    server.fail(APP, row.fault)
    run = shop.recreate()
    assert (run.code, row.says in flat(run.err)) == (row.code, True), run.err
    assert "hint: " in run.err
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert leftovers(shop.state()) == set()
    assert len(server.requests(APP)) <= 8
    server.heal()
    assert shop.recreate().code == 0
    assert shop.said() == f"app 2.0 in {shop.prefix}"


def test_what_fails_once_is_asked_for_again(shop: Shop, server: ChannelServer) -> None:
    lock(shop, server.url, "app=2.0")
    server.fail(APP, Status(code=503), times=1)
    assert shop.recreate().code == 0


def test_credentials_open_the_door_and_are_told_to_nobody(
    shop: Shop, small_packages: Channel
) -> None:
    secret = "hunter2-canary"  # noqa: S105 - what must not be found
    with ChannelServer(small_packages.folder, auth=Basic("me", secret)) as server:
        lock(shop, server.url, "app=2.0")
        run = shop.recreate()
        assert run.code == 0, run.err
        server.fail(APP, Status(code=500))
        again = shop.recreate("--refetch")
    assert again.code == 5
    assert secret not in run.out + run.err + again.out + again.err
    for path in (*Path(shop.folder).rglob("*"), *(shop.folder.parent / "cache").rglob("*")):
        if path.is_file() and path.name != "environment.yml":
            assert secret.encode() not in path.read_bytes(), path
