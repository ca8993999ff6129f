"""The files through which other tools run envtool: they parse, and what they type exists."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from envtool.cli.app import application
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
        known = {option for each in commands.commands[verb].params for option in each.opts}
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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "envtool ",
            {"lock", "test", "commit", "run", "verify", "init", "diff", "explain", "policy"},
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
