"""Hostile advisories and packages, through every format of an audit: nothing acts."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.pip_grammar import canonical
from tests.audits import AS_OF, advisory, database, write_json
from tests.conftest import Envtool
from tests.formats.test_hostile_names import ACTING, FORMATS, HOSTILE
from tests.judging import SHIPPED


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def text(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A lock whose packages, versions and advisories all are called so."""
    name = str(request.param)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    plain = advisory(name, "PyPI/x", name, f"CVE-{name}", score=9.0, summary=name)
    coordinate = Coordinate(Ecosystem.PYPI, canonical(name.lower()))
    affected = plain.affected[0]._replace(coordinate=coordinate, versions=frozenset({name}))
    hostile = plain._replace(affected=(affected,), references=(name,))
    doubtful = hostile._replace(
        id=f"X{name}", aliases=(), affected=(affected._replace(versions=frozenset()),)
    )
    database(tmp_path / "cache", [hostile, doubtful])
    # YAML knows no pairs of surrogates.
    in_ascii = max(name) <= "\uffff"
    quoted = json.dumps(name, ensure_ascii=in_ascii)
    entry = {
        "name": name, "version": name, "manager": "pip", "platform": "linux-64", "dependencies": {},
        "url": f"https://files.example.org/{name}", "hash": {"sha256": "0" * 64}, "category": "main",
        "optional": False,
    }  # fmt: skip
    other = entry | {"manager": "conda", "version": "1"}
    metadata = {"content_hash": {}, "channels": [], "platforms": ["linux-64"], "sources": [name]}
    lock = f"version: 1\nmetadata: {json.dumps(metadata, ensure_ascii=in_ascii)}\npackage:\n"
    for each in (entry, other):
        lock += f"- {json.dumps(each, ensure_ascii=in_ascii)}\n"
    (tmp_path / "conda-lock.yml").write_text(lock, encoding="utf-8")
    (tmp_path / "environment.yml").write_text(f"dependencies: [{quoted}]\n", encoding="utf-8")
    statement = {"vulnerability": f"X{name}", "products": [f"pkg:pypi/{name}"], "status": "fixed"}
    write_json(
        tmp_path / "vex.json",
        {"@context": "https://openvex.dev/ns", "statements": [statement]},
    )
    return name


@pytest.mark.parametrize("output", FORMATS)
def test_nothing_acts(envtool: Envtool, text: str, output: str) -> None:
    assert text
    done = envtool("audit", "--offline", *AS_OF, "-o", output, "--expand", "--vex", "vex.json")
    assert "Traceback" not in done.err
    assert done.code == 1
    assert not ACTING.search(done.out + done.err)
    if output == "github":
        for line in done.out.splitlines():
            command = re.match(r"::(\w+) (.*?)::", line)
            assert (command is None) or command[1] in {"error", "warning", "notice"}
            assert command is not None or "::" not in line


def test_the_reports_are_valid(envtool: Envtool, text: str, tmp_path: Path) -> None:
    wanted = ("json=r.json", "sarif=r.sarif", "gitlab=g.json", "junit=j.xml", "markdown=m.md")
    done = envtool("audit", "--offline", *AS_OF, *(f"-o{each}" for each in wanted))
    assert (bool(text), done.code) == (True, 1)
    report = json.loads((tmp_path / "r.json").read_text("ascii"))
    Draft202012Validator(json.loads(SHIPPED.result_schema())).validate(report)
    run = json.loads((tmp_path / "r.sarif").read_text("ascii"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert all(re.fullmatch(r"[!-~]*", each.get("helpUri", "")) for each in rules)
    issues = json.loads((tmp_path / "g.json").read_text("ascii"))
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    ET.fromstring((tmp_path / "j.xml").read_bytes())
    markdown = (tmp_path / "m.md").read_text("utf-8")
    assert not ACTING.search(markdown)
    # Without what is escaped, and without code.
    bare = re.sub(r"\\.|`[^`]*`", "", markdown).replace("&#8203;", "\u200b")
    assert not re.search(r"[@#]\w", bare)
    for link in re.findall(r"\]\(([^)]*)\)", bare):
        assert re.fullmatch(r"https://(?:www\.cve\.org|osv\.dev)/[!-~]*", link)
    for row in re.findall(r"^\| .*$", bare, re.MULTILINE):
        assert row.count("|") in {6, 7}


def test_an_explanation_shows_and_does_not_act(envtool: Envtool, text: str) -> None:
    done = envtool("audit", "--offline", *AS_OF, "--explain", text)
    assert done.code == 0
    assert not ACTING.search(done.out + done.err)


def test_what_is_kept_is_ascii(envtool: Envtool, text: str, tmp_path: Path) -> None:
    envtool("audit", "--offline")
    kept = (tmp_path / ".envtool/audit.json").read_text("ascii")
    assert text
    assert not ACTING.search(kept)
    assert "since" in envtool("audit", "--offline").out
