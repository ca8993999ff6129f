"""Annotations and step summary of GitHub Actions."""

from pathlib import Path

import pytest

from tests.conftest import Envtool

MANY = "channels: [conda-forge]\ndependencies:\n" + "".join(f"- a{i}\n" for i in range(15))


def test_an_annotation_stands_at_its_line(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("channels: [a]\ndependencies: [numpy]\n")
    done = envtool("verify", "-o", "github")
    assert done.out.splitlines()[0] == (
        "::warning file=environment.yml,line=2,col=16,endColumn=21,title=pins.direct::"
        "`numpy` has no pin (fix: write a range with both ends: `numpy>=X.Y,<X+1`)"
    )
    assert done.out.splitlines()[-1] == "Passed: environment.yml, with 1 warning"


def test_a_finding_on_the_whole_file_has_no_line(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [numpy=1.26]\n")
    done = envtool("verify", "-o", "github")
    assert "::warning file=environment.yml,title=channels.defaults::" in done.out


def test_ten_of_each_level_and_the_rest_in_the_summary(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    (tmp_path / "environment.yml").write_text(MANY)
    lines = envtool("verify", "-o", "github").out.splitlines()
    assert sum(line.startswith("::warning file=") for line in lines) == 10
    assert "::warning title=envtool::5 more of this severity stand in the step summary" in lines
    text = summary.read_text()
    assert text.startswith("before\n### envtool verify\n")
    assert text.count("`pins.direct`") == 15


def test_the_summary_has_an_end(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    many = "".join(f"- {'b' * 90}{i}\n" for i in range(2000))
    (tmp_path / "environment.yml").write_text(MANY + many)
    envtool("verify", "-o", "github")
    text = summary.read_text()
    listed = text.count("\n| warning |")
    assert 500 < listed < 2015
    assert f"\n{2015 - listed} more findings are not listed\n" in text
    assert len(text) < 1 << 18


def test_what_was_not_judged_is_an_error(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = envtool("verify", "-o", "github", "nothing.yml")
    assert "::error title=envtool::`nothing.yml` does not exist" in done.out
    assert "- not judged: `nothing.yml` does not exist" in (tmp_path / "summary.md").read_text()
