"""The files through which other tools run envtool: they parse, and what they type exists."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from envtool.cli.app import application
from tests.audits import audited_project, database
from tests.workflows.test_verify import CLEAN, HTTP, write

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"
ACTION = ROOT / ".github/actions/verify/action.yml"
GITLAB = ROOT / ".gitlab/envtool.gitlab-ci.yml"
README = ROOT / "README.md"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def typed() -> set[str]:
    """Every command `envtool ...` in these files, up to the end of its line."""
    texts = [path.read_text(encoding="utf-8") for path in (HOOKS, ACTION, GITLAB)]
    recipes = README.read_text(encoding="utf-8").partition("## Recipes")[2]
    texts += re.findall(r"```yaml\n(.*?)```", recipes, re.DOTALL)
    line = re.compile(r"^[ -]*(?:(?:run|entry): )?(envtool [^\n#]+)", re.MULTILINE)
    return {found for text in texts for found in line.findall(text)}


def test_every_command_that_is_typed_exists() -> None:
    found = typed()
    assert len(found) >= 4
    commands: Any = typer.main.get_command(application())
    for line in found:
        _, verb, *words = line.split()
        assert verb in commands.commands, line
        command = commands.commands[verb]
        params = getattr(command, "checking", command).params
        known = {option for each in params for option in each.opts}
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert options <= known, line


def test_the_yaml_recipes_of_the_readme_parse() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        assert yaml.safe_load(block)


def test_the_hooks() -> None:
    hooks = load(HOOKS)
    assert [each["id"] for each in hooks] == ["envtool-verify", "envtool-fix"]
    for hook in hooks:
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
    judged = re.compile(hooks[0]["files"])
    for name in ("environment.yml", "docs/environment-dev.yaml", "ci/env-3.12.yml", "envtool.toml"):
        assert judged.search(name)
    for name in (
        "conda-lock.yml",
        "a/pyproject.toml",
        "pixi.lock",
        ".github/dependabot.yml",
        "b/envtool-baseline.json",
    ):
        assert judged.search(name)
    for name in ("README.md", "src/environment.py", "mkdocs.yml", "a/poetry.lock"):
        assert not judged.search(name)


def steps() -> list[dict[str, Any]]:
    return [step for step in load(ACTION)["runs"]["steps"] if "run" in step]


def test_the_action_puts_no_input_into_a_script() -> None:
    inputs = load(ACTION)["inputs"]
    assert set(inputs) == {"args", "sarif"}
    for step in steps():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


@pytest.mark.parametrize(
    ("text", "arguments", "sarif", "code", "words"),
    [
        (CLEAN, "", "", 0, "Passed: environment.yml"),
        (HTTP, "", "out put.sarif", 1, "::error file=environment.yml,line=1"),
        (HTTP, "environment.yml --ignore channels", "x.sarif", 0, "Passed: environment.yml"),
    ],
)
def test_the_action_runs(
    tmp_path: Path, text: str, arguments: str, sarif: str, code: int, words: str
) -> None:
    write(tmp_path, {"project/environment.yml": text, "envtool/bin/activate": f"PATH={BIN}:$PATH"})
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps()[1]["run"]],  # noqa: S607
        cwd=tmp_path / "project",
        env=os.environ | {"RUNNER_TEMP": str(tmp_path), "ARGS": arguments, "SARIF": sarif},
        capture_output=True,
        text=True,
        check=False,
    )
    assert words in done.stdout
    assert (done.returncode, done.stderr) == (code, "")
    assert not sarif or (tmp_path / "project" / sarif).exists()


def test_the_gitlab_job_runs(tmp_path: Path) -> None:
    job = load(GITLAB)["envtool"]
    write(tmp_path, {"environment.yml": HTTP})
    done = subprocess.run(
        ["sh", "-c", job["script"][-1]],  # noqa: S607
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "ENVTOOL_ARGS": "--expand"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Failed: 1 error in environment.yml")
    assert done.returncode == 1
    assert all((tmp_path / path).exists() for path in job["artifacts"]["paths"])


# A `gh` that knows of one issue, and notes what it is told.
GH = """#!/bin/sh
case "$1 $2" in
  "issue list") [ -e issue ] && echo 7 ;;
esac
echo "$@" | head -n 1 >> told
exit 0
"""


def audit_steps(folder: Path) -> list[str]:
    """The scripts of the weekly workflow that `envtool init` writes into `folder`."""
    write(folder, {".git/HEAD": ""})
    subprocess.run([str(BIN / "envtool"), "init"], cwd=folder, check=True, capture_output=True)
    workflow = load(folder / ".github/workflows/envtool-audit.yml")
    assert workflow[True]["schedule"]
    assert workflow["permissions"]["issues"] == "write"
    assert all(
        "${{" not in step.get("run", "") or "exit" in step["run"]
        for step in workflow["jobs"]["audit"]["steps"]
    )
    return [step["run"] for step in workflow["jobs"]["audit"]["steps"] if "run" in step]


def run_step(folder: Path, script: str, **variables: str) -> int:
    environment = {
        "PATH": f"{folder / 'bin'}:{BIN}:{os.environ['PATH']}",
        "HOME": str(folder),
        "ENVTOOL_CACHE_DIR": str(folder / "cache"),
        "CONDA_OFFLINE": "1",
        "TITLE": "envtool audit",
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
        cwd=folder,
        env=os.environ | environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode


def test_the_weekly_workflow_runs(tmp_path: Path) -> None:
    audited_project(tmp_path, spec=CLEAN)
    database(tmp_path / "cache", fetched=datetime.now(tz=UTC))
    write(tmp_path, {"bin/gh": GH})
    (tmp_path / "bin/gh").chmod(0o755)
    _, audit, opened, closed, _ = audit_steps(tmp_path)
    assert run_step(tmp_path, audit) == 0
    assert (tmp_path / "output").read_text() == "code=1\n"
    assert "CVE-2023-43804" in (tmp_path / "envtool-audit.md").read_text()
    assert (tmp_path / "envtool-audit.sarif").exists()
    assert (tmp_path / "envtool-audit-before.json").exists()
    assert run_step(tmp_path, opened) == 0
    (tmp_path / "issue").touch()
    assert run_step(tmp_path, opened) == 0
    assert run_step(tmp_path, closed) == 0
    told = [
        line for line in (tmp_path / "told").read_text().splitlines() if "issue list" not in line
    ]
    assert told == [
        "issue create --title envtool audit --body-file envtool-audit.md",
        "issue edit 7 --body-file envtool-audit.md",
        "issue close 7 --comment Nothing is found anymore.",
    ]
    assert run_step(tmp_path, audit) == 0
    since = json.loads((tmp_path / "envtool-audit.json").read_text())["data"]["audit"]["since"]
    assert (len(since["new"]), len(since["still"])) == (0, 3)
    (tmp_path / "cache/advisories/database.sqlite").write_bytes(b"x")
    assert run_step(tmp_path, audit) == 0
    assert (tmp_path / "output").read_text().splitlines()[-1] == "code=6"
    before = json.loads((tmp_path / "envtool-audit-before.json").read_text())
    assert before["exit_code"] == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "envtool ",
            {
                "lock",
                "test",
                "export",
                "commit",
                "deploy",
                "recreate",
                "run",
                "verify",
                "init",
                "diff",
                "explain",
                "policy",
            },
        ),
        ("envtool ver", {"verify"}),
        ("envtool policy ", {"show", "schema"}),
        ("envtool verify --pro", {"--profile"}),
        ("envtool init --profile ", {"recommended", "strict"}),
    ],
)
def test_bash_completes(tmp_path: Path, line: str, expected: set[str]) -> None:
    path = f"{BIN}:{os.environ['PATH']}"
    # Typer looks for the shell among the processes above it.
    shown = subprocess.run(
        ["bash", "-c", "envtool --show-completion; exit $?"],  # noqa: S607
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    script = f"""
{shown.stdout}
COMP_WORDS=({line.strip()}{' ""' if line.endswith(" ") else ""})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_envtool_completion envtool
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],  # noqa: S607
        cwd=tmp_path,
        env={"PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert expected <= set(done.stdout.split())
    assert done.stderr == ""
    assert len(done.stdout.split()) < 2 * len(expected) + 2
