"""`export --bundle` and `recreate --bundle`: an environment in one file."""

import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from tests.conftest import Run
from tests.index import Dist, serving
from tests.installing import LINUX, Shop, packages
from tests.locking import Entry, entry_text
from tests.mounting import skip_without_namespaces
from tests.served import flat
from tests.stand_in_micromamba import install


def packed(shop: Shop, *options: str) -> Run:
    """A bundle of the project, in `app.tar`."""
    run = shop.run("export", "--bundle", "app.tar", *options)
    assert run.code == 0, run.err
    return run


def names(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


Machine = Callable[[], Path]


@pytest.fixture
def other_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Goes to a machine that has neither the project nor anything that was fetched before."""

    def go() -> Path:
        monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "other-cache"))
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    return go


def own_channel(shop: Shop, *more: Package) -> Path:
    """Has the project take its packages from a channel that can go away."""
    folder = shop.folder.parent / "own"
    shop_channel = write_channel(str(folder), (*packages(), *more), DEFAULT_EPOCH)
    (shop.folder / "environment.yml").write_text(
        f"channels: [{shop_channel.url}]\nplatforms: [{LINUX}]\n"
        "dependencies:\n- python=3.12.0\n- app=2.0\n"
    )
    assert shop.run("lock").code == 0
    return folder


def test_a_bundle_is_all_that_another_machine_needs(shop: Shop, other_machine: Machine) -> None:
    channel = own_channel(shop)
    run = packed(shop)
    path = shop.folder / "app.tar"
    assert run.first.startswith("Packed `app.tar`: 3 packages for linux-64, ")
    assert f"SHA-256 of the bundle: {sha256(path.read_bytes()).hexdigest()}" in flat(run.out)
    assert "micromamba is not in it, for no channel has it" in flat(run.out)
    assert "Wrote 6 files in `recovery`" in flat(run.out)
    shutil.rmtree(channel)
    elsewhere = other_machine()
    done = shop.run("recreate", "--bundle", str(path), "--offline")
    assert done.code == 0, done.err
    assert done.first.startswith("Recreated `.envtool/envs/production`: 3 packages from app.tar in")
    prefix = elsewhere / ".envtool/envs/production"
    assert shop.said(prefix=prefix) == f"app 2.0 in {prefix}"
    assert shop.run("verify", "--prefix", str(prefix)).code == 0


def test_the_layout_is_that_of_pixi_pack(shop: Shop) -> None:
    shop.write("python=3.12.0", "app=2.0")
    packed(shop)
    with tarfile.open(shop.folder / "app.tar") as tar:
        members = {each.name: each for each in tar}
        texts = {
            name: (tar.extractfile(name) or io.BytesIO()).read().decode()
            for name in ("pixi-pack.json", "environment.yml", "channel/linux-64/repodata.json")
        }
    assert json.loads(texts["pixi-pack.json"]) == {"version": "1", "platform": "linux-64"}
    assert texts["environment.yml"] == (
        "channels:\n  - ./channel\n  - nodefaults\ndependencies:\n"
        "  - app=2.0=h0_0\n  - base-files=2.0=h0_0\n  - python=3.12.0=h0_0\n"
    )
    index = json.loads(texts["channel/linux-64/repodata.json"])["packages.conda"]
    assert set(index) == {"app-2.0-h0_0.conda", "python-3.12.0-h0_0.conda"}
    assert index["app-2.0-h0_0.conda"]["depends"] == ["base-files >=2"]
    assert index["app-2.0-h0_0.conda"].keys().isdisjoint({"url", "channel"})
    assert {
        "channel/noarch/base-files-2.0-h0_0.conda",
        "conda-linux-64.lock",
        "conda-lock.yml",
        "manifest.json",
        "records.lock",
        "recover.sh",
    } <= members.keys()
    assert members["recover.sh"].mode == 0o755
    assert {(each.uid, each.uname) for each in members.values()} == {(0, "")}


def test_two_bundles_are_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    shop.write("app=2.0")
    packed(shop)
    first = (shop.folder / "app.tar").read_bytes()
    packed(shop)
    assert (shop.folder / "app.tar").read_bytes() == first


def test_the_script_restores_from_a_bundle_without_a_network(shop: Shop, tmp_path: Path) -> None:
    """And micromamba comes along when the channel has it."""
    skip_without_namespaces()
    install(tmp_path / "made")
    program = File(
        path="bin/micromamba",
        content=(tmp_path / "made/micromamba").read_bytes(),
        executable=True,
    )
    package = Package(name="micromamba", version="2.3.0", subdir=LINUX, files=(program,))
    channel = own_channel(shop, package)
    assert "micromamba is in it" in flat(packed(shop).out)
    shutil.rmtree(channel)
    target = tmp_path / "target"
    with tarfile.open(shop.folder / "app.tar") as tar:
        tar.extractall(target, filter="data")
    done = subprocess.run(
        ["unshare", "-rn", "sh", str(target / "recover.sh")],  # noqa: S607
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shop.said(prefix=target / "env") == f"app 2.0 in {target / 'env'}"


def test_wheels_come_along(shop: Shop, other_machine: Machine) -> None:
    with serving(Dist("tool", "1.0", ("helper",)), Dist("helper", "2.0")) as index:
        (shop.folder / "environment.yml").write_text(
            f"channels: [{shop.channel.url}]\nplatforms: [{LINUX}]\ndependencies:\n"
            f"- python=3.12.0\n- pip\n- pip:\n  - --index-url {index.url}\n  - tool\n"
        )
        locked = shop.run("lock")
        assert locked.code == 0, locked.err
        packed(shop)
    path = shop.folder / "app.tar"
    assert {"pypi/tool-1.0-py3-none-any.whl", "pypi/helper-2.0-py3-none-any.whl"} <= {*names(path)}
    elsewhere = other_machine()
    done = shop.run("recreate", "--bundle", str(path), "--offline")
    assert done.code == 0, done.err
    site = elsewhere / ".envtool/envs/production/lib/python3.12/site-packages"
    assert (site / "tool-1.0.dist-info").is_dir()


def test_development_and_other_platforms(shop: Shop) -> None:
    shop.write("app=2.0", then=False)
    shop.write("pytest", name="environment-dev.yml")
    run = packed(shop, "-e", "development", "-o", "json")
    data = json.loads(run.out)["data"]["bundle"]
    assert (data["archives"], data["platform"]) == (3, LINUX)
    assert "channel/noarch/pytest-9.0-h0_0.conda" in names(shop.folder / "app.tar")
    assert "conda-dev-linux-64.lock" in names(shop.folder / "app.tar")
    run = shop.run("export", "--bundle", "mac.tar", "--platform", "osx-arm64")
    assert run.code == 2
    assert "has no package for osx-arm64" in flat(run.err)
    assert not (shop.folder / "mac.tar").exists()


def test_the_page_of_the_project_comes_along_where_there_is_one(shop: Shop) -> None:
    (shop.folder / "envtool.toml").write_text("export.artifacts = []\n")
    shop.write("app=2.0")
    packed(shop)
    assert "RECOVERY.md" not in names(shop.folder / "app.tar")
    (shop.folder / "envtool.toml").write_text("")
    packed(shop)
    assert "RECOVERY.md" in names(shop.folder / "app.tar")


def test_what_can_not_be_packed(shop: Shop) -> None:
    run = shop.run("export", "--bundle", "app.tar", "--dry-run")
    assert run.code == 2
    assert "`--bundle` writes a file, and `--dry-run` none" in flat(run.err)
    channel = own_channel(shop)
    next(channel.glob("*/app-2.0*")).unlink()
    run = shop.run("export", "--bundle", "app.tar")
    assert run.code == 5
    assert "`app-2.0-h0_0.conda` can not be had" in flat(run.err)
    assert [each for each in os.listdir(shop.folder) if each.endswith((".tar", ".tmp"))] == []
    run = shop.run("export", "--bundle", "missing/app.tar")
    assert run.code in {2, 5}


def test_what_was_kept_can_be_packed_when_the_channel_is_gone(shop: Shop) -> None:
    channel = own_channel(shop)
    packed(shop)
    shutil.rmtree(channel)
    assert "micromamba is not in it" in flat(packed(shop, "--offline").out)


def test_a_package_without_an_archive_is_named(shop: Shop) -> None:
    shop.write("app=2.0")
    lock = shop.folder / "conda-lock.yml"
    own = Entry("own", manager="pip", url="./own", md5="", sha256="")
    lock.write_text(lock.read_text() + entry_text(own).replace("  hash:\n", "  hash: {}\n"))
    run = shop.run("export", "--bundle", "app.tar")
    assert run.code == 2
    assert "`own` is in no archive that could be packed" in flat(run.err)


def test_to_pack_is_not_to_accept(shop: Shop) -> None:
    """The lock is packed as it is, whatever became of a candidate beside it."""
    shop.write("app=1.0")
    spec = shop.folder / "environment.yml"
    spec.write_text(spec.read_text().replace("app=1.0", "app"))
    assert shop.run("lock").code == 0
    assert shop.run("update", "--all", "--level", "major").code == 0
    lock = shop.folder / "conda-lock.yml"
    kept = {each: each.read_bytes() for each in (spec, lock)}
    for _ in range(2):
        run = packed(shop)
        assert "a candidate waits, and is not packed: `envtool test`, then" in flat(run.out)
        assert {each: each.read_bytes() for each in kept} == kept
        assert (shop.folder / ".envtool/candidate/plan.json").exists()
        with tarfile.open(shop.folder / "app.tar") as tar:
            assert any("app-1.0-" in name for name in tar.getnames())
            assert not any("app-2.0-" in name for name in tar.getnames())
        # One that was made from other files is nobody's business either.
        plan = shop.folder / ".envtool/candidate/plan.json"
        plan.write_text("{}")


Edit = Callable[[tarfile.TarFile], None]


def add(name: str, content: bytes = b"x", **more: object) -> Edit:
    """Adds a member that no honest bundle has."""

    def edit(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        for key, value in more.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(content))

    return edit


HOSTILE: dict[str, tuple[Edit, str]] = {
    "traversal": (add("../../etc/passwd"), "which leads out of it"),
    "absolute": (add("/etc/passwd"), "which leads out of it"),
    "drive": (add("C:evil"), "which leads out of it"),
    "backslash": (add("channel\\..\\evil"), "which leads out of it"),
    "symbolic link": (
        add("channel/link", b"", type=tarfile.SYMTYPE, linkname="/etc"),
        "which is no plain file",
    ),
    "hard link": (
        add("channel/link", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        "which is no plain file",
    ),
    "device": (add("channel/null", b"", type=tarfile.CHRTYPE), "which is no plain file"),
    "pipe": (add("channel/pipe", b"", type=tarfile.FIFOTYPE), "which is no plain file"),
    "twice": (add("pixi-pack.json"), "holds `pixi-pack.json` twice"),
    "large text": (add("x.json", b"x" * ((64 << 20) + 1)), "which is too large"),
}


@pytest.mark.parametrize(("edit", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_bundle_is_refused(
    shop: Shop, other_machine: Machine, edit: Edit, message: str
) -> None:
    shop.write("app=2.0")
    packed(shop)
    path = shop.folder / "app.tar"
    with tarfile.open(path, "a") as tar:
        edit(tar)
    elsewhere = other_machine()
    done = shop.run("recreate", "--bundle", str(path), "--offline")
    assert done.code == 6
    assert message in flat(done.err)
    assert "hint: do not extract it; ask whoever made it" in flat(done.err)
    assert not (elsewhere / ".envtool/envs/production").exists()


def test_many_texts_are_a_bomb(shop: Shop) -> None:
    shop.write("app=2.0")
    packed(shop)
    path = shop.folder / "app.tar"
    with tarfile.open(path, "a") as tar:
        for number in range(5):
            add(f"{number}.txt", b"x" * (60 << 20))(tar)
    done = shop.run("recreate", "--bundle", str(path))
    assert done.code == 6
    assert "holds more than any environment has" in flat(done.err)


def replaced(path: Path, name: str, content: bytes) -> None:
    """Another content for one member of the bundle at `path`."""
    with tarfile.open(path) as tar:
        members = [(each, (tar.extractfile(each) or io.BytesIO()).read()) for each in tar]
    with tarfile.open(path, "w") as tar:
        for info, old in members:
            new = content if info.name == name else old
            info.size = len(new)
            tar.addfile(info, io.BytesIO(new))


def test_an_archive_with_other_bytes_is_never_installed(shop: Shop, other_machine: Machine) -> None:
    shop.write("app=2.0")
    packed(shop)
    path = shop.folder / "app.tar"
    replaced(path, "channel/linux-64/app-2.0-h0_0.conda", b"other")
    other_machine()
    done = shop.run("recreate", "--bundle", str(path), "--offline")
    assert done.code == 6
    assert "`channel/linux-64/app-2.0-h0_0.conda` is not what the lock promises" in flat(done.err)
    assert "hint: the bundle was damaged or changed since it was made: copy it again" in flat(
        done.err
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is no bundle"), (b"x" * 2000, "is no bundle"), (None, "can not be read")],
)
def test_what_is_no_bundle(shop: Shop, content: bytes | None, message: str) -> None:
    path = shop.folder / "app.tar"
    if content is not None:
        path.write_bytes(content)
    done = shop.run("recreate", "--bundle", "app.tar")
    assert done.code == 2
    assert message in flat(done.err)
    assert "hint: make one: `envtool export --bundle FILE`" in flat(done.err)


def test_a_tar_of_something_else_and_a_torn_one(shop: Shop) -> None:
    path = shop.folder / "app.tar"
    with tarfile.open(path, "w") as tar:
        add("readme.txt")(tar)
    done = shop.run("recreate", "--bundle", "app.tar")
    assert done.code == 2
    assert "is no bundle: it has no `pixi-pack.json`" in flat(done.err)
    shop.write("app=2.0")
    packed(shop)
    path.write_bytes(path.read_bytes()[:-12000])
    done = shop.run("recreate", "--bundle", "app.tar", "--offline")
    assert done.code != 0
