"""The rule on Dependabot in real folders."""

from pathlib import Path

import pytest

from tests.conftest import Envtool
from tests.workflows.test_verify import CLEAN, write

PIP = "version: 2\nupdates:\n- {package-ecosystem: pip, directory: /}\n"
CONDA = "version: 2\nupdates:\n- {package-ecosystem: conda, directory: /}\n"


@pytest.mark.parametrize(
    ("config", "files", "arguments", "words"),
    [
        (PIP, ("environment.yml",), (), "3: warning[env.dependabot] no update of the ecosystem `conda` looks into `/` (`environment.yml`)"),
        (PIP, ("environment.yml",), (), "fix: add an update: `package-ecosystem: conda`, `directory: /`"),
        (CONDA, ("environment.yml",), (), ""),
        (CONDA, ("docs/environment.yml",), ("docs",), "looks into `/docs` (`docs/environment.yml`)"),
        (CONDA, ("docs/environment.yml",), ("docs",), "fix: add `/docs` to its `directories`"),
        (PIP, ("environment-dev.yml",), (), ""),
        (PIP, ("environment.yml",), ("environment.yml",), "skipped: "),
        ("updates: [", ("environment.yml",), (), "warning[env.dependabot] not YAML"),
        (PIP.replace("updates:", "updates:  # envtool: ignore[env] by hand\n  # x"), ("environment.yml",), (), "4: warning[env.dependabot]"),
        (PIP.replace("/}", "/}  # envtool: ignore[env.dependabot] by hand"), ("environment.yml",), (), ", with 1 waived"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["yml", "yaml"])
def test_a_folder_that_nobody_looks_after(
    envtool: Envtool,
    tmp_path: Path,
    config: str,
    files: tuple[str, ...],
    arguments: tuple[str, ...],
    words: str,
    ending: str,
) -> None:
    write(tmp_path, dict.fromkeys(files, CLEAN) | {f".github/dependabot.{ending}": config})
    done = envtool("verify", *arguments)
    assert done.code == 0
    shown = " ".join(done.out.split())
    assert words in shown
    assert ("[env.dependabot]" in shown) is bool(words and words[:2] not in {"sk", ", "})


def test_a_configuration_that_can_not_be_read_is_said(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": CLEAN, ".git/HEAD": ""})
    (tmp_path / ".github/dependabot.yml").mkdir(parents=True)
    assert "`.github/dependabot.yml` is a folder" in envtool("verify").out


def test_a_configuration_above_the_repository_is_not_looked_at(
    envtool: Envtool, tmp_path: Path
) -> None:
    write(tmp_path, {".github/dependabot.yml": PIP, "a/.git": "", "a/environment.yml": CLEAN})
    assert envtool("verify", "a").out == "Passed: a/environment.yml\n"
