"""The door to rattler's installer: what of a stage was hashed where it was linked from."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from envtool.adapters.archives import ArchiveStore
from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.conda_archives import CondaArchives
from envtool.adapters.downloads import Downloads
from envtool.adapters.prefix_files import PrefixInspector
from envtool.adapters.rattler_client import Connection
from envtool.adapters.rattler_installer import RattlerInstaller
from envtool.adapters.rattler_records import record_of
from envtool.domain.solving import CondaRecord
from envtool.ports_installing import Linked, Linking
from tests.installing import small_channel
from tests.served import bare_user
from tests.solving import solved
from tests.wheel_making import web


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return small_channel(tmp_path_factory.mktemp("small") / "channel")


@pytest.fixture
def records(
    tmp_path: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> Sequence[CondaRecord]:
    bare_user(tmp_path / "home", monkeypatch)
    found = solved(channel.url, tmp_path, "app==1.0", "base-files==1.0")
    return [record_of(each) for each in found]


def installer(folder: Path) -> RattlerInstaller:
    """With a cache of its own, and without kept archives."""
    archives = CondaArchives(ArchiveStore(str(folder / "archives")), Downloads(web()))
    return RattlerInstaller(Connection(), str(folder / "cache"), lambda: archives)


def link(folder: Path, stage: str, records: Sequence[CondaRecord]) -> Linked:
    door = installer(folder)
    final = str(folder / "final")
    wanted = Linking(records, records, str(folder / stage), final, ())
    return door.link(wanted, lambda *_: None)


def harmed(folder: Path, stage: str, linked: Linked) -> list[str]:
    door = PrefixInspector()
    found = door.check_files(door.read(str(folder / stage)), hashed=linked.hashed)
    return [each.path for each in found]


def test_what_was_in_the_cache_was_hashed_there(
    tmp_path: Path, records: Sequence[CondaRecord]
) -> None:
    first = link(tmp_path, "first", records)
    assert (first.hits, first.fetched, first.hashed) == (0, 2, ())
    again = link(tmp_path, "again", records)
    cache = tmp_path / "cache/packages"
    assert (again.hits, again.fetched) == (2, 0)
    assert set(again.hashed) == {str(cache / "app-1.0-h0_0"), str(cache / "base-files-1.0-h0_0")}
    assert harmed(tmp_path, "first", first) == harmed(tmp_path, "again", again) == []


def test_what_had_to_be_healed_was_not(tmp_path: Path, records: Sequence[CondaRecord]) -> None:
    """Edited in place, through a link in some prefix: size and time are what they were."""
    first = link(tmp_path, "first", records)
    path = tmp_path / "first/share/app/1.0"
    times = path.stat()
    path.write_bytes(b"y\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    healed = link(tmp_path, "healed", records)
    assert [os.path.basename(each) for each in healed.hashed] == ["base-files-1.0-h0_0"]
    assert (tmp_path / "healed/share/app/1.0").read_bytes() == b"x\n"
    assert harmed(tmp_path, "healed", healed) == []
    assert harmed(tmp_path, "first", first) == ["share/app/1.0"]


def test_what_is_filled_in_is_hashed_in_the_stage(
    tmp_path: Path, records: Sequence[CondaRecord]
) -> None:
    link(tmp_path, "first", records)
    again = link(tmp_path, "again", records)
    (tmp_path / "again/bin/app").write_bytes(b"other\n")
    assert harmed(tmp_path, "again", again) == ["bin/app"]
    # A copy is another file, whatever it says.
    path = tmp_path / "again/share/app/1.0"
    path.unlink()
    path.write_bytes(b"y\n")
    assert harmed(tmp_path, "again", again) == ["bin/app", "share/app/1.0"]


def test_the_lists_of_what_is_in_the_cache(tmp_path: Path, records: Sequence[CondaRecord]) -> None:
    link(tmp_path, "first", records)
    lists = installer(tmp_path).lists(records)
    installed = PrefixInspector().read(str(tmp_path / "first"))
    known = {f'"{file.packed}"' for package in installed.packages for file in package.files}
    assert set(re.findall('"[0-9a-f]{64}"', "".join(Path(each).read_text() for each in lists))) >= (
        known
    )
