"""Post-link scripts run only when the policy says so, and what they do is their package's doing."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from envtool.adapters import private_mount
from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, write_channel
from envtool.adapters.channel_builder.packages import PLACEHOLDER, File, Mode, Package, Symlink
from tests.installing import LINUX, Shop, leftovers, small_channel
from tests.served import flat


def script(name: str, body: str) -> File:
    content = f"#!/bin/sh\n{body}\n".encode()
    return File(path=f"bin/.{name}-post-link.sh", content=content, executable=True)


def package(
    name: str, body: str, *needs: str, version: str = "1.0", more: tuple[File, ...] = ()
) -> Package:
    own = File(path=f"share/{name}/list", content=b"as packed\n")
    placed = File(path=f"share/{name}/home", content=PLACEHOLDER.encode(), placeholder=Mode.TEXT)
    return Package(
        name=name,
        version=version,
        build="h0_7",
        build_number=7,
        subdir=LINUX,
        depends=needs,
        files=(own, placed, script(name, body), *more),
    )  # fmt: skip


# What conda tells a script, what is there by then, and every kind of change.
TELLS = """
echo "$PREFIX $PKG_NAME $PKG_VERSION $PKG_BUILDNUM $CONDA_PREFIX" > "$PREFIX/told.txt"
cat "$PREFIX/share/tells/home" > "$PREFIX/home.txt"
echo "thank you" > "$PREFIX/.messages.txt"
"""
ALTERS = """
test -e "$PREFIX/told.txt" || exit 9
echo more >> "$PREFIX/share/tells/list"
rm "$PREFIX/share/alters/list"
ln -sf list "$PREFIX/share/tells/link"
echo again > "$PREFIX/told.txt"
"""


@pytest.fixture
def shop(shop: Shop, tmp_path: Path) -> Shop:
    link = Symlink(path="share/tells/link", target="home")
    packages = (
        package("tells", TELLS, more=(link,)),  # type: ignore[arg-type] # a link is one, too
        # By name it would be the first.
        package("alters", ALTERS, "tells"),
        package("fails", 'echo "no room for that"; echo "sorry" > "$PREFIX/.messages.txt"; exit 3'),
        package("sleeps", "sleep 60"),
    )
    return shop._replace(channel=write_channel(str(tmp_path / "own"), packages, DEFAULT_EPOCH))


def allow(shop: Shop, *names: str) -> None:
    listed = ", ".join(f'"{each}"' for each in names)
    (shop.folder / "envtool.toml").write_text(f"[recreate]\npost-link = [{listed}]\n")


@pytest.fixture(params=["in a view of its own", "at its place"])
def view(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the system lets a program see the new tree where the old one stands."""
    if request.param == "at its place":
        monkeypatch.setattr(private_mount, "run_over", lambda *_: None)
    elif private_mount.run_over("/usr", "/usr", ["/bin/sh", "-c", "exit"], {}, 5) is None:
        pytest.skip("no user namespaces here")
    return str(request.param)


def test_scripts_of_listed_packages_run(shop: Shop, view: str) -> None:
    shop.prefix.mkdir(parents=True)
    shop.write("alters")
    allow(shop, "alters", "TELL*")
    run = shop.recreate("-o", "json")
    assert run.code == 0, run.err
    data = json.loads(run.out)
    assert data["data"]["checked"] == ("before" if "view" in view else "after")
    notes = " ".join(data["notes"])
    assert "ran the post-link scripts of `tells`, `alters`" in notes
    assert "`tells` says: thank you" in notes
    assert not (shop.prefix / ".messages.txt").exists()
    assert (shop.prefix / "home.txt").read_text() == str(shop.prefix)
    logged = (shop.state() / "log.jsonl").read_text()
    assert '"event": "post-link", "package": "tells 1.0", "code": 0' in logged
    assert leftovers(shop.state()) == set()


def test_what_conda_tells_a_script(shop: Shop, view: str) -> None:
    shop.write("tells")
    allow(shop, "tells")
    assert shop.recreate().code == 0
    said = (shop.prefix / "told.txt").read_text().split()
    assert said == [str(shop.prefix), "tells", "1.0", "7", str(shop.prefix)]
    # There was no place yet to see it at; the second time there is one.
    assert shop.recreate().code == 0
    assert (shop.prefix / "told.txt").read_text().split() == said
    assert view


def test_what_they_do_is_no_damage(shop: Shop, view: str, tmp_path: Path) -> None:
    """Neither to `verify --prefix`, nor to a kept tree, nor in the cache that all share."""
    shop.write("tells")
    assert shop.recreate("-p", str(tmp_path / "other")).code == 0
    shop.write("alters")
    allow(shop, "*")
    for _ in range(2):
        assert shop.recreate().code == 0, view
        assert shop.run("verify", "--prefix", str(shop.prefix)).code == 0
    assert (shop.prefix / "share/tells/list").read_text() == "as packed\nmore\n"
    assert not (shop.prefix / "share/alters/list").exists()
    assert (shop.prefix / "share/tells/link").readlink() == Path("list")
    # What a script made may change at any time, and the kept tree is still good to go back to.
    (shop.prefix / "told.txt").write_text("by a user\n")
    (shop.prefix / "conda-meta/state").write_text("{}")
    assert shop.recreate().code == 0
    run = shop.run("rollback")
    assert run.code == 0, run.err
    assert (shop.prefix / "told.txt").read_text() == "by a user\n"
    assert shop.run("verify", "--prefix", str(shop.prefix)).code == 0
    assert (tmp_path / "other/share/tells/list").read_text() == "as packed\n"
    run = shop.run("verify", "--prefix", str(tmp_path / "other"), "--ignore", "prefix.missing")
    assert run.code == 0, run.out
    # What is altered by anybody else is damage all the same.
    (shop.prefix / "share/tells/list").write_text("altered\n")
    assert shop.run("verify", "--prefix", str(shop.prefix)).code == 1


def test_a_script_that_fails_leaves_the_old_environment(shop: Shop, view: str) -> None:
    shop.write("tells")
    assert shop.recreate().code == 0
    shop.write("tells", "fails")
    allow(shop, "fails")
    run = shop.recreate()
    assert run.code == 1, view
    assert run.first == "Not recreated: the layer `application` does not work"
    assert "error: the post-link script of `fails 1.0` ended with 3" in flat(run.out)
    assert "info: no room for that" in flat(run.out)
    assert "info: sorry" in flat(run.out)
    assert "no room for that" in (shop.state() / "log.jsonl").read_text()
    assert list(shop.generations()) == [1]
    assert not (shop.prefix / "share/fails").exists()
    assert leftovers(shop.state()) == set()
    assert shop.run("verify", "--prefix", str(shop.prefix), "--ignore", "prefix.missing").code == 0


def test_scripts_of_others_are_named(shop: Shop) -> None:
    shop.write("alters", "fails")
    allow(shop, "tells")
    run = shop.recreate()
    assert run.code == 0, run.err
    assert "ran the post-link scripts of `tells`" in flat(run.out)
    assert (
        "not run: the post-link scripts of `alters`, `fails`; to run them, have"
        ' `recreate.post-link = ["alters", "fails"]` in the policy' in flat(run.out)
    )


def test_a_listed_package_without_a_script(shop: Shop, tmp_path: Path) -> None:
    shop = shop._replace(channel=small_channel(tmp_path / "small"))
    shop.write("app")
    allow(shop, "app", "base-files")
    assert shop.recreate().code == 0
    assert "post-link" not in shop.recreate().out
    assert (shop.prefix / "share/app/2.0").stat().st_nlink == 1


def test_a_script_that_does_not_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envtool.workflows.link_scripts._LIMIT", 0.3)
    shop.write("sleeps")
    allow(shop, "sleeps")
    run = shop.recreate()
    assert (run.code, "did not end within 0 s" in flat(run.out)) == (1, True)
    assert not shop.prefix.exists()


def test_a_script_ends_with_the_run_that_started_it(shop: Shop, view: str) -> None:
    """Left alone, it would go on in whatever comes to stand at the prefix."""
    shop.prefix.mkdir(parents=True)
    shop.write("sleeps")
    allow(shop, "sleeps")
    code = (
        "import sys; from envtool.adapters import private_mount; from envtool.cli import run;"
        "private_mount.run_over = private_mount.run_over if 'view' in sys.argv[1] else"
        " lambda *_: None; run(['recreate'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, view],
        cwd=shop.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        pid = until(lambda: started(shop))
        process.kill()
    until(lambda: not Path(f"/proc/{pid}/cwd").exists())


def started(shop: Shop) -> str:
    """The process of the script; empty before there is one."""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            text = each.read_text()
            # Before it is the shell it is the helper, with the same arguments.
            if f"{shop.prefix}/bin/.sleeps-post" in text and "private_mount" not in text:
                return each.parent.name
    return ""


Answer = TypeVar("Answer")


def until(answer: Callable[[], Answer]) -> Answer:
    """The first answer that is true; fails when there is none in some minutes."""
    for _ in range(6000):
        if found := answer():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came of it")


def test_more_scripts_in_a_policy_make_it_weaker(shop: Shop) -> None:
    shop.write("tells")
    allow(shop, "tells")
    shop.git("init", "-q")
    shop.git("add", ".")
    shop.git("commit", "-qm", "first")
    allow(shop, "tells", "alters")
    run = shop.run("verify", "--policy-from", "HEAD")
    assert "`recreate.post-link` adds `alters`" in flat(run.out)


def test_the_shell_is_there_without_bash(monkeypatch: pytest.MonkeyPatch) -> None:
    from envtool.adapters.link_scripts import command_of

    assert Path(command_of("/env", "bin/.a-post-link.sh")[0]).name in {"bash", "sh"}
    monkeypatch.setenv("PATH", "")
    assert command_of("/env", "bin/.a-post-link.sh") == ["/bin/sh", "/env/bin/.a-post-link.sh"]
    assert sys.platform != "win32"
