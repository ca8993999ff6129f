"""One table of hostile names, through every format: nothing acts, nothing is lost."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import Envtool
from tests.judging import SHIPPED

HOSTILE = {
    "markup": "[bold red]numpy[/]",
    "link": "[link=https://evil.example]x[/link]",
    "brackets": "numpy[version='>=1.26']x",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "newline": "a\n::error file=x::owned",
    "carriage": "a\rb",
    "command": "::error::owned",
    "stop": "::stop-commands::x",
    "percent": "a%0Ab%25",
    "comma": "a,line=1::b",
    "html": "<img src=x onerror=alert(1)>&amp;",
    "markdown": "`x` [y](javascript:z) | **b** # @user",
    "table": "a | b\\| c",
    "right to left": "abc\u202egnp",
    "zero width": "num\u200bpy",
    "separator": "a\u2028b",
    "quotes": "\"'\\",
    "emoji": "\U0001f40d",
    "long": "x" * 3000,
}

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
# A bare control character, or one that reorders or hides text.
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e]")


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with the name as dependency, channel, key, pip line, name and variable."""
    name = json.dumps(request.param)
    (tmp_path / "environment.yml").write_text(
        f"name: {name}\n"
        f"channels: [{name}, conda-forge/label/x]\n"
        f"dependencies:\n- {name}\n- pip: [{name}]\n- numpy\n"
        f"variables: {{{name}: {name}, DB_PASSWORD: {name}}}\n"
        f"{name}: 1\nprefix: {name}\n",
        encoding="utf-8",
    )
    return tmp_path


def assert_one_table(text: str) -> None:
    """No cell ends early, no markup is left, and nobody is called."""
    for row in re.findall(r"^\| .*$", text, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert "<img" not in re.sub(r"`[^`]*`", "", text)
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"[@#]\w", re.sub(r"`[^`]*`", "", text).replace("&#8203;", "\u200b"))


@pytest.mark.parametrize("output", FORMATS)
def test_nothing_in_a_name_acts(envtool: Envtool, folder: Path, output: str) -> None:
    assert folder.exists()
    done = envtool("verify", "--profile", "strict", "-o", output, "--expand")
    assert done.code in {1, 2}
    assert not ACTING.search(done.out)
    assert "Traceback" not in done.err
    if output == "github":
        for line in done.out.splitlines():
            command = re.match(r"::(\w+) (.*?)::", line)
            assert (command is None) or command[1] in {"error", "warning", "notice"}
            assert command is not None or "::" not in line


def test_reports_are_valid_whatever_stands_in_them(envtool: Envtool, folder: Path) -> None:
    wanted = ("json=r.json", "sarif=r.sarif", "gitlab=g.json", "junit=j.xml", "markdown=m.md")
    done = envtool("verify", "--profile", "strict", *(f"-o{each}" for each in wanted))
    assert done.code in {1, 2}
    report = json.loads((folder / "r.json").read_text("ascii"))
    Draft202012Validator(json.loads(SHIPPED.result_schema())).validate(report)
    log = json.loads((folder / "r.sarif").read_text("ascii"))
    assert len(log["runs"][0]["results"]) == len(report["findings"])
    issues = json.loads((folder / "g.json").read_text("ascii"))
    assert len(issues) == len(report["findings"]) + len(report["failures"])
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    cases = list(ET.fromstring((folder / "j.xml").read_bytes()).iter("testcase"))
    assert len({(each.attrib["classname"], each.attrib["name"]) for each in cases}) == len(cases)
    assert {each["rule"] for each in report["findings"]} <= {each.attrib["name"] for each in cases}


def test_a_baseline_takes_any_name(envtool: Envtool, folder: Path) -> None:
    assert envtool("baseline", "create", "--profile", "strict").code in {0, 1}
    text = (folder / "envtool-baseline.json").read_text("ascii")
    assert not ACTING.search(text)
    number = len(json.loads(text)["findings"])
    assert len(text.splitlines()) == (number + 5 if number else 4)
    arguments = ("verify", "--profile", "strict", "--new-only", "-o", "json", "--fail-on", "info")
    report = json.loads(envtool(*arguments).out)
    opened = [each for each in report["findings"] if each["baseline"] == "new"]
    assert {each["rule"] for each in opened} <= {"secrets.secret-in-variables", "env.parse"}
    assert number or report["failures"]
    assert report["notes"] == []


def test_the_step_summary_is_one_table(
    envtool: Envtool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    envtool("verify", "--profile", "strict", "-o", "github")
    text = (folder / "summary.md").read_text("utf-8")
    assert not ACTING.search(text)
    assert_one_table(text)


def test_the_comment_is_one_table(envtool: Envtool, folder: Path) -> None:
    envtool("verify", "--profile", "strict", "-o", "markdown=m.md")
    text = (folder / "m.md").read_text("utf-8")
    assert re.match(r"\*\*(?:Failed|Not judged): .*\*\*\n", text)
    assert_one_table(text)


def test_colour_comes_from_us_alone(
    envtool: Envtool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = envtool("verify", "--profile", "strict").out
    assert folder.exists()
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = envtool("verify", "--profile", "strict").out
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
