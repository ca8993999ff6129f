"""The real pip-audit, as the second engine; its JSON is what counts."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.adapters.advisory_database import DatabaseAdvisories
from envtool.adapters.downloads import Downloads
from envtool.adapters.online_advisories import OnlineAdvisories, reach
from envtool.adapters.pip_audit import PipAudit, installed
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.matching import NO, VULNERABLE, verdict
from envtool.domain.auditing.sources import Engine, Sources
from envtool.domain.auditing.standings import Lookup
from envtool.errors import ToolError
from envtool.ports_auditing import Question
from tests.advisory_data import CLICK, IDNA, QUESTIONS, SSL, osv, published, zipped
from tests.advisory_server import AdvisoryServer
from tests.channel.faults import Drip, Replaced, Status
from tests.wheel_making import web


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AdvisoryServer]:
    with AdvisoryServer(str(published(tmp_path / "published"))) as running:
        yield running


def second(server: AdvisoryServer, cache: Path, seconds: float = 60) -> OnlineAdvisories:
    sources = server.sources._replace(engine=Engine.PIP_AUDIT)
    database = DatabaseAdvisories(str(cache / "database.sqlite"))
    asked = reach(Downloads(web()), sources, database, str(cache))
    return OnlineAdvisories(asked._replace(seconds=seconds))


def ids(found: Lookup) -> dict[Coordinate, set[str]]:
    return {each: {one.id for one in some} for each, some in found.advisories.items()}


def test_it_finds_what_osv_says(server: AdvisoryServer, tmp_path: Path) -> None:
    found = second(server, tmp_path).lookup(QUESTIONS)
    assert ids(found)[CLICK] == {"PYSEC-2026-1", "PYSEC-2026-2"}
    assert ids(found)[IDNA] == set()
    # The others are asked as ever.
    assert len(found.advisories) == len(QUESTIONS)
    assert [each.path for each in server.requests("v1/query")] == ["v1/query"] * 2
    state = found.sources[0]
    assert (state.name, state.error) == ("osv:PyPI", "")
    assert state.url == f"{server.bare_url} by pip-audit"
    first, _ = found.advisories[CLICK]
    assert first.cves == ("CVE-2026-0001",)
    assert verdict(first, CLICK, "1.0") == VULNERABLE
    assert verdict(first, CLICK, "2.0") == NO


def test_several_versions_of_one_package(server: AdvisoryServer, tmp_path: Path) -> None:
    asked = [Question(CLICK, "1.0"), Question(CLICK, "5.0"), Question(IDNA, "3.0")]
    found = second(server, tmp_path).lookup(asked)
    assert ids(found) == {CLICK: {"PYSEC-2026-1", "PYSEC-2026-2"}, IDNA: set()}
    old, new = (
        [each for each in found.advisories[CLICK] if verdict(each, CLICK, version).is_hit]
        for version in ("1.0", "5.0")
    )
    assert {each.id for each in old} == {"PYSEC-2026-1", "PYSEC-2026-2"}
    assert {each.id for each in new} == {"PYSEC-2026-2"}


def test_what_has_no_fix(server: AdvisoryServer, tmp_path: Path) -> None:
    published(Path(server.folder), {"osv:PyPI": zipped([osv("PYSEC-2026-5", "click", fixed=None)])})
    server.reload()
    found = second(server, tmp_path).lookup([Question(CLICK, "1.0")])
    (advisory,) = found.advisories[CLICK]
    assert verdict(advisory, CLICK, "1.0") == VULNERABLE
    assert not advisory.affected[0].spans


def test_what_it_can_not_be_asked_is_told(server: AdvisoryServer, tmp_path: Path) -> None:
    odd = Coordinate(Ecosystem.PYPI, "-r other.txt")
    asked = [Question(CLICK, "nightly"), Question(IDNA, "3.0"), Question(odd, "1.0")]
    found = second(server, tmp_path).lookup(asked)
    assert ids(found) == {IDNA: set()}
    assert found.sources[0].error == "pip-audit did not look up `-r other.txt`, `click`"


@pytest.mark.parametrize(
    "fault",
    [Status(code=404), Replaced(body=b"<html>")],
    ids=["404 for every package", "HTML"],
)
def test_a_traceback_is_no_answer(
    server: AdvisoryServer, tmp_path: Path, fault: Status | Replaced
) -> None:
    server.fail("v1/query", fault)
    found = second(server, tmp_path).lookup([Question(CLICK, "1.0"), Question(IDNA, "3.0")])
    assert found.advisories == {}
    assert found.sources[0].error.startswith("pip-audit has no answer: ")
    assert found.sources[0].fetched is None


def test_it_takes_too_long(server: AdvisoryServer, tmp_path: Path) -> None:
    found = second(server, tmp_path, seconds=0.05).lookup([Question(CLICK, "1.0")])
    assert "pip-audit did not end within" in found.sources[0].error


def test_what_starts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed() == [sys.executable, "-m", "pip_audit"]
    assert installed("no_such_module", os.path.basename(sys.executable))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="pip-audit is not installed") as caught:
        installed("no_such_module")
    assert caught.value.hints == ("install it beside envtool: `pip install 'envtool[pip-audit]'`",)


def other(folder: Path, code: str, condarc: str = "") -> OnlineAdvisories:
    """With a program in the place of pip-audit."""
    downloads = Downloads(web(condarc=condarc))
    address = downloads.address("http://nowhere.invalid")
    database = DatabaseAdvisories(str(folder / "database.sqlite"))
    asked = reach(downloads, Sources(), database, str(folder))
    engine = PipAudit(address, "osv:PyPI", downloads.network, lambda: [sys.executable, "-c", code])
    return OnlineAdvisories(asked._replace(asked={Ecosystem.PYPI: engine}))


@pytest.mark.parametrize(
    ("printed", "error"),
    [
        ([], "the answer is no object"),
        ({"dependencies": 1}, "`dependencies` is no array"),
        ({"dependencies": [1]}, "a dependency is no object"),
        ({"dependencies": [{"name": "idna", "vulns": [{"id": ""}]}]}, "has no `id`"),
        ({"dependencies": [{"name": "idna", "vulns": [1]}]}, "a vulnerability is no object"),
        (
            {"dependencies": [{"name": "idna", "vulns": [{"id": "X", "fix_versions": ["?"]}]}]},
            "Invalid version",
        ),
    ],
)
def test_an_answer_of_another_shape(tmp_path: Path, printed: object, error: str) -> None:
    advisories = other(tmp_path, f"print({json.dumps(printed)!r})")
    found = advisories.lookup([Question(IDNA, "3.0")])
    assert error in found.sources[0].error
    assert found.advisories == {}


def test_a_skip_is_no_answer(tmp_path: Path) -> None:
    """As for what an index does not have: "No known vulnerabilities found", exit status 0."""
    skipped = {"dependencies": [{"name": "click", "skip_reason": "not found on PyPI"}]}
    advisories = other(tmp_path, f"print({json.dumps(skipped)!r})")
    found = advisories.lookup([Question(CLICK, "1.0"), Question(IDNA, "3.0")])
    assert found.advisories == {}
    assert found.sources[0].error == "pip-audit did not look up `click`, `idna`"


def test_it_can_not_be_started(server: AdvisoryServer, tmp_path: Path) -> None:
    """That is no answer of a source; and nobody waits for the others."""
    server.fail("openssl.zip", Drip(size=1, pause=1))
    downloads = Downloads(web())
    address = downloads.address(server.url)
    engine = PipAudit(address, "osv:PyPI", downloads.network, lambda: [str(tmp_path / "x")])
    database = DatabaseAdvisories(str(tmp_path / "database.sqlite"))
    asked = reach(downloads, server.sources, database, str(tmp_path))
    start = time.monotonic()
    with pytest.raises(ToolError, match="pip-audit can not be started"):
        OnlineAdvisories(asked._replace(asked={Ecosystem.PYPI: engine})).lookup(
            [Question(CLICK, "1.0"), Question(SSL, "3.0.7")]
        )
    assert time.monotonic() - start < 120


def test_it_has_proxies_and_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    authority, told = tmp_path / "ca.pem", tmp_path / "told"
    authority.write_text("")
    condarc = f"ssl_verify: {authority}\nproxy_servers: {{https: 'http://proxy:1', ftp: x}}\n"
    code = (
        f"import os; open({str(told)!r}, 'w').write("
        "os.environ['REQUESTS_CA_BUNDLE'] + ' ' + os.environ['https_proxy'])"
    )
    other(tmp_path, code, condarc).lookup([Question(IDNA, "3.0")])
    assert told.read_text() == f"{authority} http://proxy:1"
