"""Many advisories of OSV at once: out of its file, and one by one what that does not have."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from envtool.adapters.advisory_database import DatabaseAdvisories
from envtool.adapters.downloads import Downloads
from envtool.adapters.fetching import FileCache
from envtool.adapters.online_advisories import OnlineAdvisories, reach
from envtool.adapters.osv_api import Mention, OsvApi
from envtool.adapters.osv_records import OsvFile, OsvRecords
from envtool.adapters.time_left import TimeLeft
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.sources import Sources
from envtool.domain.auditing.standings import Lookup
from envtool.ports_auditing import Question
from tests.advisory_data import BITNAMI, CLICK, IDNA, NODE, osv, published, zipped
from tests.advisory_server import AdvisoryServer, Record
from tests.channel.faults import Fault, Replaced, Reset, Stall, Status, Truncated
from tests.wheel_making import web

T = TypeVar("T")

FILE = "PyPI/all.zip"
MANY = [osv(f"PYSEC-2026-{number}", "click") for number in range(1000, 1060)]
EARLIER, LATER = "2026-07-01T00:00:00Z", "2026-09-01T00:00:00Z"
ASKED = (Question(CLICK, "1.0"),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return published(tmp_path / "published", {"osv:PyPI": zipped(MANY)})


@pytest.fixture
def server(folder: Path) -> Iterator[AdvisoryServer]:
    with AdvisoryServer(str(folder)) as running:
        yield running


def online(cache: Path, sources: Sources, seconds: float = 120) -> OnlineAdvisories:
    database = DatabaseAdvisories(str(cache / "database.sqlite"))
    asked = reach(Downloads(web()), sources, database, str(cache))
    return OnlineAdvisories(asked._replace(seconds=seconds))


def summaries(found: Lookup, coordinate: Coordinate = CLICK) -> dict[str, str]:
    """What was found, by id; an error is none."""
    assert not any(each.error for each in found.sources)
    return {each.id: each.summary for each in found.advisories[coordinate]}


def of(records: Sequence[Record]) -> dict[str, str]:
    return {each["id"]: each.get("summary", "") for each in records}


def served(records: Sequence[Record]) -> Replaced:
    """The file with `records`, whatever the API says."""
    return Replaced(body=zipped(records))


def paths(server: AdvisoryServer) -> list[str]:
    return [each.path for each in server.log]


def test_two_requests_at_first_and_one_again(server: AdvisoryServer, tmp_path: Path) -> None:
    first = online(tmp_path, server.sources).lookup(ASKED)
    assert summaries(first) == of(MANY)
    assert paths(server) == ["v1/querybatch", FILE]
    second = online(tmp_path, server.sources).lookup(ASKED)
    assert second.advisories == first.advisories
    assert paths(server) == ["v1/querybatch", FILE, "v1/querybatch"]


def test_a_few_are_asked_for(server: AdvisoryServer, folder: Path, tmp_path: Path) -> None:
    published(folder, {"osv:PyPI": zipped(MANY[:50])})
    found = online(tmp_path, server.sources).lookup(ASKED)
    assert summaries(found) == of(MANY[:50])
    assert len(server.requests("v1/vulns/*")) == 50
    assert not server.requests(FILE)


def test_each_ecosystem_for_itself(server: AdvisoryServer, tmp_path: Path) -> None:
    found = online(tmp_path, server.sources).lookup([*ASKED, Question(NODE, "1.0.0")])
    assert summaries(found) == of(MANY)
    assert summaries(found, NODE) == of(BITNAMI)
    assert sorted(paths(server))[:5] == [
        FILE,
        "epss",
        "known_exploited_vulnerabilities.json",
        "v1/querybatch",
        "v1/querybatch",
    ]
    assert len(server.requests("v1/vulns/*")) == len(BITNAMI)


def test_a_file_that_did_not_change_does_not_come_again(
    server: AdvisoryServer, folder: Path, tmp_path: Path
) -> None:
    others = [osv(f"PYSEC-2026-{number}", "idna") for number in range(2000, 2060)]
    published(folder, {"osv:PyPI": zipped([*MANY, *others])})
    online(tmp_path, server.sources).lookup(ASKED)
    found = online(tmp_path, server.sources).lookup([Question(IDNA, "1.0")])
    assert summaries(found, IDNA) == of(others)
    assert [each.status for each in server.requests(FILE)] == [200, 304]
    assert not server.requests("v1/vulns/*")


def test_what_is_older_than_it_should_be_is_asked_for(
    server: AdvisoryServer, tmp_path: Path
) -> None:
    old = [{**each, "modified": EARLIER, "summary": "old"} for each in MANY[:3]]
    server.fail(FILE, served([*old, *MANY[3:]]))
    found = online(tmp_path, server.sources).lookup(ASKED)
    assert summaries(found) == of(MANY)
    assert {each.path for each in server.requests("v1/vulns/*")} == {
        f"v1/vulns/{each['id']}" for each in old
    }


def test_what_is_newer_is_taken(server: AdvisoryServer, folder: Path, tmp_path: Path) -> None:
    new = [{**each, "modified": LATER, "summary": "new"} for each in MANY]
    server.fail(FILE, served(new))
    found = online(tmp_path, server.sources).lookup(ASKED)
    assert summaries(found) == of(new)
    # The API says so later; what is kept is that already.
    published(folder, {"osv:PyPI": zipped(new)})
    server.reload()
    assert summaries(online(tmp_path, server.sources).lookup(ASKED)) == of(new)
    assert paths(server) == ["v1/querybatch", FILE, "v1/querybatch"]


@pytest.mark.parametrize(("modified", "requests"), [("1-01-01T00:00:00Z", 0), ("", 60)])
def test_a_day_that_is_none(
    server: AdvisoryServer, folder: Path, tmp_path: Path, modified: str, requests: int
) -> None:
    """The same words are the same record; where both say nothing, it may be any."""
    published(folder, {"osv:PyPI": zipped([{**each, "modified": modified} for each in MANY])})
    assert summaries(online(tmp_path, server.sources).lookup(ASKED)) == of(MANY)
    assert len(server.requests("v1/vulns/*")) == requests


UNREAD: dict[str, bytes] = {
    "no JSON": b"{",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "of another id": b'{"id": "PYSEC-2026-1001", "modified": "2026-09-01T00:00:00Z"}',
    "of another shape": b'{"id": "PYSEC-2026-1000", "modified": "2026-09-01T00:00:00Z", "affected": 1}',
}  # fmt: skip


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD)
def test_what_can_not_be_read_is_asked_for(
    server: AdvisoryServer, tmp_path: Path, text: bytes
) -> None:
    file = io.BytesIO(zipped(MANY[1:]))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("PYSEC-2026-1000.json", text)
    server.fail(FILE, Replaced(body=file.getvalue()))
    assert summaries(online(tmp_path, server.sources).lookup(ASKED)) == of(MANY)
    assert [each.path for each in server.requests("v1/vulns/*")] == ["v1/vulns/PYSEC-2026-1000"]


def bomb() -> bytes:
    """It says that 4 GB come out of each of two that nobody wants."""
    data = zipped([{"id": "A", "x": "a" * 3000}, {"id": "B", "x": "b" * 3000}, *MANY])
    size = len(b'{"id": "A", "x": ""}') + 3000
    return data.replace(size.to_bytes(4, "little"), (0xFFFFFFF0).to_bytes(4, "little"))


def grown() -> bytes:
    """One that is wanted has more than any advisory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PYSEC-2026-1059.json", bytes((1 << 25) + 1))
    return file.getvalue()


def flipped() -> bytes:
    """One in the middle of it is damaged."""
    data = bytearray(zipped(MANY))
    at = data.index(b"PYSEC-2026-1030.json") + 40
    data[at : at + 8] = bytes(byte ^ 0xFF for byte in data[at : at + 8])
    return bytes(data)


FAULTS: dict[str, Fault] = {
    "404": Status(code=404),
    "429 for too long": Status(code=429, retry_after=3600),
    "401": Status(code=401),
    "500": Status(code=500),
    "never there": Status(code=304),
    "reset": Reset(after=100),
    "truncated": Truncated(keep=500),
    "cut": Replaced(body=zipped(MANY)[:-400]),
    "empty": Replaced(body=b""),
    "HTML": Replaced(body=b"<html>log in to the hotel's network</html>"),
    "without any": Replaced(body=zipped([])),
    "bomb": Replaced(body=bomb()),
    "grown": Replaced(body=grown()),
    "damaged in the middle": Replaced(body=flipped()),
    "too slow": Stall(seconds=600),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_without_the_file_they_are_asked_for(
    server: AdvisoryServer, tmp_path: Path, fault: Fault
) -> None:
    server.fail(FILE, fault)
    # Half of it is for the file, and half for what is asked instead.
    seconds = 16 if isinstance(fault, Stall) else 120
    found = online(tmp_path, server.sources, seconds).lookup(ASKED)
    assert summaries(found) == of(MANY)
    assert server.requests("v1/vulns/*")
    # And then all of them are kept, wherever they came from.
    count = len(server.log)
    assert summaries(online(tmp_path, server.sources).lookup(ASKED)) == of(MANY)
    assert paths(server)[count:] == ["v1/querybatch"]


class Late(FileCache):
    """One that has the file when the time for it is over."""

    def instead(self, url: str, read: Callable[[str, TimeLeft], T], left: TimeLeft) -> T | None:
        late = left.part()
        late.stop()
        return super().instead(url, lambda path, _: read(path, late), left)


def test_what_there_was_no_time_for_is_asked_for(server: AdvisoryServer, tmp_path: Path) -> None:
    downloads = Downloads(web())
    api = OsvApi(downloads, server.sources.url("osv"))
    file = OsvFile(Late(str(tmp_path / "files"), downloads), f"{server.url}/{FILE}")
    records = OsvRecords(api, "osv:PyPI", str(tmp_path / "osv"), file)
    mentions = {Mention(each["id"], each["modified"]) for each in MANY}
    found = records.advisories(mentions, TimeLeft(120))
    assert {each.id for each in found.values()} == of(MANY).keys()
    assert len(server.requests("v1/vulns/*")) == len(MANY) - 1


def test_neither_the_file_nor_the_advisories(server: AdvisoryServer, tmp_path: Path) -> None:
    """What came out of the file is no answer when others are missing."""
    server.fail(FILE, served(MANY[1:]))
    server.fail("v1/vulns/*", Status(code=404))
    found = online(tmp_path, server.sources).lookup(ASKED)
    assert found.advisories == {}
    assert "status 404" in found.sources[0].error


def test_a_cache_that_can_not_be_written_to(server: AdvisoryServer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    for _ in range(2):
        found = online(tmp_path / "cache", server.sources).lookup(ASKED)
        assert summaries(found) == of(MANY)
    assert paths(server) == ["v1/querybatch", FILE] * 2


@pytest.mark.parametrize("files", ["https://${NOBODY}@files.invalid", "https://files.invalid", ""])
def test_a_server_of_ones_own(server: AdvisoryServer, tmp_path: Path, files: str) -> None:
    """OSV's own files are not those of another API."""
    urls = {key: url for key, url in server.urls.items() if key != "osv-files"}
    sources = Sources.of({**urls, "osv-files": files} if files else urls)
    assert summaries(online(tmp_path, sources).lookup(ASKED)) == of(MANY)
    assert len(server.requests("v1/vulns/*")) == len(MANY)


def test_other_files_are_another_cache(server: AdvisoryServer, tmp_path: Path) -> None:
    """What one project's mirror says is not what another project is told."""
    other = f"{server.url}/other"
    server.fail("other/PyPI/all.zip", served([{**each, "summary": "mine"} for each in MANY]))
    sources = Sources.of(server.urls | {"osv-files": other})
    assert set(summaries(online(tmp_path, sources).lookup(ASKED)).values()) == {"mine"}
    assert summaries(online(tmp_path, server.sources).lookup(ASKED)) == of(MANY)


SCORES = "epss_scores-current.csv.gz"
SCORED = [
    osv(f"PYSEC-2026-{number}", "click", aliases=[f"CVE-2026-{number:04}"])
    for number in range(1, 302)
]


class TestScores:
    """More than 300 CVEs are looked up in the file of EPSS."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return published(tmp_path / "published", {"osv:PyPI": zipped(SCORED)})

    def test_one_file(self, server: AdvisoryServer, tmp_path: Path) -> None:
        found = online(tmp_path, server.sources).lookup(ASKED)
        assert found.exploitation["CVE-2026-0001"].probability == 0.25
        again = online(tmp_path, server.sources).lookup(ASKED)
        assert again.exploitation == found.exploitation
        assert [each.status for each in server.requests(SCORES)] == [200, 304]
        assert not server.requests("epss")

    @pytest.mark.parametrize(
        "fault", [Status(code=404), Truncated(keep=9), Replaced(body=b"<html>"), Replaced(body=b"")]
    )
    def test_the_api_instead(self, server: AdvisoryServer, tmp_path: Path, fault: Fault) -> None:
        server.fail(SCORES, fault)
        found = online(tmp_path, server.sources).lookup(ASKED)
        assert found.exploitation["CVE-2026-0005"].probability == 0.5
        assert len(server.requests("epss")) == 4
        assert not any(each.error for each in found.sources)

    def test_an_api_of_ones_own(self, server: AdvisoryServer, tmp_path: Path) -> None:
        urls = {key: url for key, url in server.urls.items() if key != "epss-file"}
        online(tmp_path, Sources.of(urls)).lookup(ASKED)
        assert len(server.requests("epss")) == 4
        assert not server.requests(SCORES)
