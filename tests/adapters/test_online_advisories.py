"""What sources of advisories say over the network, and what comes of it when they do not."""

import hashlib
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.advisory_database import DatabaseAdvisories
from envtool.adapters.advisory_update import FetchedDatabase
from envtool.adapters.downloads import Downloads
from envtool.adapters.online_advisories import OnlineAdvisories, reach
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.sources import Sources
from envtool.domain.auditing.standings import Exploitation, Lookup, SourceState
from envtool.errors import UsageError
from envtool.ports_auditing import Question
from tests.advisory_data import (
    CLICK,
    IDNA,
    LIBCURL,
    NODE,
    PYPI,
    QUESTIONS,
    SSL,
    osv,
    published,
    zipped,
)
from tests.advisory_server import AdvisoryServer, Record
from tests.channel.faults import Drip, Fault, Replaced, Reset, Stall, Status, Truncated
from tests.wheel_making import web

ALL = ("osv:PyPI", "osv:Bitnami", "openssl", "curl", "kev", "epss")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return published(tmp_path / "published")


@pytest.fixture
def server(folder: Path) -> Iterator[AdvisoryServer]:
    with AdvisoryServer(str(folder)) as running:
        yield running


def online(cache: Path, sources: Sources, *, seconds: float = 120, **more: Any) -> OnlineAdvisories:
    """What asks `sources`, with its files and its database in `cache`."""
    downloads = Downloads(web(**more))
    database = DatabaseAdvisories(str(cache / "database.sqlite"))
    return OnlineAdvisories(
        reach(downloads, sources, database, str(cache))._replace(seconds=seconds)
    )


def database(cache: Path, sources: Sources) -> DatabaseAdvisories:
    """The database with all that `sources` have now."""
    path = str(cache / "database.sqlite")
    FetchedDatabase(path, sources, Downloads(web())).update(lambda _: None)
    return DatabaseAdvisories(path)


def ids(found: Lookup) -> dict[Coordinate, set[str]]:
    return {each: {one.id for one in advisories} for each, advisories in found.advisories.items()}


def states(found: Lookup) -> dict[str, SourceState]:
    return {each.name: each for each in found.sources}


EVERYTHING = {
    CLICK: {"PYSEC-2026-1", "PYSEC-2026-2"},
    IDNA: set[str](),
    NODE: {"BIT-node-2026-3", "BIT-node-2026-4"},
    SSL: {"CVE-2026-0005"},
    LIBCURL: {"CURL-CVE-2026-0006"},
}


def test_every_source_answers(server: AdvisoryServer, tmp_path: Path) -> None:
    before = datetime.now(tz=UTC)
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert ids(found) == EVERYTHING
    assert found.exploitation == {
        "CVE-2026-0001": Exploitation(known=True, due="2026-09-01", probability=0.25),
        "CVE-2026-0005": Exploitation(known=False, due=None, probability=0.5),
    }
    assert tuple(each.name for each in found.sources) == ALL
    for each in found.sources:
        assert not each.error
        assert each.fetched is not None
        assert before <= each.fetched <= datetime.now(tz=UTC)
        assert each.url.startswith(server.bare_url)
    # Only a file tells how many it has, and how new they are.
    assert {each.name: each.records for each in found.sources} == {
        **dict.fromkeys(ALL),
        "openssl": 1,
        "curl": 1,
        "kev": 1,
    }
    assert states(found)["kev"].published == datetime(2026, 8, 3, tzinfo=UTC)


def test_nothing_is_asked_that_is_not_needed(server: AdvisoryServer, tmp_path: Path) -> None:
    found = online(tmp_path, server.sources).lookup([Question(IDNA, "3.0")])
    assert ids(found) == {IDNA: set()}
    assert [each.path for each in server.log] == ["v1/querybatch"]
    assert [each.name for each in found.sources] == ["osv:PyPI"]
    assert online(tmp_path, server.sources).lookup([]) == Lookup({}, {}, ())


def test_the_database_says_what_the_sources_say(server: AdvisoryServer, tmp_path: Path) -> None:
    before = database(tmp_path, server.sources).lookup(QUESTIONS)
    now = online(tmp_path, server.sources).lookup(QUESTIONS)
    # The API leaves out what was withdrawn.
    assert ids(before) == EVERYTHING | {
        CLICK: EVERYTHING[CLICK] | {"PYSEC-2026-3"},
        IDNA: {"PYSEC-2026-4"},
    }
    by_id = {one.id: one for found in before.advisories.values() for one in found}
    assert all(one == by_id[one.id] for found in now.advisories.values() for one in found)
    assert before.exploitation == now.exploitation


def test_what_the_database_has_is_not_fetched(
    server: AdvisoryServer, folder: Path, tmp_path: Path
) -> None:
    database(tmp_path, server.sources)
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert ids(found) == EVERYTHING
    assert server.requests("v1/vulns/*") == ()
    changed = osv("PYSEC-2026-1", "click", modified="2026-08-20T00:00:00Z", summary="new")
    published(folder, {"osv:PyPI": zipped([changed, *PYPI[1:]])})
    server.reload()
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert {each.id: each.summary for each in found.advisories[CLICK]} == {
        "PYSEC-2026-1": "new",
        "PYSEC-2026-2": "",
    }
    assert len(server.requests("v1/vulns/*")) == 1


def test_pages_are_followed(folder: Path, tmp_path: Path) -> None:
    many = [osv(f"PYSEC-2026-{number}", "click") for number in range(1, 8)]
    published(folder, {"osv:PyPI": zipped(many)})
    with AdvisoryServer(str(folder), page=3) as server:
        found = online(tmp_path, server.sources).lookup([Question(CLICK, "1.0")])
        assert ids(found) == {CLICK: {each["id"] for each in many}}
        assert len(server.requests("v1/querybatch")) == 3


def test_a_thousand_packages_in_one_request(server: AdvisoryServer, tmp_path: Path) -> None:
    names = [Coordinate(Ecosystem.PYPI, f"package-{number}") for number in range(1000)]
    asked = [Question(each, "1.0") for each in names]
    found = online(tmp_path, server.sources).lookup(asked)
    assert len(found.advisories) == 1000
    assert len(server.requests("*")) == 1
    more = [*asked, Question(CLICK, "1.0"), Question(CLICK, "9.0"), Question(CLICK, "1.0")]
    found = online(tmp_path, server.sources).lookup(more)
    assert ids(found)[CLICK] == EVERYTHING[CLICK]
    assert len(server.requests("v1/querybatch")) == 3


def test_a_version_without_order_is_asked_for_without_it(
    server: AdvisoryServer, tmp_path: Path
) -> None:
    asked = [Question(CLICK, "nightly"), Question(NODE, "nightly")]
    found = online(tmp_path, server.sources).lookup(asked)
    assert ids(found) == {CLICK: EVERYTHING[CLICK], NODE: EVERYTHING[NODE]}


def test_what_did_not_change_is_not_fetched_again(
    server: AdvisoryServer, folder: Path, tmp_path: Path
) -> None:
    first = online(tmp_path, server.sources).lookup(QUESTIONS)
    count = len(server.log)
    second = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert second.advisories == first.advisories
    again = {each.path: each.status for each in server.log[count:]}
    assert again == {
        "v1/querybatch": 200,
        "openssl.zip": 304,
        "vuln.json": 304,
        "known_exploited_vulnerabilities.json": 304,
        "epss": 200,
    }
    changed = osv("PYSEC-2026-1", "click", modified="2026-08-20T00:00:00Z", summary="new")
    published(folder, {"osv:PyPI": zipped([changed])})
    server.reload()
    third = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert [each.summary for each in third.advisories[CLICK]] == ["new"]
    assert len(server.requests("v1/vulns/PYSEC-2026-1")) == 2


def test_a_cache_that_was_damaged_is_no_answer(server: AdvisoryServer, tmp_path: Path) -> None:
    first = online(tmp_path, server.sources).lookup(QUESTIONS)
    for each in [*tmp_path.glob("osv/*/*"), *tmp_path.glob("files/*")]:
        each.write_bytes(b'{"modified": 1}')
    second = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert second.advisories == first.advisories
    assert not any(each.error for each in second.sources)


def test_a_cache_of_another_envtool(server: AdvisoryServer, tmp_path: Path) -> None:
    """It has kept what this one does not understand."""
    asked = [Question(LIBCURL, "8.4.0")]
    online(tmp_path, server.sources).lookup(asked)
    tag = ["", "", hashlib.sha256(b"{}").hexdigest(), ""]
    when = datetime.now(tz=UTC).isoformat()
    for noted in (tmp_path / "files").glob("*.json"):
        noted.with_suffix("").write_bytes(b"{}")
        noted.write_text(json.dumps({"tag": json.dumps(tag), "fetched": when}))
    server.fail("*", Status(code=404))
    found = online(tmp_path, server.sources).lookup(asked)
    assert found.advisories == {}
    assert "status 404" in found.sources[0].error
    server.heal()
    assert ids(online(tmp_path, server.sources).lookup(asked)) == {LIBCURL: EVERYTHING[LIBCURL]}


def test_an_address_with_a_query(server: AdvisoryServer, tmp_path: Path) -> None:
    sources = Sources.of(server.urls | {"epss": f"{server.url}/epss?token=canary"})
    found = online(tmp_path, sources).lookup(QUESTIONS)
    assert found.exploitation["CVE-2026-0005"].probability == 0.5
    assert "canary" not in repr(found)


def test_a_cache_that_can_not_be_written_to(server: AdvisoryServer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    found = online(tmp_path / "cache", server.sources).lookup(QUESTIONS)
    assert ids(found) == EVERYTHING


HTML = Replaced(body=b"<html>log in to the hotel's network</html>")
# What goes wrong at a path, and what is said of it.
FAULTS: dict[str, tuple[str, Fault, str]] = {
    "404 for every package": ("v1/*", Status(code=404), "status 404"),
    "500": ("v1/querybatch", Status(code=500), "status 500"),
    "401": ("v1/querybatch", Status(code=401), "does not admit you"),
    "429": ("v1/querybatch", Status(code=429, retry_after=0), "status 429"),
    "429 for too long": ("v1/querybatch", Status(code=429, retry_after=3600), "status 429"),
    "reset": ("v1/querybatch", Reset(), "the connection failed"),
    "truncated": ("v1/querybatch", Truncated(keep=5), "the connection failed|bytes came"),
    "empty": ("v1/querybatch", Replaced(body=b""), "it is empty"),
    "blank": ("v1/querybatch", Replaced(body=b" \n"), "it is empty"),
    "HTML": ("v1/querybatch", HTML, "it is a web page"),
    "half a JSON": ("v1/querybatch", Replaced(body=b'{"results": [{'), "or not all of it"),
    "a list": ("v1/querybatch", Replaced(body=b"[]"), "it is no JSON object"),
    "no results": ("v1/querybatch", Replaced(body=b"{}"), "it has no results for 2 questions"),
    "one result too few": ("v1/querybatch", Replaced(body=b'{"results": [{}]}'), "it has 1 results for 2"),
    "null": ("v1/querybatch", Replaced(body=b'{"results": [null, {}]}'), "is no list of advisories"),
    "vulns of a type": ("v1/querybatch", Replaced(body=b'{"results": [{"vulns": 1}, {}]}'), "is no list of advisories"),
    "no id": ("v1/querybatch", Replaced(body=b'{"results": [{"vulns": [{}]}, {}]}'), "without an id"),
    "an id that is a path": ("v1/querybatch", Replaced(body=b'{"results": [{"vulns": [{"id": "../x"}]}, {}]}'), "without an id"),
    "deep": ("v1/querybatch", Replaced(body=b"[" * 100_000), "or not all of it"),
    "too slow": ("v1/querybatch", Drip(size=1, pause=1), "no whole answer within 6 s"),
    "stalled": ("v1/querybatch", Stall(), "no (whole )?answer within 6 s"),
    "advisory missing": ("v1/vulns/*", Status(code=404), "status 404"),
    "another advisory": ("v1/vulns/*", Replaced(body=b'{"id": "X-1"}'), "it gives `X-1`"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "fault", "error"), FAULTS.values(), ids=FAULTS)
def test_osv_fails(
    server: AdvisoryServer, tmp_path: Path, path: str, fault: Fault, error: str
) -> None:
    """It is never "nothing is known": the products have no answer, the others have theirs."""
    server.fail(path, fault)
    asked = [each for each in QUESTIONS if each.coordinate != NODE]
    # The others have to come in that time.
    seconds = 6 if isinstance(fault, Drip | Stall) else 120
    found = online(tmp_path, server.sources, seconds=seconds).lookup(asked)
    said = states(found)
    assert ids(found) == {SSL: EVERYTHING[SSL], LIBCURL: EVERYTHING[LIBCURL]}
    assert said["osv:PyPI"].fetched is None
    assert re.search(error, said["osv:PyPI"].error)
    assert server.bare_url in said["osv:PyPI"].error
    assert not said["openssl"].error


def test_an_advisory_that_can_not_be_read(server: AdvisoryServer, tmp_path: Path) -> None:
    server.fail("v1/vulns/*-1", Replaced(body=b'{"id": "PYSEC-2026-1", "affected": 1}'))
    asked = [Question(CLICK, "1.0")]
    found = online(tmp_path, server.sources).lookup(asked)
    assert found.advisories == {}
    error = "`PYSEC-2026-1` can not be read: `affected` is no array"
    assert error in states(found)["osv:PyPI"].error
    # It was not kept.
    server.heal()
    assert ids(online(tmp_path, server.sources).lookup(asked)) == {CLICK: EVERYTHING[CLICK]}


class Endless(AdvisoryServer):
    """One that always has another page."""

    def _found(self, query: Record) -> Record:
        del query
        return {"next_page_token": "more"}


def test_pages_without_end(folder: Path, tmp_path: Path) -> None:
    with Endless(str(folder)) as server:
        found = online(tmp_path, server.sources).lookup([Question(CLICK, "1.0")])
    assert found.advisories == {}
    assert "it has a next page again and again" in states(found)["osv:PyPI"].error


def test_a_fault_that_passes_is_no_fault(server: AdvisoryServer, tmp_path: Path) -> None:
    server.fail("*", Status(code=429, retry_after=0), times=1)
    found = online(tmp_path, server.sources).lookup([Question(CLICK, "1.0")])
    assert ids(found) == {CLICK: EVERYTHING[CLICK]}


FILE_FAULTS: dict[str, tuple[Fault, str]] = {
    "404": (Status(code=404), "status 404"),
    "truncated": (Truncated(keep=50), "the connection failed|bytes came"),
    "empty": (Replaced(body=b""), "it is empty|no such archive"),
    "HTML": (HTML, "it is a web page|no such archive"),
    "of another shape": (Replaced(body=b'{"a": 1}'), "no such archive|it is no list|no entries"),
    "an empty list": (Replaced(body=b"[]"), "no such archive|no advisories|is no object"),
    "no list of objects": (Replaced(body=b'["a"]'), "no such archive|is no object|is no JSON"),
}


@pytest.mark.parametrize("name", ["openssl", "curl", "kev"])
@pytest.mark.parametrize(("fault", "error"), FILE_FAULTS.values(), ids=FILE_FAULTS)
def test_a_file_fails(
    server: AdvisoryServer, tmp_path: Path, name: str, fault: Fault, error: str
) -> None:
    path = server.urls[name].removeprefix(f"{server.url}/")
    server.fail(path, fault)
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    state = states(found)[name]
    assert re.search(error, state.error)
    assert state.fetched is None
    gone = {"openssl": SSL, "curl": LIBCURL}.get(name)
    assert ids(found) == {each: one for each, one in EVERYTHING.items() if each != gone}
    server.heal()
    # Nothing of it was kept.
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert ids(found) == EVERYTHING
    assert not states(found)[name].error


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"data": 1}', "it has no `data`"),
        (b'{"data": [1]}', "a score is no object"),
        (b'{"data": [{"cve": "CVE-2026-0001", "epss": "2"}]}', "`2` is no probability"),
        (b'{"data": [{"cve": "CVE-2026-0001", "epss": "x"}]}', "`x` is no probability"),
        (b"", "it is empty"),
    ],
)
def test_epss_fails(server: AdvisoryServer, tmp_path: Path, body: bytes, error: str) -> None:
    server.fail("epss", Replaced(body=body))
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert error in states(found)["epss"].error
    assert found.exploitation == {"CVE-2026-0001": Exploitation(known=True, due="2026-09-01")}


def test_the_database_stands_in(server: AdvisoryServer, tmp_path: Path) -> None:
    kept = database(tmp_path, server.sources).lookup(QUESTIONS)
    server.fail("*", Status(code=503))
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert found.advisories == kept.advisories
    assert found.exploitation == kept.exploitation
    before = states(kept)
    for each in found.sources:
        assert "status 503" in each.error
        assert each.fetched == before[each.name].fetched
        assert each.records == before[each.name].records


def test_the_newer_one_stands_in(server: AdvisoryServer, folder: Path, tmp_path: Path) -> None:
    database(tmp_path, server.sources)
    newer = json.dumps([{"id": "CURL-CVE-2026-0007", "affected": [{"versions": ["8.4.0"]}]}])
    published(folder, {"curl": newer.encode()})
    asked = [Question(LIBCURL, "8.4.0")]
    now = online(tmp_path, server.sources).lookup(asked)
    server.fail("vuln.json", Status(code=404))
    found = online(tmp_path, server.sources).lookup(asked)
    assert ids(found) == {LIBCURL: {"CURL-CVE-2026-0007"}}
    assert states(found)["curl"].fetched == states(now)["curl"].fetched
    # And then the database is the newer one.
    server.heal()
    published(folder)
    database(tmp_path, server.sources)
    server.fail("vuln.json", Status(code=404))
    assert ids(online(tmp_path, server.sources).lookup(asked)) == {LIBCURL: EVERYTHING[LIBCURL]}


def test_a_damaged_database_stands_in_for_nothing(server: AdvisoryServer, tmp_path: Path) -> None:
    (tmp_path / "database.sqlite").write_bytes(b"no database")
    server.fail("*", Status(code=404))
    found = online(tmp_path, server.sources).lookup(QUESTIONS)
    assert found.advisories == {}
    assert all(each.error and each.fetched is None for each in found.sources)


def test_no_network_and_no_database(tmp_path: Path) -> None:
    """The names of servers are not known."""
    urls = dict.fromkeys(
        ("osv", "openssl", "curl", "kev", "epss", "names"), "http://nowhere.invalid"
    )
    advisories = online(tmp_path, Sources.of(urls))
    assert advisories.names() is None
    found = advisories.lookup(QUESTIONS)
    assert found.advisories == {}
    assert found.exploitation == {}
    assert {each.name for each in found.sources} == {
        "osv:PyPI",
        "osv:Bitnami",
        "openssl",
        "curl",
        "names",
    }
    for each in found.sources:
        assert each.error == (
            "`http://nowhere.invalid"
            + ("/v1/querybatch" if each.name.startswith("osv") else "")
            + "` can not be fetched: the name of the server is not known"
        )


def test_a_file_that_is_said_to_be_unchanged_and_never_came(
    server: AdvisoryServer, tmp_path: Path
) -> None:
    server.fail("vuln.json", Status(code=304))
    found = online(tmp_path, server.sources).lookup([Question(LIBCURL, "8.4.0")])
    assert "it is said to be unchanged, and was never there" in found.sources[0].error


def test_one_that_never_ends_does_not_hold_up_the_others(
    server: AdvisoryServer, tmp_path: Path
) -> None:
    server.fail("v1/querybatch", Drip(size=1, pause=1))
    server.fail("openssl.zip", Stall(seconds=600))
    start = time.monotonic()
    found = online(tmp_path, server.sources, seconds=6).lookup(QUESTIONS)
    assert time.monotonic() - start < 60
    assert ids(found) == {LIBCURL: EVERYTHING[LIBCURL]}


class TestNames:
    def test_the_map(self, server: AdvisoryServer, tmp_path: Path) -> None:
        advisories = online(tmp_path, server.sources)
        assert advisories.names() == {"click": ("click",), "pytorch": ("torch",), "zlib": ()}
        assert [each.name for each in advisories.lookup([]).sources] == ["names"]

    def test_it_comes_from_the_database(self, server: AdvisoryServer, tmp_path: Path) -> None:
        database(tmp_path, server.sources)
        server.fail("*", Status(code=404))
        advisories = online(tmp_path, server.sources)
        assert advisories.names() == {"click": ("click",), "pytorch": ("torch",), "zlib": ()}
        (state,) = advisories.lookup([]).sources
        assert state.fetched is not None
        assert "status 404" in state.error

    def test_it_is_of_another_shape(self, server: AdvisoryServer, tmp_path: Path) -> None:
        server.fail("*", Replaced(body=b'{"click": 5}'))
        assert online(tmp_path, server.sources).names() is None


def test_secrets_of_addresses_are_not_shown(tmp_path: Path) -> None:
    urls = dict.fromkeys(
        ("osv", "openssl", "curl", "kev"), "http://me:canary-1@nowhere.invalid/?token=canary-2"
    )
    found = online(tmp_path, Sources.of(urls)).lookup(QUESTIONS)
    assert "canary" not in repr(found)


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs the variable `NOBODY`"):
        online(tmp_path, Sources.of({"osv": "https://x:${NOBODY}@y.org"}))
