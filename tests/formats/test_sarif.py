"""SARIF as GitHub's code scanning wants it."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import Envtool

TEXT = "channels: [conda-forge]\ndependencies:\n- numpy\n- pandas  # envtool: ignore[pins] ok\n"


def run_of(envtool: Envtool, *arguments: str) -> Any:
    return json.loads(envtool("verify", "-o", "sarif", *arguments).out)["runs"][0]


def test_every_result_has_a_rule_a_region_and_a_fingerprint(
    envtool: Envtool, tmp_path: Path
) -> None:
    (tmp_path / "environment.yml").write_text("dependencies:\n- numpy\n")
    run = run_of(envtool)
    assert run["results"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
        assert len(result["partialFingerprints"]["envtool/v1"]) == 32


def test_fingerprints_stay_when_a_finding_moves(envtool: Envtool, tmp_path: Path) -> None:
    def prints() -> list[str]:
        return [each["partialFingerprints"]["envtool/v1"] for each in run_of(envtool)["results"]]

    path = tmp_path / "environment.yml"
    path.write_text(TEXT + "- numpy\n- numpy\n")
    before = prints()
    path.write_text("# moved\n\n" + TEXT + "- numpy\n- numpy\n")
    assert prints() == before
    assert len(set(before)) == len(before)


def test_what_is_accepted_is_suppressed_and_says_why(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(TEXT)
    waiver = "[[waivers]]\nrule='pins'\npackage='numpy'\nreason='r'\nowner='o'\nexpires=2027-01-01"
    (tmp_path / "envtool.toml").write_text(waiver)
    run = run_of(envtool, "--as-of", "2026-11-23")
    kinds = [each["suppressions"][0] for each in run["results"]]
    assert kinds == [
        {"kind": "external", "justification": "r"},
        {"kind": "inSource", "justification": "ok"},
    ]


def test_a_failure_is_a_notification(envtool: Envtool) -> None:
    run = run_of(envtool, "nothing.yml")
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    (notification,) = invocation["toolExecutionNotifications"]
    assert "does not exist" in notification["message"]["text"]


def test_an_error_before_any_file_is_a_report_too(envtool: Envtool) -> None:
    done = envtool("verify", "-o", "sarif", "--select", "nonsense")
    assert done.code == 2
    run = json.loads(done.out)["runs"][0]
    assert "nonsense" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
