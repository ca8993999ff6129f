"""`recover.sh`: on a machine without envtool, with a micromamba that really installs."""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from envtool.adapters import connect
from tests.installing import Shop
from tests.mounting import skip_without_namespaces
from tests.stand_in_micromamba import install

Text = Callable[[Path], object]


@pytest.fixture
def exported(shop: Shop) -> Shop:
    """A project whose lock was exported twice."""
    shop.write("python=3.12.0", "app=1.0")
    assert shop.run("export").code == 0
    shop.write("python=3.12.0", "app=2.0")
    assert shop.run("export").code == 0
    return shop


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with all that the machine has: what POSIX has, and micromamba."""
    folder = tmp_path / "tools"
    install(folder)
    for name in _POSIX:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


_POSIX = (
    "sh", "basename", "cp", "cut", "date", "dirname", "head", "mkdir", "mv", "rm", "sed", "sleep",
    "sha256sum", "tr", "uname", "wc", "curl",
)  # fmt: skip


def recover(
    shop: Shop, tools: Path, *arguments: str, cut_off: bool = False, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run the script, as the only thing of envtool; `cut_off` takes the network away."""
    script = str(shop.folder / "recovery/recover.sh")
    shell = [shutil.which("sh") or "sh", script, *arguments]
    apart = [shutil.which("unshare") or "unshare", "-rn"]
    return subprocess.run(
        [*apart, *shell] if cut_off else shell,
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tools), **variables},
    )


def damages(prefix: Path) -> list[str]:
    """The files that are not what their package brought, of all that have a hash."""
    inspector = connect().inspector()
    installed = inspector.read(str(prefix))
    assert installed.files > 0
    assert not installed.broken
    return [each.path for each in inspector.check_files(installed)]


def test_the_environment_is_there_again(exported: Shop, tools: Path) -> None:
    done = recover(exported, tools)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"Recovered `{exported.prefix}`: 3 packages of conda-linux-64.lock, every archive hashed\n"
    )
    assert exported.said() == f"app 2.0 in {exported.prefix}"
    assert damages(exported.prefix) == []
    assert sorted(os.listdir(exported.prefix.parent)) == ["production"]


def test_without_a_network(exported: Shop, tools: Path) -> None:
    skip_without_namespaces()
    done = recover(exported, tools, "previous", cut_off=True)
    assert done.returncode == 0, done.stderr
    assert exported.said() == f"app 1.0 in {exported.prefix}"
    assert damages(exported.prefix) == []


def test_what_was_there_is_kept(exported: Shop, tools: Path) -> None:
    recover(exported, tools)
    (exported.prefix / "mine").write_text("x")
    done = recover(exported, tools, "previous")
    assert done.returncode == 0, done.stderr
    kept = [each for each in exported.prefix.parent.iterdir() if ".old-" in each.name]
    assert [(each / "mine").exists() for each in kept] == [True]
    assert f"What was there is kept in `{kept[0]}`" in done.stderr


def test_the_other_environments_and_places(exported: Shop, tools: Path, tmp_path: Path) -> None:
    exported.write("pytest", name="environment-dev.yml")
    exported.run("export")
    where = tmp_path / "with a blank" / "é"
    done = recover(exported, tools, "-e", "development", "-p", str(where))
    assert done.returncode == 0, done.stderr
    assert (where / "share/pytest/version").exists()
    assert damages(where) == []
    done = recover(exported, tools, "-p", "below/here")
    assert (exported.folder / "below/here/bin/app").exists()


def _append(name: str) -> Text:
    def edit(folder: Path) -> None:
        with (folder / name).open("a") as file:
            file.write("# x\n")

    return edit


def _alter_archive(folder: Path) -> None:
    """Change one byte of an archive in the channel."""
    path = next(folder.parent.glob("**/app-2.0-h0_0.conda"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


# Status, what is said, and what is done to `recovery/` before.
REFUSED: dict[str, tuple[int, str, Text]] = {
    "a changed artifact": (
        6,
        "`conda-linux-64.lock` was changed: restore it from git",
        _append("conda-linux-64.lock"),
    ),
    "an artifact of another commit": (
        6,
        "`conda-linux-64.lock` is not in `manifest.json`",
        lambda folder: (folder / "manifest.json").write_text("{}\n"),
    ),
    "no list": (
        2,
        "there is no",
        lambda folder: (folder / "conda-linux-64.lock").unlink(),
    ),
    "no manifest": (2, "manifest.json`", lambda folder: (folder / "manifest.json").unlink()),
}


@pytest.mark.parametrize(("status", "said", "edit"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_installed_from_what_was_changed(
    exported: Shop, tools: Path, status: int, said: str, edit: Text
) -> None:
    edit(exported.folder / "recovery")
    done = recover(exported, tools)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert not exported.prefix.exists()


def test_a_changed_archive_is_refused(exported: Shop, tools: Path, tmp_path: Path) -> None:
    recover(exported, tools, "previous")
    copied = tmp_path / "copy"
    shutil.copytree(exported.channel.folder, copied)
    recovery = exported.folder / "recovery"
    shutil.copytree(copied, recovery / "channel")
    _alter_archive(recovery / "conda-linux-64.lock")
    done = recover(exported, tools)
    assert done.returncode == 6
    assert "`app-2.0-h0_0.conda` is not what was locked: SHA-256" in done.stderr
    assert exported.said() == f"app 1.0 in {exported.prefix}"
    assert sorted(os.listdir(exported.prefix.parent)) == ["production"]


def test_a_missing_archive_is_no_reason_to_lose_what_is_there(exported: Shop, tools: Path) -> None:
    recover(exported, tools, "previous")
    list_ = exported.folder / "recovery/conda-linux-64.lock"
    text = list_.read_text().replace("app-2.0", "app-9.0")
    list_.write_text(text)
    manifest = exported.folder / "recovery/manifest.json"
    lines = manifest.read_text().splitlines()
    digest = sha256(text.encode()).hexdigest()
    lines = [
        f'    "conda-linux-64.lock": "{digest}",' if '"conda-linux-64.lock"' in each else each
        for each in lines
    ]
    manifest.write_text("\n".join(lines))
    done = recover(exported, tools)
    assert done.returncode == 5
    assert "can not be read" in done.stderr
    assert exported.said() == f"app 1.0 in {exported.prefix}"


@pytest.mark.parametrize(
    ("name", "version", "is_able"),
    [
        ("micromamba", "2.0.8", False),
        ("micromamba", "2.1.0", True),
        ("mamba", "1.5.8", False),
        ("mamba", "mamba 2.10.0", True),
        ("conda", "conda 24.7.1", False),
        ("conda", "conda 24.9.2", True),
        ("conda", "conda 26.1.0", True),
        ("conda", "strange", False),
    ],
)
def test_a_tool_that_does_not_check_hashes_is_refused(
    exported: Shop, tools: Path, name: str, version: str, *, is_able: bool
) -> None:
    (tools / "micromamba").unlink()
    install(tools, name, version)
    done = recover(exported, tools)
    if is_able:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 4
        assert f"too old to check SHA-256: {name}" in done.stderr


def test_the_newer_of_two_tools_is_taken(exported: Shop, tools: Path) -> None:
    install(tools, "micromamba", "1.5.0")
    install(tools, "conda", "conda 25.1.0")
    assert recover(exported, tools).returncode == 0


def test_without_a_tool(exported: Shop, tools: Path) -> None:
    (tools / "micromamba").unlink()
    done = recover(exported, tools)
    assert done.returncode == 4
    assert "there is no micromamba, mamba or conda here" in done.stderr
    (tools / "sha256sum").unlink()
    done = recover(exported, tools)
    assert done.returncode == 4
    assert "nothing here can hash a file" in done.stderr


@pytest.mark.parametrize("arguments", [("later",), ("-p",), ("-e",)])
def test_what_is_not_understood(exported: Shop, tools: Path, arguments: tuple[str, ...]) -> None:
    done = recover(exported, tools, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_help_says_how(exported: Shop, tools: Path) -> None:
    done = recover(exported, tools, "--help")
    assert done.returncode == 0
    assert "recover.sh [current|previous] [-e ENVIRONMENT] [-p PREFIX]" in done.stdout


def test_a_failing_install_puts_back_what_was_there(exported: Shop, tools: Path) -> None:
    recover(exported, tools, "previous")
    done = recover(exported, tools, STAND_IN_FAILS="1")
    assert done.returncode == 4
    assert f"`{exported.prefix}` is as it was before" in done.stderr
    assert exported.said() == f"app 1.0 in {exported.prefix}"
    assert sorted(os.listdir(exported.prefix.parent)) == ["production"]


def test_a_run_that_was_cut_off_is_made_good(exported: Shop, tools: Path) -> None:
    recover(exported, tools, "previous")
    exported.prefix.rename(exported.prefix.with_name("production.before-recovery"))
    exported.prefix.mkdir()
    (exported.prefix / "half").write_text("x")
    done = recover(exported, tools)
    assert done.returncode == 0, done.stderr
    assert "An earlier recovery was cut off" in done.stderr
    assert exported.said() == f"app 2.0 in {exported.prefix}"
    assert not (exported.prefix / "half").exists()


def test_other_programs_that_hash(exported: Shop, tools: Path) -> None:
    (tools / "sha256sum").unlink()
    for name in ("shasum", "openssl", "perl"):
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    assert recover(exported, tools).returncode == 0
    if (tools / "shasum").exists() and (tools / "openssl").exists():
        (tools / "shasum").unlink()
        assert recover(exported, tools, "previous").returncode == 0


def test_shellcheck_finds_nothing(exported: Shop) -> None:
    shellcheck = str(Path(sysconfig.get_path("scripts")) / "shellcheck")
    script = str(exported.folder / "recovery/recover.sh")
    done = subprocess.run([shellcheck, "-s", "sh", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
