"""Archives that are kept: what was installed once can be built again, whatever its channel does."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from tests.channel.faults import Reset, Status
from tests.channel.server import ChannelServer
from tests.installing import LINUX, Shop, leftovers, packages, small_channel
from tests.served import flat

APP = "linux-64/app-1.0-h0_0.conda"


@pytest.fixture
def shop(shop: Shop, tmp_path: Path) -> Shop:
    return shop._replace(channel=small_channel(tmp_path / "own"))


def store(shop: Shop) -> list[Path]:
    folder = shop.folder.parent / "cache/archives"
    return sorted(each for each in folder.rglob("*") if each.is_file())


def lose(shop: Shop, *names: str) -> None:
    """The channel has these archives no more, and the cache is empty."""
    for name in names:
        for path in Path(shop.channel.folder).rglob(f"{name}-*.conda"):
            path.unlink()
    for name in ("packages", "known"):
        shutil.rmtree(shop.folder.parent / "cache" / name, ignore_errors=True)


def pruned(shop: Shop, *options: str) -> None:
    """Generation 1 with `app` 1.0, whose tree is gone; 2 is in place."""
    for line in ("app=1.0", "app=2.0"):
        shop.write(line, "base-files=2.0")
        run = shop.recreate("--keep", "0", *options)
        assert run.code == 0, run.err


@pytest.mark.parametrize("options", [(), ("--offline",)])
def test_a_tree_is_built_again_from_what_was_kept(shop: Shop, options: tuple[str, ...]) -> None:
    pruned(shop, "--keep-archives")
    assert [each.suffix for each in store(shop)] == [".conda"] * 3
    lose(shop, "app", "base-files")
    run = shop.run("rollback", "-o", "json", *options)
    assert run.code == 0, run.err + run.out
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    # Where the package is published is what is recorded, not where it lay.
    record = json.loads((shop.prefix / "conda-meta/app-1.0-h0_0.json").read_text())
    assert record["url"] == f"{shop.channel.url}/{APP}"
    run = shop.recreate("--generation", "2", "-o", "json", *options)
    facts = json.loads(run.out)["data"]["cache"]
    assert (facts["hits"], facts["fetched"], facts["stored"]) == (1, 0, 1)
    assert shop.said() == f"app 2.0 in {shop.prefix}"


@pytest.mark.parametrize(
    ("policy", "options", "kept"),
    [
        ("", (), 0),
        ("", ("--keep-archives",), 2),
        ("profile = 'strict'\nchannels.allowed = []", (), 2),
        ("recreate.archives = 'kept'", (), 2),
        ("recreate.archives = 'kept'", ("--no-keep-archives",), 0),
    ],
)
def test_who_wants_them_says_so(
    shop: Shop, policy: str, options: tuple[str, ...], kept: int
) -> None:
    (shop.folder / "envtool.toml").write_text(policy)
    shop.write("app=1.0", "base-files=1.0")
    run = shop.recreate(*options)
    assert run.code == 0, run.err
    assert len(store(shop)) == kept
    assert ("archives" in run.out, f"{kept} kept" in run.out) == (bool(kept), bool(kept))


def test_the_store_may_be_elsewhere(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVTOOL_ARCHIVES_DIR", str(tmp_path / "backup"))
    pruned(shop, "--keep-archives")
    assert store(shop) == []
    lose(shop, "app")
    shutil.rmtree(tmp_path / "cache")
    assert shop.run("rollback", "--offline").code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_a_wrong_byte_in_the_store_is_healed(shop: Shop) -> None:
    pruned(shop, "--keep-archives")
    (path,) = (each for each in store(shop) if each.stem == sha(shop.channel, "1.0"))
    right = path.read_bytes()
    path.write_bytes(right[:-9] + b"?" + right[-8:])
    lose(shop)
    assert shop.run("rollback").code == 0
    assert path.read_bytes() == right
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_a_wrong_byte_in_the_store_is_never_installed(shop: Shop) -> None:
    pruned(shop, "--keep-archives")
    (path,) = (each for each in store(shop) if each.stem == sha(shop.channel, "1.0"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    lose(shop, "app-1.0")
    run = shop.run("rollback")
    assert run.code == 6
    assert (
        "`app-1.0-h0_0.conda` is gone: what was kept of `app-1.0-h0_0.conda` is not what was"
        " locked, and no channel has it" in flat(run.err)
    )
    assert "`app-1.0-h0_0`: the nearest version that is there is 2.0" in flat(run.err)
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    assert leftovers(shop.state()) == set()


@pytest.mark.parametrize("over_network", [False, True])
def test_a_cache_that_is_damaged_is_healed_from_the_store(
    shop: Shop, server: ChannelServer, *, over_network: bool
) -> None:
    if over_network:
        over_http(shop, server.url, "app=1.0", "base-files=2.0")
    else:
        shop.write("app=1.0", "base-files=2.0")
    assert shop.recreate("--keep-archives").code == 0
    Path(shop.channel.find("app", "1.0").path).unlink()
    cached = shop.folder.parent / "cache/packages/app-1.0-h0_0/share/app/1.0"
    cached.unlink()
    cached.write_text("y\n")
    run = shop.recreate("-o", "json")
    assert run.code == 0, run.out
    assert (shop.prefix / "share/app/1.0").read_text() == cached.read_text() == "x\n"
    facts = json.loads(run.out)["data"]["cache"]
    assert (facts["hits"], facts["fetched"], facts["stored"]) == (0, 0, 2)
    assert shop.recreate().code == 0


def sha(channel: Channel, version: str) -> str:
    return str(channel.find("app", version).record["sha256"])


def _app(version: str, build: str) -> Package:
    own = File(path=f"share/app/{version}", content=build.encode())
    return Package(name="app", version=version, build=build, subdir=LINUX, files=(own,))


def _base(version: str) -> Package:
    return Package(name="base-files", version=version, noarch="generic")


def test_what_can_take_the_place_of_what_is_gone(shop: Shop, tmp_path: Path) -> None:
    pruned(shop)
    shutil.rmtree(tmp_path / "own")
    others = (_app("1.0", "h0_2"), _app("1.0", "other_3"), _app("3.0", "h0_0"), _base("2.0.1"))
    write_channel(str(tmp_path / "own"), others, DEFAULT_EPOCH)
    lose(shop)
    run = shop.run("rollback")
    assert run.code == 5
    assert (
        "`app-1.0-h0_0.conda`, `base-files-2.0-h0_0.conda` are gone: neither the cache, nor the"
        " kept archives, nor their channels have them" in flat(run.err)
    )
    hints = flat(run.err).split("hint: ")[1:]
    assert hints[0].strip() == "`app-1.0-h0_0`: there is the build `h0_2` of the same version"
    assert hints[1].strip() == "`base-files-2.0-h0_0`: the nearest version that is there is 2.0.1"
    assert hints[2].partition(" What was done")[0] == (
        "take what is there: `app=1.0=h0_2`, `base-files=2.0.1=h0_0` in the environment file,"
        " then `envtool lock` and `envtool recreate`"
    )
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    # Those are what to type.
    shop.write("app=1.0=h0_2", "base-files=2.0.1=h0_0")
    assert shop.recreate().code == 0
    assert (shop.prefix / "share/app/1.0").read_text() == "h0_2"


def test_of_a_lock_an_update_takes_what_is_there(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=1.0", "base-files")
    lose(shop, "app-1.0")
    run = shop.recreate()
    assert run.code == 5
    typed = (
        "hint: take what is there: `envtool update app --level major`, `envtool export`, then"
        " `envtool recreate`"
    )
    assert typed in flat(run.err)
    shutil.rmtree(tmp_path / "own")
    others = (each for each in packages() if (each.name, each.version) != ("app", "1.0"))
    write_channel(str(tmp_path / "own"), tuple(others), DEFAULT_EPOCH)
    for words in (("update", "app", "--level", "major"), ("export",), ("recreate",)):
        run = shop.run(*words)
        assert run.code == 0, run.err
    assert (shop.prefix / "share/app/2.0").exists()


def test_nothing_like_it(shop: Shop, tmp_path: Path) -> None:
    pruned(shop)
    shutil.rmtree(tmp_path / "own")
    write_channel(str(tmp_path / "own"), (_base("2.0"),), DEFAULT_EPOCH)
    lose(shop)
    run = shop.run("rollback")
    assert run.code == 5
    assert "`app-1.0-h0_0`: no channel has anything like it" in flat(run.err)
    assert "`channels.mirrors` in the policy" in flat(run.err)
    shutil.rmtree(tmp_path / "own")
    run = shop.run("rollback")
    assert (run.code, "no channel has anything like it" in flat(run.err)) == (5, True)


def test_what_can_not_be_kept_is_told(shop: Shop) -> None:
    shop.write("app=1.0", "base-files")
    assert shop.recreate().code == 0
    Path(shop.channel.find("app", "1.0").path).unlink()
    run = shop.recreate("--keep-archives")
    assert run.code == 0, run.err
    assert "not kept, for it could not be fetched: the archive of `app`" in flat(run.out)
    assert len(store(shop)) == 1
    (shop.folder / "explicit.txt").write_text(
        f"# platform: {LINUX}\n@EXPLICIT\n{shop.channel.url}/noarch/pip-24.0-h0_0.conda"
        f"#{shop.channel.find('pip', '24.0').record['md5']}\n"
    )
    run = shop.recreate("--keep-archives", "--lock", "explicit.txt")
    assert (run.code, "the archive of `pip`" in flat(run.out)) == (0, True)


@pytest.fixture
def server(shop: Shop) -> Iterator[ChannelServer]:
    with ChannelServer(shop.channel.folder) as found:
        yield found


def over_http(shop: Shop, url: str, *lines: str) -> None:
    listed = "".join(f"  - {line}\n" for line in lines)
    (shop.folder / "environment.yml").write_text(
        f"channels: ['{url}']\nplatforms: [{LINUX}]\ndependencies:\n{listed}"
    )
    run = shop.run("lock")
    assert run.code == 0, run.err


def test_an_archive_is_fetched_once(shop: Shop, server: ChannelServer) -> None:
    """Cache, then store, then channel."""
    over_http(shop, server.url, "app=1.0", "base-files")
    assert shop.recreate("--keep-archives").code == 0
    assert len(server.requests(APP)) == 1
    lose(shop)
    assert shop.recreate("--offline").code == 0
    assert shop.recreate("--refetch", "--keep-archives").code == 0
    assert len(server.requests(APP)) == 1
    store(shop)[0].unlink()
    store(shop)[0].unlink()
    lose(shop)
    run = shop.recreate("--offline", "--keep-archives")
    assert (run.code, "was not fetched before" in flat(run.err)) == (5, True)


def test_what_a_server_says_of_what_is_gone(shop: Shop, server: ChannelServer) -> None:
    over_http(shop, server.url, "app=1.0", "base-files")
    server.fail(APP, Status(code=404))
    run = shop.recreate()
    assert (run.code, "`app-1.0-h0_0.conda` is gone" in flat(run.err)) == (5, True)
    # One that does not answer may have it.
    server.fail(APP, Status(code=500))
    run = shop.recreate()
    assert (run.code, "is gone" in flat(run.err)) == (5, False)
    server.fail(APP, Reset(after=10))
    run = shop.recreate("--keep-archives")
    assert (run.code, "is gone" in flat(run.err)) == (5, False)


def test_a_mirror_comes_last(shop: Shop, server: ChannelServer, tmp_path: Path) -> None:
    over_http(shop, server.url, "app=1.0", "base-files")
    shutil.copytree(shop.channel.folder, tmp_path / "mirror")
    (shop.folder / "envtool.toml").write_text(
        f'[channels.mirrors]\n"{server.url}" = ["{(tmp_path / "mirror").as_uri()}"]\n'
    )
    server.fail(APP, Status(code=404))
    run = shop.recreate("--keep-archives")
    assert run.code == 0, run.err
    assert len(store(shop)) == 2
