"""What the tests of several verbs need."""

from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from tests.conftest import Envtool
from tests.installing import Shop, small_channel
from tests.served import bare_user
from tests.trying import Workshop, make_workshop, try_channel


@pytest.fixture(scope="session")
def small_packages(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return small_channel(tmp_path_factory.mktemp("small") / "channel")


@pytest.fixture
def shop(
    tmp_path: Path, envtool: Envtool, small_packages: Channel, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Shop(folder, envtool, small_packages)


@pytest.fixture(scope="session")
def try_packages(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return try_channel(tmp_path_factory.mktemp("try") / "channel")


@pytest.fixture
def workshop(
    tmp_path: Path, envtool: Envtool, try_packages: Channel, monkeypatch: pytest.MonkeyPatch
) -> Workshop:
    return make_workshop(tmp_path, envtool, try_packages, monkeypatch)
