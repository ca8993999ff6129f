"""Where prefixes are, and what is going on there: exit status, first line, and what is left."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from envtool.adapters import private_mount
from tests.installing import Shop, leftovers
from tests.served import flat

ENVTOOL = (sys.executable, "-m", "envtool")


def test_a_link_stays_one_and_its_target_is_replaced(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=1.0")
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    for line in ("app=1.0", "app=2.0"):
        shop.write(line)
        assert shop.recreate("-p", str(link)).code == 0
    assert link.is_symlink()
    assert shop.said(prefix=link) == f"app 2.0 in {tmp_path / 'real'}"
    assert shop.run("rollback", "-p", str(link)).code == 0
    assert shop.said(prefix=link) == f"app 1.0 in {tmp_path / 'real'}"
    assert leftovers(shop.state(tmp_path / "real")) == set()


@pytest.mark.parametrize("name", ["with two blanks", "naïve-日本", 'it\'s "quoted" $HOME', "long"])
def test_every_path_works(shop: Shop, tmp_path: Path, name: str) -> None:
    length = 200 - len(str(tmp_path)) - 1
    prefix = tmp_path / ("x" * length if name == "long" else name)
    shop.write("python=3.12.0", "app=1.0")
    run = shop.recreate("-p", str(prefix))
    assert run.code == 0, run.err
    if "$" not in name:
        # Text that a shell reads is not quoted by any installer.
        assert shop.said(prefix=prefix) == f"app 1.0 in {prefix}"
    shop.write("python=3.12.0", "app=2.0")
    assert shop.recreate("-p", str(prefix)).code == 0
    assert shop.run("rollback", "-p", str(prefix)).code == 0
    assert (prefix / "share/app/1.0").exists()


def test_rollback_and_recreate_take_turns(shop: Shop) -> None:
    for line in ("app=1.0", "app=2.0"):
        shop.write(line)
        assert shop.recreate().code == 0
    verbs = ("recreate", "rollback", "recreate", "rollback")
    runs = [
        subprocess.Popen([*ENVTOOL, verb], cwd=shop.folder, stdout=subprocess.DEVNULL)
        for verb in verbs
    ]
    codes = [each.wait() for each in runs]
    assert codes[::2] == [0, 0]
    assert shop.said() in {f"app {version} in {shop.prefix}" for version in ("1.0", "2.0")}
    assert leftovers(shop.state()) == set()
    assert shop.run("rollback", "--list").code == 0


def test_without_namespaces_it_is_checked_afterwards_and_goes_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_mount, "run_over", lambda *_: None)
    shop.write("python=3.12.0", "app=1.0")
    assert shop.recreate().code == 0
    shop.write("python=3.12.0", "app=2.0")
    data = json.loads(shop.recreate("-o", "json").out)["data"]
    assert data["checked"] == "after"
    shop.write("python=3.12.1", "app=1.0")
    run = shop.recreate()
    assert (run.code, run.first) == (1, "Not recreated: the layer `core-system` does not work")
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    assert [number for number, each in shop.generations().items() if each["current"]] == [2]
    assert leftovers(shop.state()) == set()


def test_a_system_that_refuses_namespaces(tmp_path: Path) -> None:
    for name in ("stage", "final"):
        (tmp_path / name).mkdir()
    (tmp_path / "stage/x").write_text("new")
    found = private_mount.run_over(
        str(tmp_path / "stage"),
        str(tmp_path / "final"),
        ["/bin/cat", str(tmp_path / "final/x")],
        {},
        10,
    )
    assert found is None or (found.code, found.said) == (0, "new")
    gone = private_mount.run_over(
        str(tmp_path / "stage"), str(tmp_path / "nowhere"), ["/bin/true"], {}, 10
    )
    assert gone is None
    slow = private_mount.run_plain(["/bin/sh", "-c", "sleep 60 & wait"], {}, 0.2)
    assert (slow.code, slow.said) == (124, "did not end within 0 s")
    missing = private_mount.run_plain([str(tmp_path / "none")], {}, 1)
    assert missing.code == 127


@pytest.mark.parametrize("goes", [True, False], ids=["moved", "copied"])
def test_a_project_that_stands_elsewhere_is_told_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, *, goes: bool
) -> None:
    shop.write("python=3.12.0", "app=1.0")
    assert shop.recreate().code == 0
    there = shop.folder.with_name("elsewhere")
    if goes:
        shop.folder.rename(there)
    else:
        shutil.copytree(shop.folder, there, symlinks=True)
    monkeypatch.chdir(there)
    told = f"was built for `{shop.prefix}`"
    run = shop.run("run", "app")
    assert (run.code, told in flat(run.err)) == (2, True), run.err
    assert "hint: build it for here: `envtool recreate`" in flat(run.err)
    run = shop.run("verify", "--environment", "production")
    assert (run.code, told in flat(run.out)) == (1, True), run.out
    assert shop.recreate().code == 0
    assert shop.run("verify", "--environment", "production").code == 0
    assert f"app 1.0 in {there}" in shop.said(prefix=there / ".envtool/envs/production")
    run = shop.run("rollback")
    assert (run.code, told in flat(run.err)) == (6, True), run.err
    assert "`envtool recreate --generation 1`" in flat(run.err)


def test_a_place_has_many_names(shop: Shop) -> None:
    shop.write("python=3.12.0", "app=1.0")
    assert shop.recreate().code == 0
    link = shop.folder.with_name("link")
    link.symlink_to(shop.folder)
    assert shop.run("verify", "-p", str(link / ".envtool/envs/production")).code == 0
    assert shop.run("run", "-p", str(link / ".envtool/envs/production"), "nothing").code == 127
    for text in ("{", '{"prefix": 7}'):
        # What somebody else wrote says nothing.
        (shop.prefix / "conda-meta/envtool").write_text(text)
        assert shop.run("run", "nothing").code == 127


@pytest.mark.parametrize(
    "command",
    [
        "recreate",
        "recreate --candidate",
        "recreate --generation 1",
        "rollback",
        "rollback --list",
        "deploy",
        "deploy --status",
        "deploy --stop",
    ],
)
def test_where_no_project_is_nothing_is_written(shop: Shop, command: str) -> None:
    run = shop.run(*command.split())
    assert run.code == 2
    assert f"in `{shop.folder}` and above" in flat(run.err)
    assert list(shop.folder.iterdir()) == []


def test_what_is_there_needs_no_project(shop: Shop) -> None:
    for line in ("app=1.0", "app=2.0"):
        shop.write(line)
        assert shop.recreate().code == 0
    (shop.folder / "environment.yml").unlink()
    assert shop.recreate().code == 0
    assert shop.run("rollback").code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    shutil.rmtree(shop.prefix)
    assert shop.run("rollback", "--to", "2").code == 0
    assert shop.said() == f"app 2.0 in {shop.prefix}"
