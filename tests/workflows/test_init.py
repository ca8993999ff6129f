"""`envtool init`: what is written, what is kept, and what stops it."""

import json
import os
from pathlib import Path

import pytest
import yaml

from envtool.domain.dependabot import read_updates
from tests.conftest import Envtool
from tests.workflows.test_verify import CLEAN, HTTP, write

BASE = "name: base\n" + CLEAN
TOKEN = "channels: [https://u:secret1234@example.org/c]\ndependencies: []\n"  # noqa: S105 - made up
PASSWORD = CLEAN + "variables: {DB_PASSWORD: hunter2}\n"
BAD = CLEAN + "- a=>1\n"
REPOSITORY = {".git/HEAD": ""}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


NEW = {
    "envtool.toml",
    ".gitignore",
    ".github/dependabot.yml",
    ".github/workflows/envtool.yml",
    ".github/workflows/envtool-audit.yml",
}

# Files, arguments, and the folder that holds the policy.
SET_UP: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
    ("clean", {"environment.yml": CLEAN}, ()),
    ("errors", {"environment.yml": HTTP, "environment-dev.yml": BASE}, ()),
    ("strict", {"environment.yml": HTTP + "- scipy\n"}, ("--profile", "strict")),
    ("another name", {"py312.yml": BAD}, ()),
    ("below", {"docs/environment.yml": CLEAN, "ci/x.yaml": BASE, "chart/y.yaml": "dependencies: [{name: a}]\n"}, ()),
    ("nested paths", {"a.yml": BASE, "x/a.yml": BASE, "x/x/a.yml": CLEAN}, ()),
    ("a lock", {"a.yml": CLEAN, "l.yml": "package: []\nmetadata: {}\ndependencies: []\n"}, ()),
    ("two errors", {"environment.yml": HTTP + "- a=>1\n- b=>1\n"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "arguments"), [case[1:] for case in SET_UP], ids=[case[0] for case in SET_UP]
)
def test_a_repository_is_set_up_and_passes(
    envtool: Envtool, tmp_path: Path, files: dict[str, str], arguments: tuple[str, ...]
) -> None:
    write(tmp_path, REPOSITORY | files)
    before = tree(tmp_path)
    planned = envtool("init", "--dry-run", *arguments)
    assert planned.first == "Would write 5 files: with them `envtool verify` passes"
    assert tree(tmp_path) == before
    done = envtool("init", *arguments)
    assert (done.code, done.err) == (0, "")
    after = tree(tmp_path)
    assert set(after) - set(before) == NEW
    assert {path: text for path, text in after.items() if path in before} == before
    assert envtool("verify").code == 0
    again = envtool("init")
    assert again.first == "Changed nothing: everything is there, and `envtool verify` passes"
    assert tree(tmp_path) == after


@pytest.mark.parametrize(
    ("files", "arguments", "code", "words"),
    [
        ({}, (), 2, "error: no environment file in"),
        ({"x.yml": "dependencies: [{name: a}]"}, (), 2, "error: no environment file in"),
        ({"environment.yml": CLEAN}, ("nowhere",), 2, "error: `nowhere` is no folder"),
        ({"environment.yml": "a: ["}, (), 2, "Wrote nothing: `environment.yml` was not judged: not YAML"),
        ({"x.yml": "dependencies: ["}, (), 2, "Wrote nothing: `x.yml` was not judged: not YAML"),
        ({"environment.yml": TOKEN}, (), 1, "Wrote nothing: 1 credential that a policy can not accept"),
        ({"environment.yml": PASSWORD, "environment-dev.yml": TOKEN}, (), 1, "Wrote nothing: 2 credentials that"),
        ({"environment.yml": BASE, "envtool.toml": ""}, (), 1, "Wrote nothing: 1 error that `envtool.toml` does not allow"),
        ({"environment.yml": TOKEN, "envtool.toml": "rules.channels = 'info'"}, (), 1, "Wrote nothing: 1 credential"),
        ({"environment.yml": CLEAN, "envtool.toml": "x = "}, (), 2, "error: envtool.toml:1:1: not TOML: the value is missing"),
        ({"environment.yml": CLEAN, "envtool.toml": "profile = 1\nx = 1"}, (), 2, "error: envtool.toml:1:1: `profile` must be one of `strict`, `recommended` (and 1"),
        ({"environment.yml": CLEAN, "envtool.toml": ""}, ("--profile", "strict"), 2, "error: `--profile` is for a new policy"),
        ({"a/x": "", "envtool.toml": ""}, (), 2, "Wrote nothing: no environment file in `.`"),
        ({"environment.yml": CLEAN, ".github": ""}, (), 2, "error: `.github` is no folder of its own"),
        ({"environment.yml": CLEAN, ".gitignore/x": ""}, (), 2, "error: `.gitignore` is a folder"),
        ({"a$b/environment.yml": CLEAN}, ("a$b",), 2, "error: a workflow can not name the folder `a$b`"),
        ({"environment.yml": CLEAN}, ("-o", "sarif"), 2, "error: there is no output format `sarif`"),
    ],
)  # fmt: skip
def test_what_stops_it_leaves_everything_as_it_was(
    envtool: Envtool,
    tmp_path: Path,
    files: dict[str, str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    write(tmp_path, REPOSITORY | files)
    before = tree(tmp_path)
    done = envtool("init", *arguments)
    assert done.first.startswith(words)
    assert done.code == code
    assert tree(tmp_path) == before
    assert "secret1234" not in done.out
    assert "hunter2" not in done.out
    assert "hint: " in done.out + done.err or "fix: " in done.out or "`" in done.first


@pytest.mark.parametrize("link", [".gitignore", ".github", ".github/workflows", "envtool.toml"])
def test_nothing_is_written_through_a_link(envtool: Envtool, tmp_path: Path, link: str) -> None:
    write(tmp_path, REPOSITORY | {"environment.yml": CLEAN, "outside/x": ""})
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(
        os.path.relpath(tmp_path / "outside" / "new", (tmp_path / link).parent)
    )
    before = tree(tmp_path)
    done = envtool("init")
    assert done.code == 2
    assert f"`{link}` is " in done.first
    assert tree(tmp_path) == before


def test_an_ignore_that_is_a_link_to_a_file_is_left_alone(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, REPOSITORY | {"environment.yml": CLEAN, "outside": "x\n"})
    (tmp_path / ".gitignore").symlink_to("outside")
    done = envtool("init")
    assert done.first.startswith("error: `.gitignore` is a link")
    assert (tmp_path / "outside").read_text() == "x\n"
    assert not (tmp_path / "envtool.toml").exists()


def test_the_ignore_grows_by_one_line(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, REPOSITORY | {"environment.yml": CLEAN})
    (tmp_path / ".gitignore").write_bytes(b"build/\r\n\xff")
    assert "added to  .gitignore" in envtool("init").out
    assert (tmp_path / ".gitignore").read_bytes() == b"build/\r\n\xff\n.envtool/\n"


def test_a_project_below_the_top_gets_its_github_files_at_the_top(
    envtool: Envtool, tmp_path: Path
) -> None:
    write(tmp_path, REPOSITORY | {"services/api v2/environment.yml": BASE})
    assert envtool("init", "services/api v2").code == 0
    workflow = (tmp_path / ".github/workflows/envtool.yml").read_text()
    assert "run: envtool verify 'services/api v2' -o github" in workflow
    updates = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text())["updates"]
    assert updates[0]["directories"] == ["/services/api v2"]
    assert (tmp_path / "services/api v2/envtool.toml").exists()
    assert envtool("verify", "services/api v2").code == 0


def test_a_second_project_is_told_what_to_add(envtool: Envtool, tmp_path: Path) -> None:
    write(
        tmp_path,
        REPOSITORY | {"environment.yml": CLEAN, "b/environment.yml": CLEAN, "b/envtool.toml": ""},
    )
    assert envtool("init").code == 0
    done = envtool("init", "b")
    assert done.code == 0
    shown = done.out.splitlines()
    assert "    - run: envtool verify b" in shown
    assert '          - "/b"' in shown
    assert envtool("init", "b", "-o", "json").code == 0


SEVERAL = {
    "a/environment.yml": CLEAN,
    "a/environment-dev.yml": CLEAN.replace("numpy=1.26.4", "pytest=8.1.1"),
    "b c/environment.yml": CLEAN,
}


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (SEVERAL, ["/a", "/b c"]),
        ({"environment.yml": CLEAN, "services/api/environment.yml": CLEAN}, ["/", "/services/api"]),
        (SEVERAL | {"a/envtool.toml": "", "c/environment.yml": CLEAN}, ["/b c", "/c"]),
    ],
)
def test_several_projects_stay_several(
    envtool: Envtool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    folders: list[str],
) -> None:
    write(tmp_path, REPOSITORY | files)
    done = envtool("init")
    assert done.first == "Wrote 5 files: with them `envtool verify -r` passes"
    assert "files" not in (tmp_path / "envtool.toml").read_text().partition("\nprofile")[2]
    updates = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text())["updates"]
    assert updates[0]["directories"] == folders
    assert (
        "run: envtool verify -r -o github"
        in (tmp_path / ".github/workflows/envtool.yml").read_text()
    )
    job = yaml.safe_load((tmp_path / ".github/workflows/envtool-audit.yml").read_text())["jobs"]
    places = [each.strip("/") or "." for each in folders]
    assert job["audit"]["strategy"]["matrix"]["project"] == places
    assert 'envtool audit "$PROJECT" --since' in job["audit"]["steps"][4]["run"]
    again = envtool("init")
    assert again.first == "Changed nothing: everything is there, and `envtool verify -r` passes"
    for place in places:
        monkeypatch.chdir(tmp_path / place)
        shown = envtool("verify")
        assert (shown.code, "env.dependabot" in shown.out) == (0, False)
    monkeypatch.chdir(tmp_path)
    shown = envtool("verify", "-r", "--ignore", "waivers")
    assert (shown.code, "Passed: " in shown.first) == (0, True)


def test_steps_for_several_projects_are_told(envtool: Envtool, tmp_path: Path) -> None:
    write(
        tmp_path,
        REPOSITORY
        | SEVERAL
        | {".github/workflows/audit.yml": "- run: envtool audit a\n- run: envtool verify\n"},
    )
    shown = envtool("init").out.splitlines()
    assert "    - run: envtool verify -r" in shown
    assert "    - run: envtool audit 'b c'" in shown
    assert "    - run: envtool audit a" not in shown


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        (".github/workflows/ci.yml", "- run: envtool verify", ""),
        (".github/workflows/ci.yaml", "- run: envtool verify docs", ""),
        (".github/workflows/envtool.yml", "on: push", "- run: envtool verify"),
        (".github/workflows/weekly.yml", "- run: envtool audit", ""),
        (".github/workflows/envtool-audit.yaml", "on: push", "- run: envtool audit"),
        (".github/dependabot.yaml", "updates: [", "can not be read: not YAML"),
        (".github/dependabot.yml", "version: 2\nupdates: []", "add by hand below `updates:`"),
        (".github/dependabot.yml", "updates: [{package-ecosystem: conda, directory: /}]", ""),
        ("pyproject.toml", "[tool.envtool]", ""),
    ],
)
def test_what_is_there_is_kept(
    envtool: Envtool, tmp_path: Path, path: str, text: str, words: str
) -> None:
    write(tmp_path, REPOSITORY | {"environment.yml": CLEAN, path: text})
    (tmp_path / ".github/workflows/folder.yml").mkdir(parents=True)
    write(tmp_path, {".github/workflows/other.yml": "on: push"})
    done = envtool("init")
    assert done.code == 0
    lines = done.out.splitlines()
    kept = lines.index(f"  kept      {path}")
    assert (tmp_path / path).read_text() == text
    notes = "\n".join(lines[kept + 1 :])
    assert words in notes
    assert ("    add by hand" in notes or "can not be read" in notes) is bool(words)
    left = "what is left to add by hand stands below" if words else "everything is there"
    assert (
        envtool("init").first
        == f"Changed nothing: {left}{';' if words else ', and'} `envtool verify` passes"
    )


def test_dependabot_is_told_only_of_files_that_it_reads(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, REPOSITORY | {"env.yml": CLEAN})
    assert "Dependabot reads `environment.yml` only, and there is none" in envtool("init").out
    updates, _ = read_updates(None, "x")
    assert not updates
    assert "conda\n" not in (tmp_path / ".github/dependabot.yml").read_text()


def test_the_policy_names_files_of_other_names_with_their_roles(
    envtool: Envtool, tmp_path: Path
) -> None:
    files = {
        "envs/py312.yml": CLEAN,
        "docs/rtd.yaml": CLEAN,
        "broken.yml": "dependencies: [",
        "a\x07.yml": CLEAN,
    }
    write(tmp_path, REPOSITORY | files)
    done = envtool("init")
    assert done.code == 0
    assert "left out  broken.yml: can not be read as an environment file" in done.out
    assert r"left out  a\x07.yml: a policy can not name it" in done.out
    data = json.loads(envtool("verify", "-o", "json").out)["data"]
    assert [(each["path"], each["role"]) for each in data["files"]] == [
        ("envs/py312.yml", "production"),
        ("docs/rtd.yaml", "development"),
    ]


def test_files_that_can_not_be_read_are_no_environment_files(
    envtool: Envtool, tmp_path: Path
) -> None:
    write(tmp_path, REPOSITORY | {"a.yml": CLEAN, "c.yml": "name: x", "d.txt": CLEAN})
    os.mkfifo(tmp_path / "b.yml")
    assert envtool("init").code == 0


def test_what_was_accepted_is_said_and_still_visible(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, REPOSITORY | {"environment.yml": HTTP + "- scipy\n- pandas=1\n- pandas=2\n"})
    done = envtool("init", "--profile", "strict")
    assert "  accepted  channels.http: 1 finding, waived for 90 days" in done.out
    assert "  accepted  env.contradiction: 1 finding of pandas, waived for 90 days" in done.out
    assert "  accepted  pins.direct: 3 findings, reported as warnings" in done.out
    shown = envtool("verify")
    assert shown.code == 0
    assert "2 waived" in shown.first
    assert "warning[pins.direct]" in shown.out
    write(tmp_path, {"environment.yml": HTTP + "- numpy=2\n"})
    assert "error[env.contradiction]" in envtool("verify").out


def test_a_folder_without_git_is_its_own_top(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"project/src/x": "", "project/environment.yml": CLEAN})
    monkeypatch.chdir(tmp_path / "project" / "src")
    assert envtool("init", "..").code == 0
    assert set(tree(tmp_path / "project")) >= NEW


def test_the_plan_as_json(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, REPOSITORY | {"environment.yml": BASE})
    data = json.loads(envtool("init", "--dry-run", "-o", "json").out)["data"]
    assert data["dry_run"]
    assert [(each["path"], each["action"]) for each in data["files"]] == [
        ("envtool.toml", "write"),
        (".gitignore", "write"),
        (".github/dependabot.yml", "write"),
        (".github/workflows/envtool.yml", "write"),
        (".github/workflows/envtool-audit.yml", "write"),
    ]
    assert data["accepted"] == [
        {"rule": "env.base-target", "findings": 1, "how": "waived", "package": None}
    ]
