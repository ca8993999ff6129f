"""How far an installation is: a line that is written over on a terminal, few lines elsewhere."""

import sys
from io import StringIO

import pytest

from envtool.cli import installing
from envtool.cli.installing import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "_PAUSE", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress = Progress()
    progress("application", 0, 0)
    progress("fetch", 1, 8, 2_000_000)
    progress("fetch", 2, 8, 5_000_000)
    progress("link", 3, 8)
    progress.close()
    lines = [each.strip() for each in terminal.getvalue().split("\r")]
    assert lines[1] == "application"
    assert lines[2].startswith("fetch 1/8, 2.0 MB")
    assert lines[3].startswith("fetch 2/8, 5.0 MB at ")
    assert lines[3].endswith(" MB/s")
    assert lines[4:] == ["link 3/8", "", ""]


def test_elsewhere_each_step_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress()
    for step in ("core-system", "core-system", "archives"):
        progress(step, 0, 0)
    progress("fetch", 1, 8, 1_000_000)
    progress.close()
    assert capsys.readouterr().err == "- core-system\n- archives\n"
    # What takes long says how far it is.
    monkeypatch.setattr(installing, "_LOG_PAUSE", -1.0)
    progress("fetch", 2, 8, 3_000_000)
    assert capsys.readouterr().err.startswith("- fetch 2/8, 3.0 MB")
