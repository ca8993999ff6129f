"""Everything that can be wrong with what is installed: exit status, first line, and the state after.

`app 1.0` is installed, and `app 2.0` is to take its place. Wrong bytes never do.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.channel.faults import Altered, Truncated
from tests.channel.server import ChannelServer
from tests.conftest import Run
from tests.installing import LINUX, Shop, small_channel
from tests.placing import state
from tests.served import flat

APP = "linux-64/app-2.0-h0_0.conda"


class Store(NamedTuple):
    """A shop with a channel of its own, and a server of that."""

    shop: Shop
    server: ChannelServer
    cache: Path

    @property
    def archive(self) -> Path:
        return Path(self.shop.channel.folder) / APP

    @property
    def cached(self) -> Path:
        """Of `app 2.0`, once that was installed somewhere."""
        return self.cache / "packages/app-2.0-h0_0"

    def lock(self, version: str, url: str = "") -> None:
        head = f"channels: ['{url or self.shop.channel.url}']\nplatforms: [{LINUX}]\n"
        text = f"{head}dependencies:\n- python=3.12.0\n- app={version}\n"
        (self.shop.folder / "environment.yml").write_text(text)
        assert self.shop.run("lock").code == 0

    def known(self) -> None:
        """Have `app 2.0` in the cache."""
        self.lock("2.0")
        assert self.shop.recreate("-p", str(self.shop.folder / "other")).code == 0

    def recreate(self) -> Run:
        self.lock("2.0")
        return self.shop.recreate()


@pytest.fixture
def store(shop: Shop, tmp_path: Path) -> Iterator[Store]:
    shop = shop._replace(channel=small_channel(tmp_path / "own"))
    with ChannelServer(shop.channel.folder) as server:
        found = Store(shop, server, tmp_path / "cache")
        found.lock("1.0")
        assert shop.recreate().code == 0
        yield found


def edited(path: Path) -> None:
    """Another byte; its size and its time stay."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[-2] ^= 1
    # Not through a hard link: what is installed stays.
    path.unlink()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def over_http(store: Store) -> Run:
    store.lock("2.0", store.server.url)
    store.server.fail(APP, Altered(at=-20))
    return store.shop.recreate()


def half_over_http(store: Store) -> Run:
    store.lock("2.0", store.server.url)
    store.server.fail(APP, Truncated(keep=100))
    return store.shop.recreate()


def over_file(store: Store) -> Run:
    store.lock("2.0")
    edited(store.archive)
    return store.shop.recreate()


def no_archive(store: Store) -> Run:
    store.lock("2.0")
    store.archive.unlink()
    return store.shop.recreate()


def in_the_cache(store: Store) -> Run:
    store.known()
    edited(store.cached / "share/app/2.0")
    return store.recreate()


def in_the_list_of_the_cache(store: Store) -> Run:
    store.known()
    edited(store.cached / "info/paths.json")
    return store.recreate()


def a_file_gone_from_the_cache(store: Store) -> Run:
    store.known()
    (store.cached / "bin/app").unlink()
    return store.recreate()


def in_the_cache_and_no_archive(store: Store) -> Run:
    store.known()
    edited(store.cached / "share/app/2.0")
    store.archive.unlink()
    return store.shop.recreate()


def in_the_cache_and_another_archive(store: Store) -> Run:
    store.known()
    edited(store.cached / "share/app/2.0")
    shutil.copy(store.archive.with_name("app-1.0-h0_0.conda"), store.archive)
    return store.shop.recreate()


def no_archive_but_in_the_cache(store: Store) -> Run:
    store.known()
    store.archive.unlink()
    return store.shop.recreate()


def a_record_in_the_prefix(store: Store) -> Run:
    (record,) = store.shop.prefix.glob("conda-meta/app-*.json")
    record.write_text("{")
    store.lock("2.0")
    return store.shop.recreate("--force")


def a_record_of_the_project(store: Store) -> Run:
    store.lock("2.0")
    (store.shop.folder / "recovery/records.lock").write_text("version: 7\n- ?")
    return store.shop.recreate()


def _back(store: Store) -> Path:
    """The folder of the generation with `app 1.0`; it is gone back to."""
    assert store.recreate().code == 0
    return store.shop.state() / "generations/1"


def a_kept_tree(store: Store) -> Run:
    edited(_back(store) / "tree/share/app/1.0")
    return store.shop.run("rollback")


def a_kept_tree_of_another_time(store: Store) -> Run:
    (_back(store) / "tree/share/app/1.0").write_text("y\n")
    return store.shop.run("rollback")


def a_record_of_a_generation(store: Store) -> Run:
    folder = _back(store)
    shutil.rmtree(folder / "tree")
    (folder / "records.lock").write_text("version: 7\n- ?")
    return store.shop.run("rollback")


def another_record_of_a_generation(store: Store) -> Run:
    folder = _back(store)
    shutil.rmtree(folder / "tree")
    path = folder / "records.lock"
    path.write_text(re.sub("sha256: [0-9a-f]{8}", "sha256: 00000000", path.read_text()))
    return store.shop.run("rollback")


class Row(NamedTuple):
    """What is wrong, and what comes of it."""

    act: Callable[[Store], Run]
    code: int
    first: str
    state: str


NEW, OLD = "app 2.0", "app 1.0"
DONE = "Recreated `.envtool/envs/production`: 3 packages from conda-lock.yml in "
BACK = "Rolled back `.envtool/envs/production` to generation 1, from 2 in "
ROWS = (
    # what is wrong                       exit  first line                                               state after
    Row(over_http,                           6, "a package is not what was locked: ",                    OLD),
    Row(half_over_http,                      5, "",                                                      OLD),
    Row(over_file,                           6, "`{archive}` is not what was locked: its SHA-256 is another one", OLD),
    Row(no_archive,                          5, "`app-2.0-h0_0.conda` is gone: neither the cache, nor the kept archives, nor its channel have it", OLD),
    Row(in_the_cache,                        0, DONE,                                                    NEW),
    Row(in_the_list_of_the_cache,            0, DONE,                                                    NEW),
    Row(a_file_gone_from_the_cache,          0, DONE,                                                    NEW),
    Row(in_the_cache_and_no_archive,         5, "app-2.0-h0_0.conda", OLD),
    Row(in_the_cache_and_another_archive,    6, "`{archive}` is not what was locked: its SHA-256 is another one", OLD),
    Row(no_archive_but_in_the_cache,         0, DONE,                                                    NEW),
    Row(a_record_in_the_prefix,              0, DONE,                                                    NEW),
    Row(a_record_of_the_project,             0, DONE,                                                    NEW),
    Row(a_kept_tree,                         6, "not every file is what its package brought: `share/app/1.0` is altered", NEW),
    Row(a_kept_tree_of_another_time,         6, "the kept tree of generation 1 is not what it was: `share/app/1.0`", NEW),
    Row(a_record_of_a_generation,            0, BACK,                                                    OLD),
    Row(another_record_of_a_generation,      0, BACK,                                                    OLD),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.act.__name__)
def test_faults(store: Store, row: Row) -> None:
    run = row.act(store)
    said = flat(run.out or run.err)
    first = row.first.format(archive=store.archive)
    assert (run.code, state(store.shop.prefix)) == (row.code, row.state), said
    assert first in said
    # What is healed is whole in the cache, too.
    if run.code == 0:
        assert (store.cached / "share/app/2.0").read_bytes() == b"x\n"
