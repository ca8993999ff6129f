"""The recipe that locks a pull request of Dependabot again: its steps, in a real repository."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.channels import record, write_records

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
SPEC = "channels: [./channel]\nplatforms: [linux-64]\ndependencies:\n  - library={}\n  - user\n"


def steps() -> list[dict[str, Any]]:
    """The shell steps behind those that set up."""
    found = re.findall(r"```yaml\n(name: relock.*?)```", README, re.DOTALL)
    job = yaml.safe_load(found[0])["jobs"]["relock"]
    return [each for each in job["steps"] if "run" in each and "pip install" not in each["run"]]


class Repository:
    """A checkout with a remote, and a workflow that runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temp = folder.parent / "runner"
        self.temp.mkdir()
        self.environment = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "HOME": str(self.temp),
        }
        remote = folder.parent / "remote.git"
        self.run(f"git init -q --bare {remote}")
        self.run("git init -q -b dependabot/conda/library && git config user.email a@b")
        self.run(f"git config user.name a && git remote add origin {remote}")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def propose(self, version: str) -> None:
        """What Dependabot pushes: another version, and no lock."""
        (self.folder / "environment.yml").write_text(SPEC.format(version))
        self.run("git commit -qam 'Bump library'")

    def workflow(self) -> int:
        """The exit status of the first step that fails, as GitHub runs them."""
        code = 0
        for step in steps():
            if code == 0 or step.get("if") == "always()":
                ended = self.run(step["run"]).returncode
                code = code or ended
        return code


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "checkout"
    folder.mkdir()
    found = Repository(folder)
    records = [record("library", version) for version in ("1.0", "2.0", "3.0")]
    write_records(folder / "channel", [*records, record("user", "1.0", "library <3")])
    (folder / "environment.yml").write_text(SPEC.format("1.0"))
    assert found.run("envtool lock").returncode == 0
    found.run("git add . && git commit -qm first && git push -qu origin HEAD")
    return found


def test_a_version_that_fits_is_locked_and_pushed(repository: Repository) -> None:
    repository.propose("2.0")
    assert repository.workflow() == 0
    assert repository.run("git status --porcelain -uno && git diff @{u}").stdout == ""
    assert "Lock again [dependabot skip]" in repository.run("git log -1").stdout
    assert repository.run("envtool lock --check").returncode == 0
    assert "| up | `library` | 1.0 | 2.0 | all |" in (repository.temp / "summary.md").read_text()


def test_a_version_that_can_not_be_solved_fails_and_says_why(repository: Repository) -> None:
    repository.propose("3.0")
    before = repository.run("git rev-parse @{u}").stdout
    assert repository.workflow() == 3
    assert repository.run("git rev-parse @{u}").stdout == before
    summary = (repository.temp / "summary.md").read_text()
    assert summary.startswith("**Unsatisfiable")
    assert "library" in summary


def test_where_the_lock_holds_nothing_is_committed(repository: Repository) -> None:
    repository.propose("1.0  # the same")
    assert repository.workflow() == 0
    assert "Bump library" in repository.run("git log -1 @{u}").stdout
