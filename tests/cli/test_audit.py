"""`envtool audit` as it is typed: what is audited, what is said, what is kept."""

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.audits import (
    ADVISORIES,
    AS_OF,
    LOCKED,
    SPEC,
    X400,
    advisory,
    audited_project,
    database,
    write_json,
)
from tests.channels import record, write_records
from tests.conftest import Envtool, Run
from tests.judging import SHIPPED
from tests.locking import Entry, lock_text
from tests.made_prefixes import distribution, install

FIRST = "Failed: audited 5 of 6 packages, 2 vulnerable (3 advisories, 1 exploited)"
PURL = "pkg:pypi/urllib3@1.26.4"


@pytest.fixture
def audit(envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Audits in the folder of the test, by a database that is there."""
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    database(tmp_path / "cache")

    def run(*arguments: str, day: tuple[str, ...] = AS_OF) -> Run:
        return envtool("audit", "--offline", *day, *arguments)

    return run


Audit = Callable[..., Run]


def report(done: Run) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(done.out)
    Draft202012Validator(json.loads(SHIPPED.result_schema())).validate(data)
    return data


TEXT = """\
Failed: audited 5 of 6 packages, 2 vulnerable (3 advisories, 1 exploited)
sources: curl, epss, kev, names, openssl, osv:Bitnami, osv:PyPI (2 days old)

conda-lock.yml
  63: error urllib3 1.26.4, through requests
    CVE-2023-43804  known to be exploited, EPSS 42 %, CVSS 8.1, fixed in 1.26.17
      Cookies are sent to another host after a redirect
    CVE-2023-45803  EPSS < 0.1 %, CVSS 4.2, fixed in 1.26.18
      Request body is not stripped after a redirect
    fix: take 1.26.18 or newer: `envtool audit --fix`
  26: error openssl 3.0.7, through python
    CVE-2023-0286  EPSS 3.1 %, CVSS 7.4, fixed in 3.0.8
      X.400 address type confusion in X.509 GeneralName
    fix: take 3.0.8 or newer: `envtool audit --fix`
  37: info[advisories.unconfirmed] `python 3.12.0` may be affected:
    CVE-2007-4559 (CVSS 9.8, the advisory does not say where it ends)
    fix: read them, then waive them: `envtool audit --explain python`

not audited: 1
  no source of advisories has them (1): libzlib

skipped: channel check (this is offline)
skipped: licenses (licences known for 0 of 6)
hint: `envtool explain advisories.vulnerable` says why a rule is there
"""


def test_what_a_person_sees(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    done = audit()
    assert (done.out, done.err, done.code) == (TEXT, "", 1)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_it_fits_the_terminal(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    audited_project(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    first, *lines = audit("--expand").out.splitlines()
    assert len(first) < 120
    assert max(map(len, lines)) <= int(columns)


def test_colour_comes_from_us_alone(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    audited_project(tmp_path)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert re.sub(r"\x1b\[[0-9;]*m", "", audit().out) == TEXT


def test_json_has_all_of_it(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    data = report(audit("-o", "json"))
    found = data["data"]["audit"]
    assert found["coverage"] == {"audited": 5, "total": 6, "percent": 83, "guessed": 0}
    assert {each["name"]: each["age_days"] for each in found["sources"]}["osv:PyPI"] == 2
    packages = {each["name"]: each for each in found["packages"]}
    assert [each["name"] for each in found["packages"]][:2] == ["urllib3", "openssl"]
    assert packages["urllib3"]["path"] == ["requests", "urllib3"]
    assert packages["urllib3"]["fixed"] == "1.26.18"
    assert packages["libzlib"]["reason"] == "no source of advisories has zlib"
    hit = packages["urllib3"]["hits"][0]
    assert (hit["id"], hit["aliases"], hit["due"]) == (
        "CVE-2023-43804",
        ["PYSEC-2023-192"],
        "2026-12-01",
    )
    assert found["not_audited"] == [
        {"reason": "no source of advisories has them", "packages": ["libzlib 1.0"]}
    ] or found["not_audited"][0]["packages"] == ["libzlib 1.2.13"]
    assert [each["id"] for each in found["open"]] == [
        "CVE-2023-0286",
        "CVE-2023-43804",
        "CVE-2023-45803",
    ]
    assert data["findings"][0]["rule"] == "advisories.vulnerable"
    assert data["causes"] == [1]


def test_sarif_has_a_rule_for_each_vulnerability(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    run = json.loads(audit("-o", "sarif").out)["runs"][0]
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    assert list(rules) == ["CVE-2007-4559", "CVE-2023-0286", "CVE-2023-43804", "CVE-2023-45803"]
    assert rules["CVE-2023-43804"]["properties"]["security-severity"] == "8.1"
    assert rules["CVE-2023-43804"]["helpUri"].endswith("id=CVE-2023-43804")
    assert "security-severity" not in rules["CVE-2007-4559"]["properties"]
    results = run["results"]
    assert {each["ruleId"] for each in results} == set(rules)
    assert all(run["tool"]["driver"]["rules"][e["ruleIndex"]]["id"] == e["ruleId"] for e in results)
    text = next(e["message"]["text"] for e in results if e["ruleId"] == "CVE-2023-0286")
    assert text == (
        "`openssl 3.0.7`: CVE-2023-0286: X.400 address type confusion in X.509 GeneralName"
        " (EPSS 3.1 %, CVSS 7.4, fixed in 3.0.8). Fix: take 3.0.8 or newer: `envtool audit --fix`"
    )


def test_markdown_for_an_issue(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    text = audit("-o", "markdown").out
    assert text.startswith("**Failed: audited 5 of 6 packages, 2 vulnerable")
    assert "[CVE\\-2023\\-43804](https://www.cve.org/CVERecord?id=CVE-2023-43804)" in text
    assert "<details><summary>not audited: 1</summary>" in text


@pytest.mark.parametrize("output", ["github", "gitlab", "junit"])
def test_the_other_formats(audit: Audit, tmp_path: Path, output: str) -> None:
    audited_project(tmp_path)
    done = audit("-o", output)
    assert done.code == 1
    assert "CVE-2023-43804" in done.out


def test_the_step_summary_is_the_report_for_an_issue(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited_project(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    audit("-o", "github")
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert text.startswith("### envtool audit\n\n**Failed: ")
    assert "| package | vulnerability |" in text


CLEAN = (Entry("numpy", "2.1.3"), Entry("libzlib"), Entry("urllib3", "2.5.0"), Entry("libexpat"))

# Entries, arguments, policy, exit status, first line.
OFFLINE: list[tuple[str, tuple[Entry, ...], tuple[str, ...], str, int, str]] = [
    ("vulnerable", (), (), "", 1, f"{FIRST}"),
    ("half, no hit", CLEAN, (), "", 0, "Passed: audited 2 of 4 packages, no known vulnerability"),
    ("half is asked for", CLEAN, ("--min-coverage", "50"), "", 0, "Passed: audited 2 of 4 packages"),
    ("more is asked for", CLEAN, ("--min-coverage", "51"), "", 1, "Failed: audited 2 of 4 packages, no known vulnerability; 1 other error"),
    ("by the policy", CLEAN, (), "[audit]\nmin-coverage = 90", 1, "Failed: audited 2 of 4 packages, no known vulnerability; 1 other error"),
    ("strict", CLEAN, ("--strict",), "", 1, "Failed: audited 2 of 4 packages, no known vulnerability; 1 other error"),
    ("nothing known", CLEAN[1:2], (), "", 2, "Not judged: audited 0 of 1 package: no source of advisories knows any of them"),
    ("stale", CLEAN, ("--as-of", "2026-12-24"), "", 0, "Passed: audited 2 of 4 packages, no known vulnerability; 1 other warning"),
    ("stale and strict", CLEAN[:1], ("--as-of", "2026-12-24", "--strict"), "", 1, "Failed: audited 1 of 1 package, no known vulnerability; 1 other error"),
    ("waived", (), (), "[[waivers]]\nrule = 'advisories'\nreason = 'x'\nowner = 'x'\nexpires = 2027-01-01", 0, "Passed: audited 5 of 6 packages, nothing open (3 waived)"),
    ("one waived", (), (), "[[waivers]]\nrule = 'advisories'\npackage = 'openssl'\nreason = 'x'\nowner = 'x'\nexpires = 2027-01-01", 1, "Failed: audited 5 of 6 packages, 1 vulnerable (2 advisories, 1 exploited, 1 waived)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "arguments", "policy", "code", "line"),
    [case[1:] for case in OFFLINE],
    ids=[case[0] for case in OFFLINE],
)
def test_the_answer(
    audit: Audit,
    tmp_path: Path,
    entries: tuple[Entry, ...],
    arguments: tuple[str, ...],
    policy: str,
    code: int,
    line: str,
) -> None:
    audited_project(tmp_path, *entries, policy=policy)
    done = audit(*arguments, day=() if "--as-of" in arguments else AS_OF)
    assert done.first.startswith(line)
    assert (done.code, done.err) == (code, "")


def test_without_a_database_nothing_is_judged(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    path = tmp_path / "cache/advisories/database.sqlite"
    path.unlink()
    done = audit()
    assert done.first.startswith(
        "Not judged: audited 0 of 6 packages: osv:PyPI, openssl, osv:Bitnami"
    )
    assert done.code == 5
    assert not (tmp_path / ".envtool").exists()
    assert "not asked: osv:PyPI, openssl, osv:Bitnami: not in the" in audit("-omarkdown").out
    path.write_bytes(b"x")
    done = audit()
    assert done.first.startswith("Not judged: audited 0 of 6 packages: the advisories in")
    assert done.code == 6
    assert "  the advisories could not be read (6): " in done.out


def test_a_missing_source_says_what_to_type(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "cache/advisories/database.sqlite").unlink()
    database(tmp_path / "cache", without=("openssl",), failed="status 503")
    audited_project(tmp_path)
    lines = audit("--ignore", "advisories.vulnerable").out.splitlines()
    assert (
        lines[0] == "Incomplete: audited 4 of 6 packages, nothing open; openssl could not be asked"
    )
    at = lines.index("not asked: openssl: status 503")
    assert lines[at + 1].startswith("hint: audit again in a while, or with `--offline` after")


def test_only_advisories(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    done = audit("--select", "advisories")
    assert (done.first, done.code) == (FIRST, 1)
    assert "skipped" not in done.out


# What is typed, the exit status, and how the first line starts.
USAGE: list[tuple[tuple[str, ...], int, str]] = [
    (("nowhere.yml",), 2, "error: `nowhere.yml` does not exist"),
    (("environment.yml",), 2, "error: `environment.yml` is no lock file"),
    (("-p", "nowhere"), 2, "error: there is no prefix `nowhere`"),
    (("-p", "x", "-n", "y"), 2, "error: a prefix has a path or a name"),
    (("--select", "pins"), 2, "error: no rule of an audit is left to run"),
    (("--select", "pinz"), 2, "error: there is no rule or family `pinz`"),
    (("--min-coverage", "101"), 2, "error: Invalid value for '--min-coverage'"),
    (("--engine", "conda"), 2, "error: Invalid value for '--engine'"),
    (("--engine", "pip-audit"), 2, "error: pip-audit has to ask PyPI, and this is offline"),
    (("--as-of", "tomorrow"), 2, "error: `tomorrow` is no date"),
    (("--explain", "numpi"), 2, "error: `conda-lock.yml` holds no package `numpi`"),
    (("--explain", "x", "--webhook", "https://x"), 2, "error: `--explain` tells one package"),
    (("--vex", "nowhere.json"), 2, "Incomplete: audited 5 of 6 packages, 2 vulnerable (3 advisories, 1 exploited); `nowhere.json` does not exist"),
    (("--since", "environment.yml"), 2, "error: `environment.yml`: it is not JSON"),
    (("--webhook", "http://x.y"), 2, "error: the webhook at `x.y` would be told in clear"),
    (("--webhook", "NOT_SET"), 2, "error: the variable `NOT_SET` for the webhook is not set"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "code", "words"), USAGE, ids=[" ".join(c[0]) for c in USAGE])
def test_what_can_not_be_done_is_said(
    audit: Audit, tmp_path: Path, typed: tuple[str, ...], code: int, words: str
) -> None:
    audited_project(tmp_path)
    done = audit(*typed, day=() if "--as-of" in typed else AS_OF)
    line = " ".join((done.err or done.out).split())
    assert line.startswith(words)
    assert done.code == code


def test_a_policy_that_can_not_be_read(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path, policy="[audit]\nmin-coverage = 'all'")
    done = audit()
    assert done.code == 2
    assert "envtool.toml:2:1: `audit.min-coverage` must be a number" in " ".join(done.err.split())


def test_a_policy_that_is_no_file(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path, policy="[audit\n")
    assert audit().code == 2


def test_a_folder_without_a_project(audit: Audit) -> None:
    done = audit()
    assert done.code == 2
    assert "hint: name a lock, or what is installed: `envtool audit FILE`" in done.err


def test_a_project_without_a_lock(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    (tmp_path / "conda-lock.yml").unlink()
    done = audit()
    assert done.first.startswith("error: there is no lock in `.`")
    assert "hint: make one: `envtool lock`" in done.err


@pytest.mark.parametrize("text", ["package: [", "version: 1\nmetadata: {}\npackage: {}\n"])
def test_a_lock_that_can_not_be_read(audit: Audit, tmp_path: Path, text: str) -> None:
    audited_project(tmp_path)
    (tmp_path / "conda-lock.yml").write_text(text, encoding="utf-8")
    done = audit()
    assert done.code == 2
    assert "`conda-lock.yml` was not judged: " in " ".join(done.err.split())


def test_a_lock_without_packages(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    (tmp_path / "conda-lock.yml").write_text(lock_text(), encoding="utf-8")
    done = audit()
    assert done.first == "Not judged: audited 0 of 0 packages: `conda-lock.yml` holds no package"
    assert done.code == 2


@pytest.mark.parametrize("where", ["file", "folder", "stdin"])
def test_what_can_be_named(envtool: Envtool, audit: Audit, tmp_path: Path, where: str) -> None:
    audited_project(tmp_path / "db")
    if where == "stdin":
        text = (tmp_path / "db/conda-lock.yml").read_bytes()
        done = envtool("audit", "--offline", *AS_OF, "-", stdin=text)
    else:
        done = audit("./db" if where == "folder" else "db/conda-lock.yml")
    assert done.first == FIRST
    # Only what is around a project says what is direct.
    assert ("through requests" in done.out) is (where == "folder") or "urllib3" in done.out


@pytest.mark.parametrize(
    ("named", "fix", "explained"),
    [
        ("db", "envtool audit ./db --fix", "./db "),
        ("db/conda-lock.yml", "", "db/conda-lock.yml "),
        ("conda-lock.yml", "", "conda-lock.yml "),
        ("alone/conda-lock.yml", "", "alone/conda-lock.yml "),
        ("a b.yml", "", "'a b.yml' "),
    ],
)
def test_what_is_to_be_typed_is_about_what_was_named(
    audit: Audit, tmp_path: Path, named: str, fix: str, explained: str
) -> None:
    audited_project(tmp_path)
    audited_project(tmp_path / "db")
    audited_project(tmp_path / "alone", spec="").joinpath("environment.yml").unlink()
    (tmp_path / "a b.yml").write_text(lock_text(*LOCKED), encoding="utf-8")
    done = audit("./db" if named == "db" else named)
    typed = f": `{fix}`" if fix else ""
    assert f"    fix: take 1.26.18 or newer{typed}\n" in done.out
    told = " ".join(done.out.split())
    assert f"read them, then waive them: `envtool audit {explained}--explain python`" in told
    again = audit(*shlex.split(explained), "--explain", "python")
    assert again.first == "`python 3.12.0` may be affected: 1 known vulnerability, unconfirmed"


def test_what_is_to_be_typed_about_a_prefix(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "envtool.toml").write_text("", encoding="utf-8")
    for name in ("production", "x"):
        install(tmp_path / f".envtool/envs/{name}", "python", "3.12.0")
    named = (
        ("-p", ".envtool/envs/x"),
        ("-p", ".envtool/envs/production"),
        ("--environment", "production"),
    )
    for each in named:
        done = audit(*each)
        assert f"`envtool audit {' '.join(each)} --explain python`" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 pip package stands in comments of `x.lock` and was not audited"),
        (2, "2 pip packages stand in comments of `x.lock` and were not audited"),
    ],
)
def test_an_explicit_list_and_what_stands_in_its_comments(
    audit: Audit, tmp_path: Path, number: int, words: str
) -> None:
    comment = "# pip idna @ https://files.example.org/idna-3.0-py3-none-any.whl\n"
    url = "https://conda.anaconda.org/conda-forge/linux-64/openssl-3.0.7-h0_0.conda\n"
    (tmp_path / "x.lock").write_text("@EXPLICIT\n" + url + comment * number, encoding="utf-8")
    done = audit("x.lock", day=())
    assert done.first.startswith("Failed: audited 1 of 1 package, 1 vulnerable")
    assert words in " ".join(done.out.split())
    assert not (tmp_path / ".envtool").exists()


def test_a_file_without_channels_leaves_their_order_to_the_lock(
    audit: Audit, tmp_path: Path
) -> None:
    audited_project(tmp_path, spec="dependencies: [python]\n")
    assert audit().first == FIRST


def test_what_does_not_fit_into_a_comment_is_counted(audit: Audit, tmp_path: Path) -> None:
    long = "x" * 190
    many = [
        advisory(f"CVE-2026-{number:04}", "PyPI/numpy", "9", summary=long) for number in range(400)
    ]
    database(tmp_path / "cache", many)
    audited_project(tmp_path, Entry("numpy", "2.1.3"))
    text = audit("-omarkdown").out
    assert len(text) < 65_536
    shown = text.count("| `numpy 2.1.3` |")
    assert f"\n{400 - shown} more vulnerabilities are not listed\n" in text
    assert "not audited" not in text


def test_records_and_pixi_locks_beside_it(audit: Audit, tmp_path: Path) -> None:
    """The records are those of the lock, with licences; what pixi locks is something else."""
    audited_project(tmp_path, LOCKED[1])
    url = LOCKED[1].address
    pixi = (
        "version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://conda.anaconda.org/conda-forge/\n"
        f"    packages:\n      linux-64:\n      - conda: {{}}\npackages:\n- conda: {{}}\n  sha256: {'0' * 64}\n"
        "  license: Apache-2.0\n"
    )
    (tmp_path / "recovery").mkdir()
    (tmp_path / "recovery/records.lock").write_text(pixi.replace("{}", url), encoding="utf-8")
    done = audit()
    assert done.first == "Failed: audited 1 of 1 package, 1 vulnerable (1 advisory)"
    assert "licences known" not in done.out
    other = url.replace("openssl-3.0.7", "libcurl-8.0.1")
    (tmp_path / "pixi.lock").write_text(pixi.replace("{}", other), encoding="utf-8")
    done = audit()
    assert done.first == "Failed: audited 2 of 2 packages, 2 vulnerable (2 advisories)"
    assert "CVE-2023-38545" in done.out
    assert "\npixi.lock\n" in done.out
    (tmp_path / "pixi.lock").write_text("version: 6\npackages: [", encoding="utf-8")
    done = audit()
    assert done.code == 2
    assert done.first.startswith(
        "Incomplete: audited 1 of 1 package, 1 vulnerable (1 advisory); `pixi.lock`"
    )


USELESS = """
[[waivers]]
rule = "advisories.vulnerable"
advisory = "CVE-2000-1"
reason = "gone"
owner = "me"
expires = 2027-01-01
"""


def test_a_waiver_of_nothing_is_told_where_all_was_looked_at(
    envtool: Envtool, audit: Audit, tmp_path: Path
) -> None:
    spec = SPEC.replace("- requests=2.31", "- requests=2.31  # envtool: ignore[advisories] why")
    audited_project(tmp_path, policy=USELESS, spec=spec)
    words = "warning[waivers.unused] the waiver of `advisories.vulnerable` for `CVE-2000-1` covers"
    assert words not in audit().out
    lock = tmp_path / "conda-lock.yml"
    channel = write_records(tmp_path / "channel", [])
    lock.write_text(lock.read_text().replace("https://conda.anaconda.org/conda-forge", channel))
    policy = USELESS + "[freshness]\nmax-majors-behind = 9\n"
    audited = tmp_path / "envtool.toml"
    audited.write_text(policy)
    (tmp_path / "environment.yml").write_text(spec.replace("conda-forge", channel))
    assert words in " ".join(audit().out.split())
    assert words not in " ".join(audit("--select", "advisories,waivers").out.split())
    assert words not in " ".join(audit("conda-lock.yml").out.split())
    assert "waivers.unused" not in envtool("verify").out


def test_licences_are_judged_too(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path, policy="[licenses]\nallow = ['MIT']")
    done = audit()
    assert "error[licenses.no-data] no licence is known for 6 of 6 packages" in done.out
    assert "; 1 other error" in done.first


def test_what_the_channel_says_is_judged_in_the_same_run(
    envtool: Envtool, audit: Audit, tmp_path: Path
) -> None:
    """Altered, old, signed by nobody, and under which licence: with the vulnerabilities."""
    records = [record("numpy", "2.1.3", license="BSD-3-Clause"), record("urllib3", "1.26.4")]
    channel = write_records(tmp_path / "channel", records)
    (tmp_path / "environment.yml").write_text(
        f"channels: [{channel}]\ndependencies: [numpy, urllib3]\nplatforms: [linux-64]\n"
    )
    assert envtool("lock").code == 0
    policy = "[freshness]\nmax-age-days = 300\n[licenses]\ndeny = ['BSD-*']\n"
    (tmp_path / "envtool.toml").write_text(policy)
    assert audit("-ojson=r.json").code == 1
    found = json.loads((tmp_path / "r.json").read_text())
    assert [(each["rule"], each["package"]) for each in found["findings"]] == [
        ("advisories.vulnerable", "urllib3"),
        ("licenses.deny", "numpy"),
        ("freshness.age", "numpy"),
        ("freshness.age", "urllib3"),
    ]
    packages = {each["name"]: each for each in found["data"]["audit"]["packages"]}
    assert packages["numpy"]["license"] == "BSD-3-Clause"
    assert {each["presence"] for each in found["data"]["audit"]["trust"]["upstream"]} == {"listed"}
    lock = (tmp_path / "conda-lock.yml").read_text()
    (tmp_path / "conda-lock.yml").write_text(lock.replace(records[0]["sha256"], "0" * 64))
    assert "error[channels.altered]" in audit().out


def test_a_prefix(audit: Audit, tmp_path: Path) -> None:
    prefix = tmp_path / ".envtool/envs/production"
    install(prefix, "openssl", "3.0.7", license="GPL-3.0-only")
    install(prefix, "python", "3.12.0", depends=["openssl"])
    distribution(prefix, "urllib3", "1.26.4")
    (tmp_path / "envtool.toml").write_text("[licenses]\ndeny = ['GPL-3.0-only']", encoding="utf-8")
    for typed in (("-p", str(prefix)), ("--environment", "production")):
        done = audit(*typed)
        assert done.first.startswith(
            "Failed: audited 3 of 3 packages, 2 vulnerable (3 advisories, 1 exploited)"
        )
        assert "error[licenses.deny] `openssl 3.0.7` is licensed under `GPL-3.0-only`" in done.out
        assert "\n.envtool/envs/production\n" in done.out
    (prefix / "conda-meta/broken-1-0.json").write_text("{", encoding="utf-8")
    done = audit("-p", str(prefix))
    assert done.code == 2
    assert "conda-meta/broken-1-0.json" in done.out
    (tmp_path / "envtool.toml").unlink()
    assert audit("-p", str(prefix)).first.startswith("Incomplete: audited 3 of 3 packages")


def test_what_changed_since_last_time(audit: Audit, tmp_path: Path) -> None:
    """It is kept in a folder that git ignores, which may go away, or be a link."""
    audited_project(tmp_path)
    assert "since" not in audit(day=()).out
    assert (tmp_path / ".envtool/.gitignore").read_text() == "*\n"
    kept = json.loads((tmp_path / ".envtool/audit.json").read_text())
    assert [each["id"] for each in kept["audit"]["open"]] == [
        "CVE-2023-0286",
        "CVE-2023-43804",
        "CVE-2023-45803",
    ]
    mended = [each._replace(version="3.0.8") if each.name == "openssl" else each for each in LOCKED]
    audited_project(tmp_path, *mended)
    more = (*ADVISORIES, advisory("CVE-2026-9", "PyPI/requests", "3", score=5.0))
    worse = [
        each._replace(ratings=(each.ratings[0]._replace(score=9.9),))
        if each.id == "PYSEC-2023-212"
        else each
        for each in more
    ]
    database(tmp_path / "cache", worse, fetched=datetime.now(tz=UTC))
    done = audit("-otext", "-ojson=r.json", "-omarkdown=r.md", day=())
    lines = done.out.splitlines()
    assert lines[2].endswith(": 1 new, 1 fixed, 2 still open, 1 rated otherwise")
    assert lines[3] == "  fixed: openssl CVE-2023-0286"
    assert lines[4] == "  rated otherwise: urllib3 CVE-2023-45803"
    assert "    CVE-2026-9  new, CVSS 5.0, fixed in 3" in lines
    since = json.loads((tmp_path / "r.json").read_text())["data"]["audit"]["since"]
    assert since["new"] == [{"manager": "conda", "package": "requests", "id": "CVE-2026-9"}]
    assert since["rated"][0]["after"] == {"score": 9.9, "known_exploited": False}
    markdown = (tmp_path / "r.md").read_text()
    assert "1 new, 1 fixed, 2 still open, 1 rated otherwise" in markdown
    assert "| new | `requests 2.31.0` |" in markdown
    assert "0 new, 0 fixed, 3 still open" in audit("--since", "r.json").out


@pytest.mark.parametrize("data", [None, b"x"])
def test_who_looked_at_nothing_does_not_say_what_changed(
    audit: Audit, tmp_path: Path, data: bytes | None
) -> None:
    audited_project(tmp_path)
    assert "still open" in (audit(day=()), audit(day=()))[1].out
    path = tmp_path / "cache/advisories/database.sqlite"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    done = audit("-otext", "-ojson=r.json", "-omarkdown=r.md", day=())
    assert done.first.startswith("Not judged: audited 0 of 6 packages")
    assert "since" not in done.out + (tmp_path / "r.md").read_text()
    audited = json.loads((tmp_path / "r.json").read_text())["data"]["audit"]
    assert audited["since"] is None
    # What is not known to be gone stays open in the report.
    assert len(audited["open"]) == 3


def test_many_that_are_fixed_are_counted(audit: Audit, tmp_path: Path) -> None:
    many = [advisory(f"CVE-2026-{number:02}", "PyPI/numpy", "9") for number in range(20)]
    database(tmp_path / "cache", many)
    audited_project(tmp_path)
    audit(day=())
    database(tmp_path / "cache")
    done = audit()
    assert "CVE-2026-11 and 8 more" in " ".join(done.out.split())


@pytest.mark.parametrize("text", ["", "{}", "[" * 9999])
def test_what_was_kept_and_can_not_be_read_is_gone(audit: Audit, tmp_path: Path, text: str) -> None:
    audited_project(tmp_path)
    (tmp_path / ".envtool").mkdir()
    (tmp_path / ".envtool/audit.json").write_text(text)
    done = audit(day=())
    assert "info: what was found last time can not be read: it is no" in " ".join(done.out.split())
    assert "still open" in audit().out


def test_nothing_is_written_through_a_link(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path / "project")
    (tmp_path / "outside").mkdir()
    (tmp_path / "project/.envtool").symlink_to("../outside")
    done = audit("project", day=())
    assert "info: what was found is not kept: `.envtool` is a link" in done.out
    assert list((tmp_path / "outside").iterdir()) == []


def test_what_can_not_be_kept_is_said(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    (tmp_path / ".envtool").write_text("")
    done = audit(day=())
    assert (done.code, done.first) == (1, FIRST + "; 1 other warning")
    assert "info: what was found is not kept: " in done.out


def test_there_is_no_audit_before_at_first(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    done = audit("--since", "before.json")
    assert (
        "info: there is no audit before to compare with: `before.json` does not exist" in done.out
    )
    assert not (tmp_path / ".envtool").exists()


def vex(path: Path, *names: str) -> Path:
    statements = [
        {"vulnerability": {"name": each}, "products": [PURL], "status": "fixed"} for each in names
    ]
    return write_json(path, {"@context": "https://openvex.dev/ns/v0.2.0", "statements": statements})


def test_vex_by_the_policy_and_by_name(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path / "project", policy="[audit]\nvex = ['own.json']")
    vex(tmp_path / "project/own.json", "CVE-2023-43804", "CVE-2000-1", "CVE-2000-2")
    vex(tmp_path / "more.json", "PYSEC-2023-212", "CVE-2000-1")
    done = audit("project", "--vex", "more.json")
    assert done.first == "Failed: audited 5 of 6 packages, 1 vulnerable (1 advisory)"
    assert (
        "not counted by VEX: 2\n  urllib3 1.26.4 CVE-2023-43804: fixed (project/own.json)\n"
        in done.out
    )
    text = " ".join(done.out.split())
    assert "2 statements of `project/own.json` are about no vulnerability that was found" in text
    assert "1 statement of `more.json` is about no vulnerability that was found" in text


def test_a_vex_document_that_is_none(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    write_json(tmp_path / "x.json", {})
    done = audit("--vex", "x.json")
    assert done.code == 2
    assert "`x.json` is no VEX document: it is neither OpenVEX" in done.first


def test_many_that_do_not_matter_are_counted(audit: Audit, tmp_path: Path) -> None:
    names = [f"CVE-2026-{number}" for number in range(8)]
    database(tmp_path / "cache", [advisory(each, "PyPI/urllib3", "9") for each in names])
    audited_project(tmp_path)
    vex(tmp_path / "x.json", *names)
    done = audit("--vex", "x.json")
    assert (done.code, done.first) == (0, "Passed: audited 5 of 6 packages, no known vulnerability")
    assert "  and 3 more\n" in done.out
    assert "and 3 more" not in audit("--vex", "x.json", "--expand").out


@pytest.mark.parametrize(("number", "words"), [(1, "1 package is"), (2, "2 packages are")])
def test_guesses_are_counted(audit: Audit, tmp_path: Path, number: int, words: str) -> None:
    needs = (("python", ""),)
    audited_project(tmp_path, *(Entry(f"guess{i}", "1", needs=needs) for i in range(number)))
    assert f"guessed: {words} taken for what has the name on PyPI" in audit().out


def test_who_a_package_is_by_the_word_of_the_project(audit: Audit, tmp_path: Path) -> None:
    policy = "[audit.products]\nmy-ssl = ['OpenSSL/openssl']\nopenssl = ['none']\n"
    audited_project(tmp_path, Entry("my-ssl", "3.0.7"), Entry("openssl", "3.0.7"), policy=policy)
    done = audit()
    assert done.first == "Failed: audited 1 of 2 packages, 1 vulnerable (1 advisory)"
    assert "  no source of advisories has them (1): openssl" in done.out


def test_many_vulnerabilities_are_folded(audit: Audit, tmp_path: Path) -> None:
    found = [advisory(f"CVE-2026-{number}", "PyPI/numpy", "9") for number in range(7)]
    database(tmp_path / "cache", [*found, X400])
    unknown = [Entry(f"lib{number}", "1") for number in range(14)]
    audited_project(tmp_path, Entry("numpy", "2.1.3"), *unknown)
    done = audit()
    assert "    and 2 more; `--expand` lists them\n" in done.out
    assert "lib9" not in done.out
    assert "and 2 more" in " ".join(done.out.split("not audited")[1].split())
    every = audit("--expand").out
    assert "CVE-2026-6" in every
    assert "lib9" in every


EXPLAINED = """\
`urllib3 1.26.4` is vulnerable: 2 known vulnerabilities

urllib3 1.26.4 (conda): vulnerable
  platforms: linux-64
  comes in: requests -> urllib3
  known as: PyPI: urllib3 (by a package URL of the lock, a map of names, or a
    list of envtool)
  sources: curl, epss, kev, names, openssl, osv:Bitnami, osv:PyPI (2 days old)

  vulnerable CVE-2023-43804, PYSEC-2023-192
    Cookies are sent to another host after a redirect
    fixed in 1.26.17, CVSS 8.1 (CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N),
      EPSS 42.0 %, known to be exploited (CISA, to be mended by 2026-12-01)
    PYSEC-2023-192 of osv:PyPI, published 2026-10-01, changed 2026-10-02
      affected: every version before 1.26.17 (pep440)
      https://advisories.example.org/PYSEC-2023-192
    https://www.cve.org/CVERecord?id=CVE-2023-43804

"""


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("URLLIB3", EXPLAINED),
        ("libzlib", "`libzlib 1.2.13` was not audited: no source of advisories has zlib\n"),
        ("python", "`python 3.12.0` may be affected: 1 known vulnerability, unconfirmed\n"),
        ("requests", "`requests 2.31.0` has no known vulnerability\n"),
    ],
)
def test_one_package_is_explained(audit: Audit, tmp_path: Path, package: str, words: str) -> None:
    audited_project(tmp_path)
    done = audit("--explain", package)
    assert done.out.startswith(words)
    assert (done.code, done.err) == (0, "")
    assert not (tmp_path / ".envtool").exists()


def test_an_explanation_has_every_kind_of_range(audit: Audit, tmp_path: Path) -> None:
    ends = X400.affected[0].spans[0]._replace(fixed=None, last_affected="3.0.9")
    never = ends._replace(introduced="3.0.1", last_affected=None)
    affected = X400.affected[0]._replace(
        spans=(ends, never), versions=frozenset({"3.0.7", "3.0.6"})
    )
    bare = X400._replace(
        affected=(affected,), published=None, withdrawn=datetime(2026, 1, 1, tzinfo=UTC), ratings=()
    )
    database(tmp_path / "cache", [bare])
    audited_project(tmp_path, Entry("openssl", "3.0.7"), spec="dependencies: [openssl]\n")
    write_json(
        tmp_path / "x.json",
        {
            "@context": "https://openvex.dev/ns",
            "statements": [
                {
                    "vulnerability": "CVE-2023-0286",
                    "products": ["pkg:conda/openssl"],
                    "status": "fixed",
                }
            ],
        },
    )
    done = audit("--explain", "openssl").out
    assert "  comes in: an environment file lists it\n" in done
    assert "  unconfirmed CVE-2023-0286\n" in done
    assert "    withdrawn on 2026-01-01\n" in done
    assert "      affected: from 3.0.0 up to 3.0.9 (openssl)\n" in done
    assert "      affected: from 3.0.1 on (openssl)\n" in done
    assert "      affected: 2 versions, one by one\n" in done
    done = audit("--explain", "openssl", "--vex", "x.json").out
    assert done.startswith("`openssl 3.0.7` has no known vulnerability\n")
    assert "  not counted CVE-2023-0286\n" in done
    assert "    fixed (x.json)\n" in done


def test_a_part_of_a_product_is_told_as_one(audit: Audit, tmp_path: Path) -> None:
    server = advisory("BIT-postgresql-2024-1", "Bitnami/postgresql", "16.4", "CVE-2024-1")
    database(tmp_path / "cache", [server])
    audited_project(tmp_path, Entry("libpq", "16.1"), Entry("postgresql", "16.1"))
    done = audit()
    assert done.code == 1
    assert "1 vulnerable (1 advisory)" in done.first
    told = " ".join(done.out.split())
    assert "error postgresql 16.1 CVE-2024-1 fixed in 16.4" in told
    only = "the advisory is about all of postgresql, and this is only the client library"
    assert f"`libpq 16.1` may be affected: CVE-2024-1 ({only})" in told
    done = audit("--explain", "libpq")
    assert "known as: Bitnami: postgresql, only the client library (by a package URL" in done.out
    policy = "[audit.products]\nlibpq = ['Bitnami/postgresql']\n"
    audited_project(tmp_path, Entry("libpq", "16.1"), policy=policy)
    assert "1 vulnerable" in audit().first


def test_an_explanation_of_what_was_not_asked(audit: Audit, tmp_path: Path) -> None:
    audited_project(tmp_path)
    (tmp_path / "cache/advisories/database.sqlite").unlink()
    done = audit("--explain", "openssl")
    assert done.code == 5
    assert "not asked: osv:PyPI, openssl, osv:Bitnami: not in the database" in done.out
