"""The text that people read."""

from pathlib import Path

import pytest

from tests.conftest import Envtool
from tests.locking import Entry, lock_text

MANY = "channels: [conda-forge]\ndependencies:\n- a\n- b\n- c\n- d\n"


def test_findings_of_one_rule_are_folded(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(MANY)
    assert envtool("verify").out == (
        "Passed: environment.yml, with 4 warnings\n"
        "\n"
        "environment.yml\n"
        "  warning[pins.direct] 4 direct dependencies are looser than `compatible`\n"
        "    a (3), b (4), c (5), d (6)\n"
        "    fix: write a range with both ends: `a>=X.Y,<X+1`\n"
        "\n"
        "hint: `envtool explain pins.direct` says why a rule is there; `--expand` lists\n"
        "every finding\n"
    )


def test_many_of_one_rule_are_cut_short(envtool: Envtool, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(30)]
    text = "channels: [conda-forge]\ndependencies:\n" + "".join(f"- {name}=2\n" for name in names)
    (tmp_path / "environment.yml").write_text(text.replace("=2", ""))
    assert "    and 6 more\n" in envtool("verify").out
    (tmp_path / "environment.yml").write_text(text)
    lock = lock_text(*(Entry(name) for name in names), sources=("environment.yml",))
    (tmp_path / "conda-lock.yml").write_text(lock)
    out = envtool("verify").out
    assert "  error[lock.in-sync] 30 lines are not met by the lock\n" in out
    assert "    3: `p0=2`: locked 1.0\n    4: `p1=2`: locked 1.0\n" in out
    assert "    and 22 more\n" in out


def test_expanded_every_finding_has_its_line(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(MANY)
    out = envtool("verify", "--expand").out
    assert out.count("warning[pins.direct]") == 4
    assert "    4 | - b\n      |   ^\n" in out


def test_expanded_what_was_waived_comes_last_with_its_reason(
    envtool: Envtool, tmp_path: Path
) -> None:
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies:\n- a\n"
        "- b  # envtool: ignore[pins.direct] the image pins it\n- c\n"
    )
    (tmp_path / "envtool.toml").write_text(
        "[rules]\n'lock.present' = 'error'\n"
        "[[waivers]]\nrule = 'pins.direct'\npackage = 'c'\nreason = 'until the new driver is there'\n"
        "owner = 'ops@example.org'\nexpires = 2027-01-31\n"
        "[[waivers]]\nrule = 'lock.present'\nreason = 'soon'\nowner = 'me'\nexpires = 2027-01-31\n"
    )
    plain = envtool("verify", "--as-of", "2026-11-23").out
    assert "until the new driver" not in plain
    out = envtool("verify", "--as-of", "2026-11-23", "--expand").out
    assert out == (
        "Passed: environment.yml, with 1 warning and 3 waived\n"
        "\n"
        "environment.yml\n"
        "  3: warning[pins.direct] `a` has no pin\n"
        "    3 | - a\n"
        "      |   ^\n"
        "    fix: write a range with both ends: `a>=X.Y,<X+1`\n"
        "\n"
        "environment.yml (waived)\n"
        "  error[lock.present] there is no `conda-lock.yml`\n"
        "    waived: soon (me, until 2027-01-31, envtool.toml:9:3)\n"
        "  4: warning[pins.direct] `b` has no pin\n"
        "    waived: the image pins it (inline)\n"
        "  5: warning[pins.direct] `c` has no pin\n"
        "    waived: until the new driver is there (ops@example.org, until 2027-01-31,\n"
        "    envtool.toml:3:3)\n"
        "\n"
        "hint: `envtool explain pins.direct` says why a rule is there\n"
    )


def test_what_was_waived_is_dimmed(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies:\n- b  # envtool: ignore[pins.direct] the image\n"
    )
    out = envtool("verify", "--expand").out
    assert "\x1b[2m  3: warning[pins.direct] `b` has no pin\x1b[0m\n" in out


def test_a_caret_far_to_the_right_is_still_shown(envtool: Envtool, tmp_path: Path) -> None:
    name = "x" * 70
    (tmp_path / "environment.yml").write_text(
        f"channels: [conda-forge, {name}, conda-forge/label/rc]\ndependencies: []\n"
    )
    lines = envtool("verify").out.splitlines()
    source = next(line for line in lines if line.startswith("    1 | ..."))
    caret = lines[lines.index(source) + 1]
    assert source[caret.index("^") :].startswith("conda-forge/label/rc")
    assert all(len(line) <= 80 for line in lines[2:])


@pytest.mark.parametrize("width", [40, 80, 120, 500])
def test_lines_keep_to_the_width(
    envtool: Envtool, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    neglected = Path(__file__).parents[2] / "examples" / "neglected"
    monkeypatch.chdir(neglected)
    monkeypatch.setenv("COLUMNS", str(width))
    lines = envtool("verify", "--as-of", "2026-11-23").out.splitlines()
    words = max(len(word) for line in lines for word in line.split())
    assert max(len(line) for line in lines[1:]) <= max(min(width, 120), words + 40)


def test_several_failures_are_all_listed(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(MANY)
    (tmp_path / "envtool.toml").write_text("profile = 1\nfail-on = 2\n")
    assert envtool("verify").out.splitlines() == [
        "Not judged: `envtool.toml`: `profile` must be one of `strict`, `recommended` (and 1 more)",
        "",
        "error: envtool.toml:1:1: `profile` must be one of `strict`, `recommended`",
        "error: envtool.toml:2:1: `fail-on` must be one of `info`, `warning`, `error`",
        "hint: `envtool policy schema` says what each key takes",
    ]
