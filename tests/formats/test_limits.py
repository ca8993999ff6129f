"""Reports stay below what their readers take, whatever there is to say."""

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import shake_256
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from envtool.domain.findings import Finding, Place, Severity, Waived
from envtool.domain.results import Failure, Json, Result, Skip
from envtool.domain.rules import BY_ID
from envtool.errors import ExitCode
from envtool.formats import changes, gitlab, junit, markdown, sarif

RULES = tuple(BY_ID)
# Every character of it grows when it is escaped.
GROWING = "&<@|#" * 200
WAIVED = Waived("later", Place("envtool.toml", 1))
FAILURE = Failure(ExitCode.UNREADABLE, "unreadable", Place("a.yml", 1), ("try again",))
EMPTY = Result(command="verify", headline="Failed: much")


def finding(number: int, **others: Any) -> Finding:
    base = Finding("pins.direct", Severity.WARNING, "no pin", Place("a.yml", number + 1), "- x")
    return base._replace(**others)


def findings(number: int, make: Callable[[int], Finding] = finding) -> Result:
    return replace(EMPTY, findings=tuple(make(each) for each in range(number)))


def noise(seed: int, length: int) -> str:
    """Text that no compression makes much smaller."""
    digest = shake_256(str(seed).encode()).digest(2 * length)
    pairs = zip(digest[::2], digest[1::2], strict=True)
    return "".join(chr(0x4E00 + (256 * high + low) % 0x5000) for high, low in pairs)


def sarif_of(result: Result) -> Any:
    return json.loads(sarif.render(result))["runs"][0]


LARGE = {
    "messages": findings(5000, lambda n: finding(n, message=noise(n, 900))),
    "failures": replace(
        EMPTY,
        failures=tuple(Failure(ExitCode.UNREADABLE, noise(n, 900)) for n in range(5000)),
    ),
}


@pytest.mark.parametrize("result", LARGE.values(), ids=LARGE)
def test_sarif_that_can_not_be_compressed_is_cut_further(result: Result) -> None:
    text = sarif.render(result)
    assert len(zlib.compress(text.encode("ascii"), 6)) < 10_000_000
    run = json.loads(text)["runs"][0]
    listed = run["results"] or run["invocations"][0]["toolExecutionNotifications"]
    assert 600 < len(listed) < 5000
    counted = re.match(r"(\d+) more", listed[-1]["message"]["text"])
    assert counted
    assert len(listed) - 1 + int(counted[1]) == 5000


def test_a_reason_is_cut_short_in_sarif() -> None:
    waived = WAIVED._replace(reason="x" * 3000)
    (result,) = sarif_of(findings(1, lambda n: finding(n, waived=waived)))["results"]
    assert len(result["suppressions"][0]["justification"]) == 1000


def test_sarif_counts_every_rule_that_is_left_out() -> None:
    run = sarif_of(findings(30_000, lambda n: finding(n, rule=RULES[n % len(RULES)])))
    assert len(run["results"]) == 5000
    listed: dict[str, int] = {}
    for each in run["results"][:-1]:
        listed[each["ruleId"]] = listed.get(each["ruleId"], 0) + 1
    text = run["results"][-1]["message"]["text"]
    left = {rule: int(number) for number, rule in re.findall(r"(\d+) of ([\w.-]+)", text)}
    assert text.startswith("25001 more findings are not listed: ")
    for index, rule in enumerate(RULES):
        total = len(range(index, 30_000, len(RULES)))
        assert listed.get(rule, 0) + left.get(rule, 0) == total


def test_sarif_with_as_many_results_as_are_shown_is_whole() -> None:
    assert {each["ruleId"] for each in sarif_of(findings(5000))["results"]} == {"pins.direct"}


@pytest.mark.parametrize(("opened", "is_suppressed"), [(4000, True), (5500, False)])
def test_sarif_opens_no_alert_for_what_is_waived(opened: int, *, is_suppressed: bool) -> None:
    result = findings(6000, lambda n: finding(n, waived=None if n < opened else WAIVED))
    assert ("suppressions" in sarif_of(result)["results"][-1]) is is_suppressed


FULL = {
    "headline": replace(EMPTY, headline=GROWING * 60),
    "failures": replace(
        EMPTY, failures=(Failure(ExitCode.UNREADABLE, GROWING, None, (GROWING,) * 3),) * 30
    ),
    "skipped": replace(EMPTY, skipped=(Skip(GROWING, GROWING),) * 30),
    "notes": replace(EMPTY, notes=(GROWING,) * 50),
    "findings": findings(
        3000, lambda n: finding(n, message=GROWING, fix=GROWING, place=Place(GROWING, n))
    ),
}
FULL["all"] = replace(
    FULL["findings"],
    headline=FULL["headline"].headline,
    failures=FULL["failures"].failures,
    skipped=FULL["skipped"].skipped,
    notes=FULL["notes"].notes,
)


@pytest.mark.parametrize("result", FULL.values(), ids=FULL)
def test_a_comment_fits_and_counts_what_is_left_out(result: Result) -> None:
    text = markdown.comment(result)
    assert len(text) <= 65_536
    shapes = {
        "could not be judged": (r"^- not judged", result.failures),
        "skipped checks are not listed": (r"^skipped: ", result.skipped),
        "findings are not listed": (r"^\| warning \|", result.findings),
    }
    for words, (shape, items) in shapes.items():
        counted = re.search(rf"^(\d+) more {words}$", text, re.MULTILINE)
        listed = len(re.findall(shape, text, re.MULTILINE))
        assert listed + (int(counted[1]) if counted else 0) == len(items)
    assert not result.findings or "| warning |" in text


def test_a_diff_fits_whatever_changed() -> None:
    change: Json = {
        "kind": "added",
        "name": GROWING,
        "manager": "conda",
        "before": None,
        "after": GROWING,
        "everywhere": False,
        "platforms": [GROWING],
    }
    result = replace(EMPTY, headline=GROWING * 60, data={"changes": [change] * 100})
    text = changes.render_markdown(result)
    assert len(text) <= 65_536
    listed = len(re.findall(r"^\| added \|", text, re.MULTILINE))
    assert listed
    assert text.endswith(f"\n{100 - listed} more changes are not listed\n")


@pytest.mark.parametrize("text", ["@user", "see #1", "owner/name#1", "`a`b` @user", "\\@user"])
def test_nobody_is_called(text: str) -> None:
    """GitHub reads names and numbers after Markdown took the backslashes away."""
    outside = re.sub(r"`[^`]*`", "", markdown.prose(text)).replace("\\", "")
    assert not re.search(r"[@#]\w", outside.replace("&#8203;", "\u200b"))
    assert re.search("[@#]\u200b", outside.replace("&#8203;", "\u200b"))


def cases(result: Result) -> dict[tuple[str, str], ET.Element]:
    """What each test case of the report came to, by class and name, which are unique."""
    found = list(ET.fromstring(junit.render(result)).iter("testcase"))
    named = {(each.attrib["classname"], each.attrib["name"]): each[0] for each in found}
    assert len(named) == len(found)
    return named


def test_junit_has_each_case_once() -> None:
    others = (FAILURE._replace(message="worse"), Failure(ExitCode.TOOL_FAILED, "no git"))
    skipped = (Skip("x", "one"), Skip("x", "two"), Skip("y", "three"))
    failed = cases(replace(EMPTY, failures=(FAILURE, *others), skipped=skipped))
    assert len(failed) == 2
    error = failed["a.yml", "envtool verify"]
    assert error.attrib["message"] == "unreadable (and 1 more)"
    assert error.text == "unreadable\ntry again\nworse\ntry again"
    passed = cases(replace(EMPTY, skipped=skipped))
    assert passed["envtool", "x"].attrib["message"] == "one (and 1 more)"
    assert passed["envtool", "y"].attrib["message"] == "three"


def test_gitlab_tells_equal_findings_apart_without_their_lines() -> None:
    def prints(first: int) -> list[str]:
        result = findings(3, lambda n: finding(first + n))
        return [each["fingerprint"] for each in json.loads(gitlab.render(result))]

    assert prints(0) == prints(100)
    assert len(set(prints(0))) == 3
