"""`envtool lock` and the channels that `.condarc` and the policy speak of."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel, write_channel
from envtool.adapters.channel_builder.packages import Package
from tests.channel.faults import Status
from tests.channel.server import ChannelServer
from tests.conftest import Envtool
from tests.served import bare_user, files_below, flat, project

FORGE = "https://conda.anaconda.org/conda-forge"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bare_user(tmp_path / "home", monkeypatch)
    return tmp_path / "home"


@pytest.fixture
def server(channel: Channel) -> Iterator[ChannelServer]:
    with ChannelServer(channel.folder) as server:
        yield server


def locked(folder: Path) -> tuple[list[str], set[str]]:
    """The channels that a lock names, and those that its packages lie in."""
    lines = (folder / "conda-lock.yml").read_text(encoding="utf-8").splitlines()
    channels = [line.partition("- url: ")[2] for line in lines if line.startswith("  - url: ")]
    urls = [line.partition("url: ")[2] for line in lines if line.startswith("  url: ")]
    return channels, {url.rsplit("/", 2)[0] for url in urls}


# `{url}` is the server, `{root}` its address without the channel, `{folder}` the same on disk.
@pytest.mark.parametrize(
    ("condarc", "written", "channels", "place"),
    [
        ("mirrored_channels: {{conda-forge: ['{url}']}}", "conda-forge", ["conda-forge"], FORGE),
        ("mirrored_channels: {{conda-forge: ['{folder}']}}", "conda-forge", ["conda-forge"], FORGE),
        (
            "mirrored_channels: {{conda-forge: ['http://127.0.0.1:9/x', '{url}']}}\nremote_max_retries: 0",
            "conda-forge",
            ["conda-forge"],
            FORGE,
        ),
        ("channel_alias: {root}", "demo", ["demo"], "{url}"),
        ("custom_channels: {{demo: '{root}'}}", "demo", ["demo"], "{url}"),
        ("custom_multichannels: {{all: ['{url}']}}", "all", ["all"], "{url}"),
        ("default_channels: ['{url}']", "defaults", ["defaults"], "{url}"),
        ("channels: ['{url}']", "", ["{url}"], "{url}"),
        ("channels: [nowhere]", "{url}", ["{url}"], "{url}"),
        ("migrated_channel_aliases: ['http://old.invalid']\nchannel_alias: {root}", "http://old.invalid/demo", ["http://old.invalid/demo"], "{url}"),
        ("allowlist_channels: ['{url}']", "{url}", ["{url}"], "{url}"),
    ],
)  # fmt: skip
def test_the_lock_names_the_canonical_channel(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    server: ChannelServer,
    channel: Channel,
    condarc: str,
    written: str,
    channels: list[str],
    place: str,
) -> None:
    url = server.url
    words = {"url": url, "root": url.rpartition("/")[0], "folder": channel.url}
    (home / ".condarc").write_text(condarc.format(**words), encoding="utf-8")
    project(tmp_path / "here", *[each for each in [written.format(**words)] if each])
    run = envtool("lock", "here")
    assert (run.code, run.err) == (0, "")
    names, places = locked(tmp_path / "here")
    assert names == [each.format(**words) for each in channels]
    assert places == {place.format(**words)}
    assert envtool("lock", "here", "--check").code == 0


@pytest.mark.parametrize("mirror", ["{url}", "{folder}", "$MIRROR"])
def test_mirrors_of_the_policy(
    envtool: Envtool,
    tmp_path: Path,
    server: ChannelServer,
    channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
    mirror: str,
) -> None:
    monkeypatch.setenv("MIRROR", server.url)
    mirror = mirror.format(url=server.url, folder=channel.url)
    project(tmp_path / "here", "conda-forge")
    policy = f'[channels]\nallowed = ["conda-forge"]\nmirrors.conda-forge = ["{mirror}"]\n'
    (tmp_path / "here" / "envtool.toml").write_text(policy, encoding="utf-8")
    run = envtool("lock", "here")
    assert (run.code, run.err) == (0, "")
    assert locked(tmp_path / "here") == (["conda-forge"], {FORGE})


def test_a_mirror_that_is_written_itself_is_locked_as_the_original(
    envtool: Envtool, tmp_path: Path, server: ChannelServer
) -> None:
    project(tmp_path / "here", server.url)
    policy = f'[channels]\nmirrors.conda-forge = ["{server.url}"]\n'
    (tmp_path / "here" / "envtool.toml").write_text(policy, encoding="utf-8")
    run = envtool("lock", "here")
    assert (run.code, run.err) == (0, "")
    assert locked(tmp_path / "here")[1] == {FORGE}


@pytest.mark.parametrize(
    ("condarc", "policy", "says"),
    [
        ("allowlist_channels: [conda-forge]", "", "is not among the channels that conda may use"),
        ("denylist_channels: ['{url}']", "", "is denied"),
        ("", 'channels.allowed = ["conda-forge"]', "is not allowed by the policy"),
    ],
)
def test_what_is_not_allowed_is_not_asked(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    server: ChannelServer,
    condarc: str,
    policy: str,
    says: str,
) -> None:
    (home / ".condarc").write_text(condarc.format(url=server.url), encoding="utf-8")
    project(tmp_path / "here", server.url)
    (tmp_path / "here" / "envtool.toml").write_text(policy, encoding="utf-8")
    run = envtool("lock", "here")
    assert run.code == 2
    assert f"environment.yml:3:3: the channel `{server.url}` {says}" in flat(run.err)
    assert "hint: " in run.err
    assert (server.log, "conda-lock.yml" in files_below(tmp_path / "here")) == ((), False)


@pytest.mark.parametrize(
    ("condarc", "version"),
    [("", "1.0"), ("channel_priority: strict", "1.0"), ("channel_priority: disabled", "2.0")],
)
def test_channel_priority(
    envtool: Envtool, tmp_path: Path, home: Path, condarc: str, version: str
) -> None:
    for name, number in (("first", "1.0"), ("second", "2.0")):
        write_channel(str(tmp_path / name), [Package(name="thing", version=number)], 0)
    (home / ".condarc").write_text(condarc, encoding="utf-8")
    project(tmp_path / "here", "../first", "../second", needs="thing")
    assert envtool("lock", "here").code == 0
    lock = (tmp_path / "here" / "conda-lock.yml").read_text(encoding="utf-8")
    assert f"version: '{version}'" in lock


@pytest.mark.parametrize("base", ["https://files.invalid/here", "../archives"])
def test_archives_that_lie_elsewhere(
    envtool: Envtool, tmp_path: Path, channel: Channel, base: str
) -> None:
    """`base_url` of CEP 15; what is relative starts at the subdir."""
    shutil.copytree(channel.folder, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("repodata.json"):
        path.with_suffix(".json.zst").unlink()
        data = json.loads(path.read_bytes())
        data["info"]["base_url"] = base
        path.write_text(json.dumps(data), encoding="utf-8")
    with ChannelServer(str(tmp_path / "copy")) as server:
        lock = project(tmp_path / "here", server.url)
        assert envtool("lock", "here").code == 0
        place = base if "//" in base else f"{server.url}/archives"
    assert f"url: {place}/click-" in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("index", ["plain", "shards"])
@pytest.mark.parametrize("way", ["--offline", "CONDA_OFFLINE", "condarc"])
def test_offline_what_was_fetched_before_is_read(
    envtool: Envtool,
    tmp_path: Path,
    home: Path,
    channel: Channel,
    in_shards: str,
    monkeypatch: pytest.MonkeyPatch,
    index: str,
    way: str,
) -> None:
    with ChannelServer(channel.folder if index == "plain" else in_shards) as server:
        lock = project(tmp_path / "here", server.url)
        assert envtool("lock", "here").code == 0
        text, asked = lock.read_text(encoding="utf-8"), len(server.log)
        lock.unlink()
        if way == "CONDA_OFFLINE":
            monkeypatch.setenv(way, "1")
        elif way == "condarc":
            (home / ".condarc").write_text("offline: true", encoding="utf-8")
        run = envtool("lock", "here", *(["--offline"] if way == "--offline" else []))
        assert (run.code, run.err) == (0, "")
        assert (lock.read_text(encoding="utf-8"), len(server.log)) == (text, asked)
        # What nobody asked for before.
        project(tmp_path / "here", server.url, needs="click rich")
        run = envtool("lock", "here", "--offline")
        assert run.code == (0 if index == "plain" else 5)
        if run.code:
            said = f"`{server.url}` was not asked for `rich` before, and this is offline"
            assert said in flat(run.err)
        assert len(server.log) == asked


@pytest.mark.parametrize("index", ["plain", "shards"])
def test_offline_what_was_never_fetched_is_named(
    envtool: Envtool, tmp_path: Path, channel: Channel, in_shards: str, index: str
) -> None:
    with ChannelServer(channel.folder if index == "plain" else in_shards) as server:
        project(tmp_path / "here", server.url)
        run = envtool("lock", "here", "--offline")
        assert (run.code, server.log) == (5, ())
        said = f"error: `{server.url}` was not fetched before, and this is offline hint: fetch it once:"
        assert flat(run.err).startswith(said)
    assert files_below(tmp_path / "here") == {"environment.yml"}


def test_offline_a_channel_on_disk_is_read(
    envtool: Envtool, tmp_path: Path, channel: Channel
) -> None:
    project(tmp_path / "here", channel.url)
    assert envtool("lock", "here", "--offline").code == 0


def test_the_first_mirror_that_answers_is_used(
    envtool: Envtool, tmp_path: Path, home: Path, channel: Channel
) -> None:
    with ChannelServer(channel.folder) as bad, ChannelServer(channel.folder) as good:
        bad.fail("*", Status(code=500))
        text = f"mirrored_channels: {{conda-forge: ['{bad.url}', '{good.url}']}}"
        (home / ".condarc").write_text(text, encoding="utf-8")
        project(tmp_path / "here", "conda-forge")
        run = envtool("lock", "here")
        assert (run.code, run.err) == (0, "")
        assert bad.log
