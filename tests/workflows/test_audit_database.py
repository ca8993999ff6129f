"""`envtool audit db`: what is said of the database of advisories."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters import connect
from envtool.domain.auditing.sources import FILES, Sources
from envtool.domain.auditing.standings import SourceState
from envtool.domain.results import Result
from envtool.errors import ExitCode, UsageError
from envtool.formats.audit_database import render
from envtool.formats.lines import plain
from envtool.ports import Tools
from envtool.ports_auditing import Updated
from envtool.workflows.audit_database import DatabaseRequest, database_status, update_database
from envtool.workflows.policy_files import PolicyError

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
ALL = {
    name: SourceState(name, f"https://x.org/{name}", NOW, NOW - timedelta(days=1), 1000)
    for name in FILES
}


class Kept:
    """The port `AdvisoryDatabase` on what a test says."""

    def __init__(self, states: tuple[SourceState, ...], failed: frozenset[str]) -> None:
        self._states = states
        self._failed = failed

    def update(self, say: Callable[[str], None], folder: str | None = None) -> Updated:
        assert folder is None
        say("told")
        return Updated(self._states, self._failed)

    def status(self) -> tuple[SourceState, ...]:
        return self._states


def tools(
    states: dict[str, SourceState], asked: list[Sources] | None = None, failed: str = ""
) -> Tools:
    def database(sources: Sources) -> Kept:
        if asked is not None:
            asked.append(sources)
        # Sorted by name, as the database has them.
        return Kept(tuple(states[name] for name in sorted(states)), frozenset(failed.split()))

    return replace(connect(), advisory_database=database)


def request(folder: Path, now: datetime = NOW) -> DatabaseRequest:
    return DatabaseRequest(folder=str(folder), now=now)


def shown(result: Result) -> list[str]:
    return plain(render(result, 80)).splitlines()


def test_all_is_new(tmp_path: Path) -> None:
    said: list[str] = []
    result = update_database(tools(ALL), request(tmp_path), said.append)
    assert said == ["told"]
    assert result.exit_code is ExitCode.YES
    lines = shown(result)
    assert lines[0] == "Updated the database of advisories: 7,000 records of 7 of 7 sources"
    assert lines[2] == (
        "  osv:PyPI         1,000  just fetched, newest entry 2026-08-19, https://x.org/osv:PyPI"
    )
    assert [line.split()[0] for line in lines[2:]] == list(FILES)


def test_some_failed(tmp_path: Path) -> None:
    old = ALL["kev"]._replace(
        fetched=NOW - timedelta(days=3), error="`https://x.org/kev`: status 404"
    )
    none = SourceState("curl", "https://x.org/curl", error="it is a web page")
    result = update_database(
        tools(ALL | {"kev": old, "curl": none}, failed="curl kev"), request(tmp_path), print
    )
    assert result.exit_code is ExitCode.UNAVAILABLE
    assert result.headline == (
        "Incomplete: read 5,000 records of 5 of 7 sources; curl, kev could not be read"
    )
    assert [each.message for each in result.failures] == [
        "curl: it is a web page; there is no data of it",
        "kev: `https://x.org/kev`: status 404; what was fetched on 2026-08-17 stays",
    ]
    lines = shown(result)
    assert "  curl                 -  never fetched, https://x.org/curl" in lines
    assert any(line.startswith("  kev              1,000  3 days old, newest") for line in lines)


def test_records_that_could_not_be_read_are_noted(tmp_path: Path) -> None:
    some = ALL["osv:PyPI"]._replace(error="`X.json` in it can not be read: why")
    result = update_database(tools(ALL | {"osv:PyPI": some}), request(tmp_path), print)
    assert result.exit_code is ExitCode.YES
    assert result.notes == ("osv:PyPI: `X.json` in it can not be read: why",)


@pytest.mark.parametrize(
    ("age", "headline", "column"),
    [
        (timedelta(), "the oldest fetched within a day", "just fetched"),
        (timedelta(minutes=1), "the oldest fetched within a day", "1 minute old"),
        (timedelta(hours=5), "the oldest fetched within a day", "5 hours old"),
        (timedelta(days=1), "the oldest fetched 1 day ago", "1 day old"),
        (timedelta(days=40), "the oldest fetched 40 days ago", "40 days old"),
    ],
)
def test_the_age(tmp_path: Path, age: timedelta, headline: str, column: str) -> None:
    states = ALL | {"names": ALL["names"]._replace(fetched=NOW - age, published=None)}
    result = database_status(tools(states), request(tmp_path))
    assert result.exit_code is ExitCode.YES
    lines = shown(result)
    assert lines[0] == f"Database of advisories: 7,000 records of 7 of 7 sources, {headline}"
    assert lines[-1] == f"  names            1,000  {column}, https://x.org/names"


def test_where_everybody_reads_it_is_not_told(tmp_path: Path) -> None:
    usual = ALL["kev"]._replace(url=Sources().file_url("kev"))
    lines = shown(database_status(tools(ALL | {"kev": usual}), request(tmp_path)))
    assert "  kev              1,000  just fetched, newest entry 2026-08-19" in lines


def test_there_is_none(tmp_path: Path) -> None:
    result = database_status(tools({}), request(tmp_path))
    assert result.exit_code is ExitCode.UNAVAILABLE
    assert result.headline == "Missing: there is no database of advisories on this machine"
    assert result.failures[0].hints == ("fetch it: `envtool audit db update`",)
    assert len(shown(result)) > 2


def test_a_source_is_missing(tmp_path: Path) -> None:
    failed = SourceState("kev", "https://x.org/kev", error="status 404")
    states = {name: each for name, each in ALL.items() if name != "epss"} | {"kev": failed}
    result = database_status(tools(states), request(tmp_path))
    assert result.exit_code is ExitCode.UNAVAILABLE
    assert result.failures[0].message == "there is no data of kev, epss"
    assert result.notes == ("kev: status 404",)
    data: Any = result.data["sources"]
    assert data[4] == {
        "name": "kev",
        "url": "https://x.org/kev",
        "fetched": None,
        "published": None,
        "records": None,
        "error": "status 404",
    }


def test_the_policy_names_the_sources(tmp_path: Path) -> None:
    (tmp_path / "envtool.toml").write_text('[audit]\nsources = { kev = "file:///mirror/kev" }\n')
    below = tmp_path / "below"
    below.mkdir()
    asked: list[Sources] = []
    database_status(tools(ALL, asked), request(below))
    update_database(tools(ALL, asked), request(below), print)
    assert asked == [Sources.of({"kev": "file:///mirror/kev"})] * 2


@pytest.mark.parametrize("url", ['"kev.json"', '"ftp://x.org/kev"', "1"])
def test_a_policy_that_names_no_url(tmp_path: Path, url: str) -> None:
    (tmp_path / "envtool.toml").write_text(f"[audit]\nsources = {{ kev = {url} }}\n")
    with pytest.raises(PolicyError, match=r"audit\.sources\.kev.* must be a URL"):
        database_status(tools(ALL), request(tmp_path))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        database_status(tools(ALL), request(tmp_path / "nowhere"))
