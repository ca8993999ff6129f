"""The database of advisories is made new as a whole, from whatever could be read."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from envtool.adapters.advisory_database import DatabaseAdvisories
from envtool.adapters.advisory_update import FetchedDatabase
from envtool.adapters.downloads import Downloads
from envtool.domain.auditing.sources import FILES, Sources
from envtool.domain.auditing.standings import SourceState
from envtool.errors import IntegrityError, UnavailableError, UsageError
from tests.advisory_data import CLICK, PYPI, QUESTIONS, osv, published, zipped
from tests.advisory_server import AdvisoryServer
from tests.channel.faults import Drip, Fault, Replaced, Stall, Status, Truncated
from tests.wheel_making import web

# Nobody asks them here.
PUBLIC = Sources()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return published(tmp_path / "published")


@pytest.fixture
def server(folder: Path) -> Iterator[AdvisoryServer]:
    with AdvisoryServer(str(folder)) as running:
        yield running


def kept(tmp_path: Path, sources: Sources = PUBLIC, *, offline: bool = False) -> FetchedDatabase:
    path = str(tmp_path / "cache" / "advisories" / "database.sqlite")
    return FetchedDatabase(path, sources, Downloads(web()), offline=offline)


def updated(
    database: FetchedDatabase, folder: str | None = None
) -> tuple[dict[str, SourceState], list[str]]:
    said: list[str] = []
    return {each.name: each for each in database.update(said.append, folder).states}, said


def content(tmp_path: Path) -> dict[object, set[str]]:
    path = str(tmp_path / "cache" / "advisories" / "database.sqlite")
    found = DatabaseAdvisories(path).lookup(QUESTIONS)
    return {each: {one.id for one in some} for each, some in found.advisories.items()}


RECORDS = {
    "osv:PyPI": 4,
    "osv:Bitnami": 2,
    "openssl": 1,
    "curl": 1,
    "kev": 1,
    "epss": 2,
    "names": 3,
}


def test_everything_is_fetched_once(server: AdvisoryServer, tmp_path: Path) -> None:
    database = kept(tmp_path, server.sources)
    assert database.status() == ()
    first, said = updated(database)
    assert said == [f"{name}: read" for name in FILES]
    assert {name: each.records for name, each in first.items()} == RECORDS
    assert not any(each.error for each in first.values())
    assert first["epss"].published == datetime(2026, 8, 4, 12, tzinfo=UTC)
    assert first["osv:PyPI"].published == datetime(2026, 8, 1, tzinfo=UTC)
    assert first["openssl"].published == datetime(2026, 8, 1, tzinfo=UTC)
    assert {each.name: each for each in database.status()} == first
    count = len(server.log)

    second, said = updated(database)
    assert said == [f"{name}: unchanged" for name in FILES]
    assert [(each.status, each.sent) for each in server.log[count:]] == [(304, 0)] * len(FILES)
    for name, each in second.items():
        then, now = first[name].fetched, each.fetched
        assert then is not None
        assert now is not None
        assert then < now
        assert each == first[name]._replace(fetched=now)


def test_only_what_changed_is_read(server: AdvisoryServer, folder: Path, tmp_path: Path) -> None:
    database = kept(tmp_path, server.sources)
    updated(database)
    published(folder, {"osv:PyPI": zipped([osv("PYSEC-2026-9", "click")])})
    states, said = updated(database)
    assert said[:2] == ["osv:PyPI: read", "osv:Bitnami: unchanged"]
    assert states["osv:PyPI"].records == 1
    assert content(tmp_path)[CLICK] == {"PYSEC-2026-9"}


FAULTS: dict[str, tuple[str, Fault, str]] = {
    "404": ("osv:PyPI", Status(code=404), "status 404"),
    "429": ("osv:PyPI", Status(code=429, retry_after=0), "status 429"),
    "truncated": ("osv:PyPI", Truncated(keep=100), "the connection failed"),
    "a cut zip": ("osv:PyPI", Replaced(body=zipped(PYPI)[:-40]), "no such archive"),
    "a flipped byte": ("openssl", Replaced(body=zipped(PYPI).replace(b"PYSEC", b"PYSEX", 1)), "damaged|no advisories"),
    "no zip": ("osv:Bitnami", Replaced(body=b"<html>"), "no such archive"),
    "empty": ("osv:PyPI", Replaced(body=b""), "no such archive"),
    "a zip of nothing": ("osv:PyPI", Replaced(body=zipped([])), "it has no advisories"),
    "a zip of others": ("openssl", Replaced(body=zipped(PYPI)), "it has no advisories"),
    "no advisory in it": ("osv:PyPI", Replaced(body=zipped([{"id": "X", "affected": 1}])), "`affected` is no array"),
    "curl": ("curl", Replaced(body=b"{}"), "it is no list of advisories"),
    "curl in HTML": ("curl", Replaced(body=b"<html>"), "it is a web page"),
    "kev": ("kev", Replaced(body=b'{"vulnerabilities": []}'), "it has no entries"),
    "kev of a type": ("kev", Replaced(body=b"[]"), "the catalogue is no object"),
    "epss": ("epss", Replaced(body=gzip.compress(b"cve,epss\n")), "it has no entries"),
    "epss cut": ("epss", Replaced(body=gzip.compress(b"x" * 1000)[:-9]), "ends in the middle|damaged"),
    "names": ("names", Replaced(body=b'{"a": 1}'), "is no name"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "fault", "error"), FAULTS.values(), ids=FAULTS)
def test_a_source_that_fails_keeps_what_it_had(
    server: AdvisoryServer, folder: Path, tmp_path: Path, name: str, fault: Fault, error: str
) -> None:
    database = kept(tmp_path, server.sources)
    before, _ = updated(database)
    everything = content(tmp_path)
    # What is unchanged has no body that could be cut.
    published(folder, {"osv:PyPI": zipped(PYPI[:1])} if name == "osv:PyPI" else {})
    path = server.sources.file_url(name).removeprefix(f"{server.url}/")
    server.fail(path, fault)
    states, _ = updated(database)
    assert re.search(error, states[name].error)
    assert states[name]._replace(error="") == before[name]
    assert not any(each.error for each in states.values() if each.name != name)
    assert content(tmp_path) == everything
    server.heal()
    states, _ = updated(database)
    assert not states[name].error


def test_a_source_that_fails_at_first_has_nothing(server: AdvisoryServer, tmp_path: Path) -> None:
    server.fail("vuln.json", Status(code=404))
    database = kept(tmp_path, server.sources)
    states, said = updated(database)
    assert states["curl"].fetched is None
    assert states["curl"].records is None
    assert "status 404" in states["curl"].error
    assert said[3] == f"curl: {states['curl'].error}"
    assert states["osv:PyPI"].records == 4


def test_nothing_can_be_read(server: AdvisoryServer, tmp_path: Path) -> None:
    database = kept(tmp_path, server.sources)
    server.fail("*", Status(code=404))
    with pytest.raises(
        UnavailableError, match=r"no source of advisories could be read: .* status 404"
    ):
        updated(database)
    assert database.status() == ()
    server.heal()
    before, _ = updated(database)
    server.fail("*", Status(code=404))
    with pytest.raises(UnavailableError):
        updated(database)
    assert {each.name: each for each in database.status()} == before


def test_records_that_can_not_be_read_are_named(
    server: AdvisoryServer, folder: Path, tmp_path: Path
) -> None:
    bad = [{"id": f"PYSEC-2026-{number}", "affected": 1} for number in (7, 8)]
    published(folder, {"osv:PyPI": zipped([*PYPI, *bad])})
    database = kept(tmp_path, server.sources)
    said = "`PYSEC-2026-7.json` in it can not be read: `affected` is no array, and 1 more"
    for _ in range(2):
        # Also when it is said to be unchanged.
        states, _ = updated(database)
        assert states["osv:PyPI"].error == said
        assert states["osv:PyPI"].records == 4


def test_a_damaged_database_is_made_anew(server: AdvisoryServer, tmp_path: Path) -> None:
    database = kept(tmp_path, server.sources)
    before, _ = updated(database)
    path = tmp_path / "cache" / "advisories" / "database.sqlite"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="damaged"):
        database.status()
    states, said = updated(database)
    assert said == [f"{name}: read" for name in FILES]
    assert {name: each.records for name, each in states.items()} == RECORDS
    assert before.keys() == states.keys()


class TestFromAFolder:
    def test_the_files_are_brought(self, folder: Path, tmp_path: Path) -> None:
        database = kept(tmp_path, offline=True)
        states, _ = updated(database, str(folder))
        assert {name: each.records for name, each in states.items()} == RECORDS
        assert states["kev"].url == (folder / "known_exploited_vulnerabilities.json").as_uri()
        _, said = updated(database, str(folder))
        assert said == [f"{name}: unchanged" for name in FILES]

    def test_they_are_as_old_as_they_are(self, folder: Path, tmp_path: Path) -> None:
        path = folder / FILES["curl"].name
        day = datetime(2026, 7, 1, tzinfo=UTC)
        os.utime(path, (day.timestamp(), day.timestamp()))
        soon = time.time() + 1e6
        os.utime(folder / FILES["kev"].name, (soon, soon))
        database = kept(tmp_path)
        for _ in range(2):
            states, _ = updated(database, str(folder))
            assert states["curl"].fetched == day
            for each in states.values():
                assert each.fetched is not None
                assert each.fetched <= datetime.now(tz=UTC)

    def test_gzip_or_not(self, folder: Path, tmp_path: Path) -> None:
        kev, epss = (folder / FILES[each].name for each in ("kev", "epss"))
        kev.with_name(f"{kev.name}.gz").write_bytes(gzip.compress(kev.read_bytes()))
        epss.with_suffix("").write_bytes(gzip.decompress(epss.read_bytes()))
        kev.unlink()
        epss.unlink()
        states, _ = updated(kept(tmp_path), str(folder))
        assert {name: each.records for name, each in states.items()} == RECORDS

    def test_some_are_missing(self, folder: Path, tmp_path: Path) -> None:
        (folder / FILES["epss"].name).unlink()
        states, _ = updated(kept(tmp_path), str(folder))
        assert "there is no such file" in states["epss"].error
        assert states["kev"].records == 1

    def test_it_is_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="is no folder"):
            updated(kept(tmp_path), str(tmp_path / "nowhere"))

    def test_the_network_brings_the_same(
        self, server: AdvisoryServer, folder: Path, tmp_path: Path
    ) -> None:
        updated(kept(tmp_path), str(folder))
        database = kept(tmp_path, server.sources)
        _, said = updated(database)
        assert said == [f"{name}: unchanged" for name in FILES]
        count = len(server.log)
        updated(database)
        assert {each.status for each in server.log[count:]} == {304}


def test_settings_that_say_offline(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no network") as caught:
        updated(kept(tmp_path, offline=True))
    assert "--from" in caught.value.hints[0]


def test_bombs_are_refused(server: AdvisoryServer, tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(bytes(1 << 24)) * 200)
    server.fail("*.json", Replaced(body=bomb))
    states, _ = updated(kept(tmp_path, server.sources))
    assert "can not be used" in states["kev"].error


def test_two_at_once(server: AdvisoryServer, tmp_path: Path) -> None:
    server.fail("vuln.json", Stall(), times=1)
    first = threading.Thread(target=updated, args=(kept(tmp_path, server.sources),))
    first.start()
    # Who asks has the lock, and keeps it until it has the answer.
    server.wait_for("vuln.json")
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        server.heal()

    kept(tmp_path, server.sources).update(say)
    first.join()
    assert said[0].startswith("Waiting for ")
    assert said[1:] == [f"{name}: unchanged" for name in FILES]


def test_who_gives_up_is_not_kept(server: AdvisoryServer, folder: Path, tmp_path: Path) -> None:
    """Ctrl+C, while a server sends a byte now and then."""
    database = kept(tmp_path, server.sources)
    before, _ = updated(database)
    published(folder, {"names": b'{"click": null}' + b" " * 1000})
    server.fail("compressed_mapping.json", Drip(size=1, pause=1))

    def say(text: str) -> None:
        raise KeyboardInterrupt(text)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="osv:PyPI: unchanged"):
        database.update(say)
    assert time.monotonic() - start < 120
    assert {each.name: each for each in database.status()} == before


_KILLED = """
import sys
from envtool.adapters import connect
from envtool.domain.auditing.sources import Sources
import json
connect().advisory_database(Sources.of(json.loads(sys.argv[1]))).update(lambda _: None)
"""


def test_one_that_is_killed_leaves_the_old_one(
    server: AdvisoryServer, folder: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "ENVTOOL_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", _KILLED, json.dumps(server.urls)]
    subprocess.run(command, env=environment, check=True)
    (path,) = (tmp_path / "cache" / "advisories").glob("*.sqlite")
    before = path.read_bytes()
    published(folder, {"osv:PyPI": zipped([osv("PYSEC-2026-9", "click")])})
    server.fail("compressed_mapping.json", Stall(seconds=600))
    process = subprocess.Popen(command, env=environment)
    while not list(path.parent.glob("*.sqlite.*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.sqlite.*"))
    server.heal()
    subprocess.run(command, env=environment, check=True)
    assert not list(path.parent.glob("*.sqlite.*"))
    assert DatabaseAdvisories(str(path)).lookup(QUESTIONS).advisories[CLICK][0].id == "PYSEC-2026-9"
