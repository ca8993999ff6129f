"""`envtool audit db` as it is typed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator

from envtool.adapters.shipped import ShippedLists
from envtool.cli.audit_db import db
from envtool.errors import EnvtoolError, UnavailableError
from tests.advisory_data import published
from tests.advisory_server import AdvisoryServer
from tests.channel.faults import Status
from tests.conftest import Run
from tests.served import bare_user

Typed = Callable[..., Run]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AdvisoryServer]:
    with AdvisoryServer(str(published(tmp_path / "published"))) as running:
        yield running


@pytest.fixture
def typed(
    tmp_path: Path,
    server: AdvisoryServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    """Runs the command in a project whose policy names the server of the tests."""
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    project = tmp_path / "project"
    project.mkdir()
    urls = ", ".join(f'{key} = "{url}"' for key, url in server.urls.items())
    (project / "envtool.toml").write_text(f"[audit]\nsources = {{ {urls} }}\n")
    monkeypatch.chdir(project)

    def call(*arguments: str) -> Run:
        try:
            code = db(arguments, standalone_mode=False) or 0
        except typer.Exit as left:
            code = left.exit_code
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return call


def data(run: Run) -> Any:
    return json.loads(run.out)["data"]


def test_a_first_time(typed: Typed) -> None:
    first = typed("status")
    assert first.code == 5
    assert first.first == "Missing: there is no database of advisories on this machine"
    assert "hint: fetch it: `envtool audit db update`" in first.out
    done = typed("update")
    assert done.code == 0
    assert done.first == "Updated the database of advisories: 14 records of 7 of 7 sources"
    assert done.err.splitlines()[0] == "osv:PyPI: read"
    assert typed("status").first == (
        "Database of advisories: 14 records of 7 of 7 sources, the oldest fetched within a day"
    )


def test_json(typed: Typed) -> None:
    run = typed("update", "-o", "json")
    Draft202012Validator(json.loads(ShippedLists().result_schema())).validate(json.loads(run.out))
    names = [each["name"] for each in data(run)["sources"]]
    assert names == ["osv:PyPI", "osv:Bitnami", "openssl", "curl", "kev", "epss", "names"]
    assert data(typed("status", "-o", "json"))["sources"] == data(run)["sources"]


def test_one_source_fails(typed: Typed, server: AdvisoryServer) -> None:
    typed("update")
    server.fail("vuln.json", Status(code=404))
    run = typed("update")
    assert run.code == 5
    assert run.first == ("Incomplete: read 13 records of 6 of 7 sources; curl could not be read")
    assert "stays" in run.out


def test_all_fail(typed: Typed, server: AdvisoryServer) -> None:
    server.fail("*", Status(code=404))
    with pytest.raises(UnavailableError, match="no source of advisories could be read"):
        typed("update")
    run = typed("update", "-o", "json")
    assert run.code == 5
    assert json.loads(run.out)["failures"][0]["code"] == 5


def test_files_are_brought(
    typed: Typed, server: AdvisoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_OFFLINE", "true")
    with pytest.raises(EnvtoolError, match="there is no network"):
        typed("update")
    run = typed("update", "--from", server.folder)
    assert run.code == 0
    assert server.log == ()
    assert run.out.count("file://") == 7


def test_another_policy_has_another_database(
    typed: Typed, server: AdvisoryServer, tmp_path: Path
) -> None:
    """What the servers of one project say is no answer to the questions of others."""
    typed("update")
    other = tmp_path / "other"
    other.mkdir()
    assert typed("status", str(other)).code == 5
    assert typed("update", str(other), "--from", server.folder).code == 0
    assert len(list((tmp_path / "cache" / "advisories").glob("*.sqlite"))) == 2
