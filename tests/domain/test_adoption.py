"""What a new policy takes over, and the texts of the files around it."""

import tomllib
from datetime import date

import pytest
import yaml

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.adoption import (
    Accepted,
    PolicyDraft,
    accept,
    dependabot_block,
    dependabot_text,
    ignore_line,
    reads_as_spec,
    workflow_text,
)
from envtool.domain.findings import Finding, Place, Severity
from envtool.domain.policy.records import Profile
from tests.judging import SHIPPED, TODAY, policy

TEMPLATE = SHIPPED.template("envtool.toml")


def finding(rule: str, package: str | None = None, path: str = "a.yml") -> Finding:
    return Finding(rule, Severity.ERROR, "m", Place(path), package=package)


ONE = {"a.yml": "a.yml"}
TWO = {"x/a.yml": "a.yml", "x/b[1].yml": "b[1].yml"}


@pytest.mark.parametrize(
    ("findings", "paths", "expected"),
    [
        ([], ONE, []),
        ([finding("pins.direct", "a"), finding("pins.direct", "b")], ONE, [("pins.direct", 2, False, None, None)]),
        ([finding("channels.allowed")], ONE, [("channels.allowed", 1, False, None, None)]),
        ([finding("env.parse"), finding("env.parse")], ONE, [("env.parse", 2, True, None, None)]),
        ([finding("env.contradiction", "b"), finding("env.contradiction", "a")], ONE, [("env.contradiction", 1, True, "b", None), ("env.contradiction", 1, True, "a", None)]),
        ([finding("env.contradiction", c) for c in "abcdef"], ONE, [("env.contradiction", 6, True, None, None)]),
        ([finding("env.contradiction", "a b")], ONE, [("env.contradiction", 1, True, None, None)]),
        ([finding("env.parse", path="x/b[1].yml")], TWO, [("env.parse", 1, True, None, "b[[]1].yml")]),
        ([finding("lock.hashes", path="x/conda-lock.yml")], TWO, [("lock.hashes", 1, True, None, None)]),
        ([finding("pins.direct"), finding("env.parse")], ONE, [("env.parse", 1, True, None, None), ("pins.direct", 1, False, None, None)]),
    ],
)  # fmt: skip
def test_errors_are_taken_over(
    findings: list[Finding], paths: dict[str, str], expected: list[tuple[object, ...]]
) -> None:
    assert [tuple(each) for each in accept(findings, paths)] == expected


def test_the_policy_says_what_was_taken_over_and_can_be_read() -> None:
    text = PolicyDraft(
        Profile.STRICT,
        TODAY,
        production=('a"b\\c\td.yml', "é.yml"),
        accepted=(
            Accepted("pins.direct", 12, waived=False),
            Accepted("env.parse", 1, waived=True, package="x", path="é.yml"),
        ),
    ).text(TEMPLATE)
    read = policy(text)
    assert not read.unknown
    assert read.policy.profile is Profile.STRICT
    assert read.policy.production_files == ('a"b\\c\td.yml', "é.yml")
    assert read.policy.severities["pins.direct"] is Severity.WARNING
    waiver = read.policy.waivers[0]
    assert (waiver.rule, waiver.package, waiver.path) == ("env.parse", "x", "é.yml")
    assert (waiver.expires - TODAY).days == read.policy.waiver_days
    assert '"pins.direct" = "warning"  # 12 findings\n' in text
    assert "[[waivers]]  # 1 finding\n" in text
    assert "# Errors of 2026-11-23" in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_a_policy_without_anything_to_take_over_is_one_line() -> None:
    text = PolicyDraft(Profile.RECOMMENDED, date(2026, 1, 1)).text(TEMPLATE)
    assert tomllib.loads(text) == {"profile": "recommended"}
    assert "2026" not in text
    files = PolicyDraft(Profile.RECOMMENDED, TODAY, development=("a.yml",)).text(TEMPLATE)
    assert tomllib.loads(files)["files"] == {"development": ["a.yml"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("- dependencies", False),
        ("dependencies: {a: b}", False),
        ("dependencies: [a, b=1]", True),
        ("dependencies: []\nname: x", True),
        ("dependencies: [a, {pip: [b]}]", True),
        ("dependencies: [{sel(linux): a}]\nchannels: []", True),
        ("dependencies: [{name: redis, version: '1'}]", False),
        ("apiVersion: v2\nname: chart\ndependencies: []", False),
        ("galaxy_info: {}\ndependencies: [role]", False),
    ],
)
def test_what_reads_as_an_environment_file(text: str, *, expected: bool) -> None:
    assert reads_as_spec(EventYaml().parse(text, "x.yml")) is expected


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (b"", ".envtool/\n"),
        (b"a\n", ".envtool/\n"),
        (b"a", "\n.envtool/\n"),
        (b"a\r\n", ".envtool/\r\n"),
        (b"\xff\n", ".envtool/\n"),
        (b"# .envtool/\n", ".envtool/\n"),
        (b".envtool\n", ""),
        (b"/.envtool/", ""),
        (b"  .envtool/  \r\na", ""),
    ],
)
def test_one_line_is_added_to_an_ignore(before: bytes, added: str) -> None:
    assert ignore_line(before) == added


def test_dependabot_gets_each_folder() -> None:
    block = dependabot_block(SHIPPED.template("dependabot-conda.yml"), ("/", '/a "b"'))
    text = dependabot_text(SHIPPED.template("dependabot.yml"), block)
    conda, actions = yaml.safe_load(text)["updates"]
    assert conda["package-ecosystem"] == "conda"
    assert conda["directories"] == ["/", '/a "b"']
    assert conda["schedule"] == {"interval": "weekly"}
    assert [each["applies-to"] for each in conda["groups"].values()] == [
        "security-updates",
        "version-updates",
    ]
    assert actions["package-ecosystem"] == "github-actions"


def test_dependabot_without_a_folder_looks_after_the_actions() -> None:
    block = dependabot_block(SHIPPED.template("dependabot-conda.yml"), ())
    text = dependabot_text(SHIPPED.template("dependabot.yml"), block)
    assert [each["package-ecosystem"] for each in yaml.safe_load(text)["updates"]] == [
        "github-actions"
    ]


def test_the_workflow_runs_the_command() -> None:
    text = workflow_text(SHIPPED.template("workflow.yml"), "envtool @ x@1", "envtool verify 'a b'")
    workflow = yaml.safe_load(text)
    # YAML 1.1 takes the key `on` for true.
    assert workflow[True] == {"push": None, "pull_request": None}
    assert workflow["permissions"] == {"contents": "read"}
    runs = [step["run"] for step in workflow["jobs"]["verify"]["steps"] if "run" in step]
    assert runs == ['python -m pip install "envtool @ x@1"', "envtool verify 'a b' -o github"]
