"""What every test can ask for."""

import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest

from envtool.cli import run


class Run(NamedTuple):
    """What a run of envtool left behind."""

    code: int
    out: str
    err: str

    @property
    def first(self) -> str:
        """The first line that a person sees."""
        return (self.out or self.err).partition("\n")[0]


Envtool = Callable[..., Run]


@pytest.fixture
def envtool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Envtool:
    """Runs envtool in this process, in a folder of its own, without colour."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_STEP_SUMMARY", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, stdin: bytes = b"") -> Run:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
            code = run(arguments)
        out, err = capfdbinary.readouterr()
        return Run(code, out.decode("utf-8"), err.decode("utf-8"))

    return call
