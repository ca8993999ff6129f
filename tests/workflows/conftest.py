"""What the tests of several verbs need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.daemons import KeptDaemons
from tests.conftest import Envtool
from tests.deploying import Place, deploy_channel
from tests.installing import Shop, small_channel
from tests.ports import free_port
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
    patient(monkeypatch)
    return make_workshop(tmp_path, envtool, try_packages, monkeypatch)


def patient(patch: pytest.MonkeyPatch) -> None:
    """What is asked once has more time to answer: the machine may be busy."""
    patch.setattr("envtool.workflows.test_services._LOOK", 60.0)


@pytest.fixture(scope="session")
def deploy_packages(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return deploy_channel(tmp_path_factory.mktemp("deploy") / "channel")


@pytest.fixture
def place(
    tmp_path: Path, envtool: Envtool, deploy_packages: Channel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    patient(monkeypatch)
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    found = Place(folder, envtool, deploy_packages, free_port())
    yield found
    daemons = KeptDaemons()
    for prefix in (folder / ".envtool/envs").glob("*"):
        for each in daemons.known(str(prefix)):
            daemons.stop(str(prefix), each.name)
