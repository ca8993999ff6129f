"""What other programs read: GitLab, JUnit and Markdown reports, whatever the run came to."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import Envtool
from tests.locking import Entry, lock_text

MIXED = """\
channels: [conda-forge, 'http://example.org/c']
dependencies:
- numpy
- numpy
- pandas  # envtool: ignore[pins.direct] not now
"""
# The keys of the first issue in GitLab's page on the format.
ISSUE = {"description", "check_name", "fingerprint", "severity", "location"}
# `junit-10.xsd`: what may stand in a test case, and what every suite says.
CASES = {"failure", "error", "skipped", "system-out"}
COUNTS = {"name", "tests", "failures", "errors", "skipped"}

RUNS: list[tuple[str, dict[str, str], tuple[str, ...], int]] = [
    ("passed", {"environment.yml": "channels: [conda-forge, nodefaults]\ndependencies: []\n"}, (), 0),
    ("failed", {"environment.yml": MIXED}, (), 1),
    ("broken", {"environment.yml": "a: ["}, (), 2),
    ("missing", {}, ("no.yml",), 2),
    ("nothing", {}, (), 2),
    ("bad policy", {"environment.yml": MIXED, "envtool.toml": "profile = 1\nfail-on = 7"}, (), 2),
    ("bad options", {"environment.yml": MIXED}, ("--diff",), 2),
    ("bad rule", {"environment.yml": MIXED}, ("--select", "nonsense"), 2),
]  # fmt: skip


@pytest.fixture(params=RUNS, ids=[name for name, *_ in RUNS])
def reports(request: pytest.FixtureRequest, envtool: Envtool, tmp_path: Path) -> tuple[Path, int]:
    """Every report of one run, and its exit status."""
    _, files, arguments, code = request.param
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    wanted = ("gitlab=g.json", "junit=j.xml", "markdown=m.md", "json=r.json", "sarif=s.sarif")
    done = envtool("verify", *arguments, *(f"-o{each}" for each in wanted))
    assert done.code == code
    return tmp_path, code


def test_gitlab(reports: tuple[Path, int]) -> None:
    folder, code = reports
    issues = json.loads((folder / "g.json").read_text("ascii"))
    report = json.loads((folder / "r.json").read_text("ascii"))
    open_findings = [each for each in report["findings"] if each["waived"] is None]
    assert len(issues) == len(open_findings) + len(report["failures"])
    for issue in issues:
        assert issue.keys() == ISSUE
        assert issue["severity"] in {"info", "minor", "major", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["location"]["path"]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert any(issue["severity"] == "blocker" for issue in issues) is (code == 2)


def test_junit(reports: tuple[Path, int]) -> None:
    folder, code = reports
    root = ET.fromstring((folder / "j.xml").read_text("utf-8"))
    assert root.tag == "testsuites"
    assert root.attrib.keys() == COUNTS - {"skipped"}
    cases = root.findall("testsuite/testcase")
    assert int(root.attrib["tests"]) == len(cases) > 0
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.attrib.keys() == COUNTS
    for case in cases:
        assert case.attrib.keys() == {"classname", "name"}
        assert {child.tag for child in case} <= CASES
        assert len(case) <= 1
    names = {(case.attrib["classname"], case.attrib["name"]) for case in cases}
    assert len(names) == len(cases)
    bad = int(root.attrib["failures"]), int(root.attrib["errors"])
    assert (bad[0] > 0 or bad[1] > 0) is (code != 0)
    assert (bad[1] > 0) is (code == 2)


def test_markdown(reports: tuple[Path, int]) -> None:
    folder, code = reports
    lines = (folder / "m.md").read_text("utf-8").splitlines()
    assert lines[0].startswith("**Passed" if code == 0 else ("**Failed", "**Not judged"))
    assert lines[0].endswith("**")


def test_what_each_finding_comes_to_in_junit(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(MIXED)
    root = ET.fromstring(envtool("verify", "-o", "junit").out)
    outcome = {
        case.attrib["name"]: [(each.tag, each.attrib.get("message")) for each in case]
        for case in root.iter("testcase")
    }
    assert outcome["channels.http"][0][0] == "failure"
    assert "`http://example.org/c`" in str(outcome["channels.http"][0][1])
    assert outcome["env.duplicate"] == [("system-out", None)]
    strict = ET.fromstring(envtool("verify", "-o", "junit", "--fail-on", "warning").out)
    (pins,) = [case for case in strict.iter("testcase") if case.attrib["name"] == "pins.direct"]
    assert pins[0].attrib["message"].endswith("(and 1 more)")
    assert str(pins[0].text).count("\n") == 1
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies:\n- pandas  # envtool: ignore[pins] later\n"
    )
    waived = ET.fromstring(envtool("verify", "-o", "junit").out)
    (case,) = [case for case in waived.iter("testcase") if case.attrib["name"] == "pins.direct"]
    assert (case[0].tag, case[0].attrib["message"]) == ("skipped", "waived: later")


MANY = lock_text(*(Entry(f"p{number}", md5="", sha256="") for number in range(3)))


@pytest.fixture
def thousands(tmp_path: Path) -> Path:
    """A project with 6,000 warnings and 6 errors, these at the end."""
    lines = [f"- p{number}" for number in range(6000)]
    text = "channels: [conda-forge]\ndependencies:\n" + "\n".join(lines) + "\n"
    (tmp_path / "environment.yml").write_text(text)
    bans = "\n".join(f"[[bans]]\npackage = 'p{5990 + number}'\nreason = 'r'" for number in range(6))
    (tmp_path / "envtool.toml").write_text(bans)
    return tmp_path


def test_sarif_keeps_the_worst_and_counts_the_rest(envtool: Envtool, thousands: Path) -> None:
    assert thousands.exists()
    run: Any = json.loads(envtool("verify", "-o", "sarif").out)["runs"][0]
    results = run["results"]
    assert len(results) == 5000
    assert [each["ruleId"] for each in results[:7]] == ["bans.deny"] * 6 + ["pins.direct"]
    assert results[-1]["message"]["text"] == (
        "1007 more findings are not listed: 1007 of pins.direct"
    )
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    assert len({each["partialFingerprints"]["envtool/v1"] for each in results}) == 5000


def test_the_other_reports_of_thousands(envtool: Envtool, thousands: Path) -> None:
    envtool("verify", "-o", "gitlab=g.json", "-o", "junit=j.xml", "-o", "markdown=m.md")
    assert len(json.loads((thousands / "g.json").read_text())) == 6006
    text = (thousands / "m.md").read_text("utf-8")
    assert len(text) <= 65_536
    listed = len(re.findall(r"^\| (?:error|warning) \|", text, re.MULTILINE))
    assert text.index("| error |") < text.index("<details>") < text.index("| warning |")
    assert f"\n{6006 - listed} more findings are not listed\n" in text
    root = ET.fromstring((thousands / "j.xml").read_text("utf-8"))
    (output,) = root.iter("system-out")
    assert str(output.text).endswith("and 5800 more")


def test_a_message_is_cut_short(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(f"dependencies: [{'x' * 3000}]\n")
    assert " ..." in envtool("verify", "-o", "markdown").out
    log = json.loads(envtool("verify", "-o", "sarif").out)
    assert max(len(each["message"]["text"]) for each in log["runs"][0]["results"]) < 2100


def test_diff_as_markdown(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(
        lock_text(Entry("same"), Entry("gone"), Entry("x|y", manager="pip"))
    )
    (tmp_path / "b").write_text(lock_text(Entry("same"), Entry("x|y", "2.0", manager="pip")))
    assert envtool("diff", "a", "b", "-o", "markdown").out == (
        "**1 up, 1 removed: a \\-\\> b**\n"
        "\n"
        "| change | package | before | after | platforms |\n"
        "|---|---|---|---|---|\n"
        "| up | `x\u2223y` (pip) | 1.0 | 2.0 | all |\n"
        "| removed | `gone` | 1.0 |  | all |\n"
    )
    assert envtool("diff", "a", "a", "-o", "markdown").out == "**No change: a \\-\\> a**\n"
    assert envtool("diff", "a", "c.yml", "-o", "markdown").out.startswith("**Failed: `c.yml`")


def test_a_long_diff_is_cut_short(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(lock_text())
    (tmp_path / "b").write_text(lock_text(*(Entry(f"p{number}") for number in range(3000))))
    text = envtool("diff", "a", "b", "-o", "markdown").out
    assert len(text) <= 65_536
    assert re.search(r"\n\d+ more changes are not listed\n$", text)
