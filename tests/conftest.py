"""What every test can ask for."""

import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel
from envtool.cli import run
from tests.channel.demo import Demo, build
from tests.served import sharded

# The same examples each time, however long one takes; for others: `--hypothesis-profile default`.
settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")


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


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A whole conda channel on disk, made once for all tests of a process; it takes a second."""
    return build(str(tmp_path_factory.mktemp("channel") / "demo"), DEFAULT_EPOCH)


@pytest.fixture
def python_channel(demo: Demo) -> Channel:
    """The channel, for tests that start the Python in it."""
    if demo.python_missing:
        pytest.skip(f"the running Python can not be repackaged: {demo.python_missing}")
    return demo.channel


@pytest.fixture(scope="session")
def channel(demo: Demo) -> Channel:
    """The channel, for tests that need no Python in it that runs."""
    return demo.channel


@pytest.fixture(scope="session")
def in_shards(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of the same channel with an index in shards (CEP 16)."""
    return sharded(demo.channel, tmp_path_factory.mktemp("shards") / "demo")
