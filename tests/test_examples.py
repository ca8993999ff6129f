"""What the examples promise, and that envtool holds itself to what it asks."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from envtool.domain.policy.waiving import ALWAYS
from envtool.domain.rules import BY_ID, RULES
from tests.conftest import Envtool

ROOT = Path(__file__).parent.parent
DAY = ("--as-of", "2026-11-23")
# What conda-forge calls otherwise than PyPI.
NAMES = {
    "fastapi-core": "fastapi",
    "psycopg2": "psycopg2-binary",
    "python-installer": "installer",
}


@pytest.fixture
def here(envtool: Envtool, monkeypatch: pytest.MonkeyPatch) -> Envtool:
    """Runs envtool at the top of the repository."""
    monkeypatch.chdir(ROOT)
    return envtool


def test_the_service_passes_strict(here: Envtool) -> None:
    assert here("policy", "show", "examples/service").first.endswith("profile `strict`")
    done = here("verify", "examples/service")
    assert done.code == 0
    assert done.first == "Passed: 4 files"
    assert here("lock", "examples/service", "--check").first.startswith("Up to date: ")


def test_the_neglected_twin_breaks_every_rule(here: Envtool) -> None:
    done = here("verify", "examples/neglected", *DAY, "-o", "json")
    findings = json.loads(done.out)["findings"]
    counts = Counter(each["rule"] for each in findings if each["waived"] is None)
    assert counts.keys() == BY_ID.keys() - {"lock.present"} - {
        each.id for each in RULES if each.elsewhere
    }
    # Two lines that exclude each other can not both be in the lock.
    assert {rule for rule, count in counts.items() if count > 1} == {"lock.in-sync"}
    assert done.code == 2
    assert "lock.present" in here("verify", "examples/everyday", "--profile", "strict").out


def test_each_bad_line_names_its_rule(here: Envtool) -> None:
    done = here("verify", "examples/neglected", *DAY, "-o", "json")
    for finding in json.loads(done.out)["findings"]:
        place = finding["place"]
        text = (ROOT / place["path"]).read_text("utf-8").splitlines()
        in_general = {"env.merge-conflict", "lock.in-sync", "lock.complete", "lock.records-missing"}
        if finding["waived"] is None and finding["rule"] not in in_general:
            near = " ".join(text[max((place["line"] or 1) - 3, 0) : place["line"] or 1])
            assert finding["rule"] in near


def test_what_can_be_accepted_at_its_line_has_one(here: Envtool) -> None:
    """What `envtool explain` promises: a line in a file that people write, or none."""
    found = json.loads(here("verify", "examples/neglected", *DAY, "-o", "json").out)
    written = {each["path"] for each in found["data"]["files"] if each["role"] != "lock"}
    for finding in found["findings"]:
        place, rule = finding["place"], BY_ID[finding["rule"]]
        has_line = place["path"] in written and place["line"]
        if rule.family not in ALWAYS and rule.id != "env.parse":
            assert rule.has_line is bool(has_line) or rule.id == "env.dependabot"


def test_envtool_holds_itself_to_strict(here: Envtool) -> None:
    assert here("verify").out == "Passed: environment.yml and environment-dev.yml\n"
    assert "strict" in here("policy", "show").first


def test_our_own_environment_files_agree_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    ranges = {
        each.name.lower(): each for each in map(Requirement, project["dependencies"] + extras)
    }
    for file in ("environment.yml", "environment-dev.yml"):
        for name, version in re.findall(
            r"^  - ([\w-]+)==?(\S+)$", (ROOT / file).read_text(), re.MULTILINE
        ):
            named = NAMES.get(name, name)
            if named in ranges:
                assert ranges.pop(named).specifier.contains(version), f"{name} in {file}"
    assert {name for name in ranges if not name.startswith("types-")} == set()
