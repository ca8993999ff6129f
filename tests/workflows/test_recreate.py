"""`envtool recreate`: an environment is built beside the old one, and takes its place."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from envtool.adapters.chained_log import append, broken_at
from tests.index import Dist, Index, serving
from tests.installing import LINUX, Shop, leftovers, small_channel
from tests.served import flat
from tests.solving import installed, solved


def test_an_environment_is_made_and_made_again(shop: Shop) -> None:
    shop.write("python=3.12.0", "app=1.0", "base-files=1.0")
    run = shop.recreate()
    assert run.code == 0, run.err
    assert run.first.startswith(
        "Recreated `.envtool/envs/production`: 3 packages from conda-lock.yml in "
    )
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert shop.said("python") == f"python 3.12.0 of {shop.prefix}"
    assert json.loads((shop.prefix / "conda-meta/app-1.0-h0_0.json").read_text())["name"] == "app"
    shop.write("app=2.0")
    run = shop.recreate("-o", "json")
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    data = json.loads(run.out)["data"]
    assert (data["generation"], data["packages"], data["checked"]) == (2, 2, "before")
    facts = data["cache"]
    assert (facts["hits"], facts["fetched"], facts["stored"]) == (0, 2, 0)
    assert [each["name"] for each in data["steps"]][-1] == "swap"
    assert data["memory"] > 1 << 24
    assert data["disk"]["files"] > data["packages"]
    assert 0 < data["disk"]["own"] < data["disk"]["size"]
    logged = json.loads(Path(data["log"]).read_text().splitlines()[-1])
    assert {key: logged[key] for key in data.keys() - {"prefix", "log"}} == {
        key: data[key] for key in data.keys() - {"prefix", "log"}
    }
    assert broken_at(data["log"]) is None
    assert shop.generations()[2]["current"]
    assert leftovers(shop.state()) == set()
    text = (shop.prefix / "conda-meta/history").read_text()
    assert f"+{shop.channel.url}/linux-64::app-1.0-h0_0" in text
    assert f"-{shop.channel.url}/linux-64::app-1.0-h0_0" in text
    assert "# update specs: " in text
    assert (Path.home() / ".conda/environments.txt").read_text() == f"{shop.prefix}\n"


def test_nodefaults_names_no_channel(shop: Shop, tmp_path: Path) -> None:
    text = f"channels: [{shop.channel.url}, nodefaults]\nplatforms: [{LINUX}]\n"
    (shop.folder / "environment.yml").write_text(f"{text}dependencies: [app=1.0]\n")
    assert shop.run("lock").code == 0
    assert shop.recreate().code == 0
    bundle = str(tmp_path / "app.tar")
    run = shop.run("export", "--bundle", bundle)
    assert run.code == 0, run.err
    run = shop.recreate("--bundle", bundle)
    assert run.code == 0, run.err
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_git_does_not_see_environments(shop: Shop) -> None:
    shop.write("app=1.0")
    shop.git("init", "-q")
    assert shop.recreate().code == 0
    assert shop.recreate("-e", "production").code == 0
    shop.git("add", "-A")
    assert shop.git("ls-files").split() == [
        "conda-lock.yml",
        "environment.yml",
        "recovery/records.lock",
    ]
    ignore = shop.folder / ".envtool/.gitignore"
    ignore.write_text("envs/\n")
    assert shop.run("rollback").code == 0
    assert ignore.read_text() == "envs/\n"
    ignore.unlink()
    assert shop.run("rollback", "--to", "2").code == 0
    assert ignore.read_text() == "*\n"


def test_environments_of_one_lock(shop: Shop) -> None:
    shop.write("app", then=False)
    shop.write("pytest", name="environment-dev.yml")
    assert shop.recreate("-e", "development").code == 0
    development = shop.prefix.with_name("development")
    assert (development / "share/pytest/version").exists()
    assert shop.recreate().code == 0
    assert not (shop.prefix / "share/pytest").exists()
    run = shop.recreate("-e", "docs")
    assert (run.code, "it has `development`, `production`" in flat(run.err)) == (2, True)


def test_the_layers_come_one_after_the_other(shop: Shop) -> None:
    shop.write("python=3.12.0", "app", then=False)
    shop.write("pytest", name="environment-dev.yml")
    data = json.loads(shop.recreate("-e", "development", "-o", "json").out)["data"]
    names = [each["name"] for each in data["steps"]]
    assert names[:3] == ["core-system", "application", "development"]


def test_what_does_not_start_never_takes_the_place(shop: Shop) -> None:
    shop.write("python=3.12.0", "app")
    assert shop.recreate().code == 0
    shop.write("python=3.12.1", "app")
    run = shop.recreate()
    assert run.code == 1
    assert run.first == "Not recreated: the layer `core-system` does not work"
    assert "`bin/python -c" in flat(run.out)
    assert "ended with 3" in flat(run.out)
    assert "can not start" in flat(run.out)
    assert "as it was before" in flat(run.out)
    assert shop.said("python") == f"python 3.12.0 of {shop.prefix}"
    assert list(shop.generations()) == [1]
    assert leftovers(shop.state()) == set()


def test_the_first_one_is_checked_where_it_stands(shop: Shop) -> None:
    shop.write("python=3.12.1")
    assert shop.recreate().code == 1
    assert not shop.prefix.exists()
    assert leftovers(shop.state()) == set()
    shop.write("r-base")
    data = json.loads(shop.recreate("-o", "json").out)["data"]
    assert data["checked"] == "after"


def test_where_packages_are_read(shop: Shop) -> None:
    shop.write("app=1.0")
    shop.git("init", "-q")
    (shop.folder / ".gitignore").write_text(".envtool\n")
    shop.git("add", ".")
    shop.git("commit", "-qm", "first")
    first = shop.git("rev-parse", "HEAD")
    (shop.folder / "environment.yml").write_text(
        (shop.folder / "environment.yml").read_text().replace("=1.0", "=1")
    )
    assert shop.run("lock").code == 0
    assert shop.run("update", "app", "--level", "major").code == 0
    assert shop.recreate("--candidate").code == 0
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    assert shop.recreate("--revision", first[:10]).code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    record = shop.channel.find("app", "2.0").record
    files = shop.channel.find("base-files", "2.0").record
    (shop.folder / "explicit.txt").write_text(
        f"# platform: {LINUX}\n@EXPLICIT\n"
        f"{shop.channel.url}/linux-64/app-2.0-h0_0.conda#sha256:{record['sha256']}\n"
        f"{shop.channel.url}/noarch/base-files-2.0-h0_0.conda#sha256:{files['sha256']}\n"
    )
    assert shop.recreate("--lock", "explicit.txt").code == 0
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    assert shop.recreate("--generation", "2").code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    origins = {number: each["origin"] for number, each in shop.generations().items()}
    assert origins == {1: "candidate", 2: f"commit {first[:10]}", 3: "explicit.txt"}
    assert shop.generations()[2]["current"]


@pytest.mark.parametrize(
    ("options", "error", "hint"),
    [
        (("--candidate",), "there is no candidate", "envtool update --all"),
        (("--revision", "nothing"), "nothing", "git log"),
        (("--revision", "HEAD"), "the commit `HEAD` has no `conda-lock.yml`", "git log --oneline"),
        (("--lock", "environment.yml"), "`environment.yml` is no lock file", "envtool lock"),
        (("--lock", "none.yml"), "none.yml", ""),
        (("--generation", "7"), "no generation is `7`", "envtool rollback --list"),
        (("--candidate", "--lock", "x"), "packages are read in one place", "give one of"),
        (("-p", "x", "-n", "y"), "a prefix has a path or a name", "leave out"),
        (("-n", "base"), "the base environment is conda's own", "-n NAME"),
        (("-n", "a/b"), "`a/b` is no name of an environment", "-p PATH"),
        (("-p", "environment.yml"), "is no folder", "-p PATH"),
        (("-p", "full"), "is a folder that no package manager made", "mv "),
        (("-p", "root"), "is the base environment of conda", "-p PATH"),
        (("-p", "dangling"), "is a link that leads nowhere", "rm "),
    ],
)
def test_what_can_not_be_made(shop: Shop, options: tuple[str, ...], error: str, hint: str) -> None:
    shop.write("app")
    shop.git("init", "-q")
    shop.git("commit", "-q", "--allow-empty", "-m", "nothing")
    (shop.folder / "full").mkdir()
    (shop.folder / "full/precious").write_text("x")
    for name in ("conda-meta", "condabin"):
        (shop.folder / "root" / name).mkdir(parents=True)
    (shop.folder / "dangling").symlink_to("nowhere")
    run = shop.recreate(*options)
    assert run.code in {2, 4}
    assert error in flat(run.err)
    assert hint in flat(run.err)
    assert (shop.folder / "full/precious").read_text() == "x"


def test_without_lock_or_platform(shop: Shop) -> None:
    shop.write("app", then=False)
    run = shop.recreate()
    assert (run.code, "make it: `envtool lock`" in flat(run.err)) == (2, True)
    text = f"channels: [{shop.channel.url}]\nplatforms: [osx-arm64]\ndependencies: [only-mac]\n"
    (shop.folder / "environment.yml").write_text(text)
    assert shop.run("lock").code == 0
    run = shop.recreate()
    assert run.code == 2
    assert "has no package for linux-64, only for `osx-arm64`" in flat(run.err)


def test_names_are_those_of_conda(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write("app")
    assert shop.recreate("-n", "mine").code == 0
    assert shop.said(prefix=Path.home() / ".conda/envs/mine").startswith("app 2.0 in ")
    (Path.home() / ".condarc").write_text("envs_dirs: [~/elsewhere, /nowhere]\n")
    assert shop.recreate("-n", "other").code == 0
    assert (Path.home() / "elsewhere/other/conda-meta").is_dir()
    assert json.loads(shop.recreate("-n", "mine", "-o", "json").out)["data"]["generation"] == 2
    monkeypatch.setenv("MAMBA_ROOT_PREFIX", str(shop.folder / "mamba"))
    (Path.home() / ".condarc").unlink()
    assert shop.recreate("-n", "third").code == 0
    assert (shop.folder / "mamba/envs/third").is_dir()
    monkeypatch.setenv("CONDA_EXE", str(shop.folder / "conda/bin/conda"))
    assert shop.recreate("-n", "fourth").code == 0
    assert (shop.folder / "conda/envs/fourth").is_dir()


def test_what_another_tool_made_is_adopted(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=2.0")
    prefix = tmp_path / "theirs"
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "activates"), prefix)
    mine = {
        "conda-meta/state": '{"version": 1, "env_vars": {"A": "1"}}',
        "conda-meta/pinned": "app <3\n",
        "etc/conda/activate.d/mine.sh": "MINE=1\n",
        "share/jupyter/kernels/mine/kernel.json": "{}",
    }
    for name, text in mine.items():
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).write_text(text)
    prefix.chmod(0o2750)
    run = shop.recreate("-p", str(prefix))
    assert run.code == 0, run.err
    assert "what was there before is kept as generation 0" in flat(run.out)
    assert "kept 4 files of yours" in flat(run.out)
    assert shop.said(prefix=prefix) == f"app 2.0 in {prefix}"
    assert {name: (prefix / name).read_text() for name in mine} == mine
    assert not (prefix / "etc/conda/activate.d/theirs.sh").exists()
    assert prefix.stat().st_mode & 0o7777 == 0o2750
    run = shop.run("rollback", "-p", str(prefix))
    assert run.first.startswith(f"Rolled back `{prefix}` to generation 0, from 1 in ")
    assert shop.said(prefix=prefix) == f"app 1.0 in {prefix}"
    assert (prefix / "etc/conda/activate.d/theirs.sh").exists()
    assert shop.generations("-p", str(prefix))[0]["origin"] == "adopted"


def test_what_was_changed_by_hand_is_not_lost(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "pytest"), shop.prefix)
    info = shop.prefix / "lib/python3.12/site-packages/By_Hand-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: By_Hand\nVersion: 1.0\n")
    (info / "RECORD").write_text("By_Hand-1.0.dist-info/RECORD,,\n")
    run = shop.recreate()
    assert run.code == 2
    assert "was changed by hand: `+pip by-hand 1.0`, `+pytest 9.0 h0_0`" in flat(run.err)
    assert "envtool recreate --force" in flat(run.err)
    assert (shop.prefix / "share/pytest/version").exists()
    run = shop.recreate("--force")
    assert "what was changed by hand is kept as generation 2" in flat(run.out)
    assert not (shop.prefix / "share/pytest/version").exists()
    assert shop.run("rollback").code == 0
    assert (shop.prefix / "share/pytest/version").exists()
    (shop.prefix / "conda-meta/broken.json").write_text("{")
    assert shop.recreate().code == 0
    shutil.rmtree(shop.prefix / "conda-meta/envtool", ignore_errors=True)


def test_what_was_added_to_a_damaged_one_is_no_generation(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "pytest"), shop.prefix)
    (shop.prefix / "conda-meta/broken-1-0.json").write_text("{")
    run = shop.recreate("--force")
    assert run.code == 0, run.err
    told = "is no generation, for `conda-meta/broken-1-0.json` can not be read"
    assert told in flat(run.out)
    assert [*shop.generations()] == [1, 2]


@pytest.mark.parametrize("content", [None, "{"], ids=["gone", "torn"])
def test_what_is_missing_stops_nothing(shop: Shop, content: str | None) -> None:
    """Nothing in there is anybody's: the way out that `verify` names is one."""
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    record = next((shop.prefix / "conda-meta").glob("app-*.json"))
    record.unlink()
    if content is not None:
        record.write_text(content)
    run = shop.run("verify", "--environment", "production")
    assert run.code != 0
    assert "again: `envtool recreate`" in flat(run.out + run.err)
    run = shop.recreate()
    assert run.code == 0, run.err
    assert "what was there before lacked `app 1.0 h0_0`, and is not kept" in flat(run.out)
    assert shop.run("verify", "--environment", "production").code == 0
    # What lacked something is no tree to go back to: it is built again.
    run = shop.run("rollback", "--to", "1", "--dry-run")
    assert "its tree is gone, and would be built again" in run.first
    record.unlink()
    run = shop.run("rollback", "--to", "1")
    assert run.code == 0, run.err
    assert "lacked `app 1.0 h0_0`, and is not kept" in flat(run.out)
    assert "its tree is gone" in shop.run("rollback", "--to", "2", "--dry-run").first
    assert shop.run("verify", "--environment", "production").code == 0


@pytest.mark.parametrize("command", ["recreate", "rollback", "deploy"])
def test_a_folder_that_is_not_there(shop: Shop, command: str) -> None:
    run = shop.run(command, "nosuch")
    assert (run.code, run.out) == (2, "")
    assert flat(run.err) == "error: `nosuch` does not exist hint: name the folder of a project"
    # What is for one file is no hint for what is made of a project.
    shutil.rmtree(shop.folder / "environment.yml", ignore_errors=True)
    run = shop.run(command)
    assert run.err.count("hint") == 1


def test_what_was_added_goes_as_its_finding_says(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=1.0")
    prefix = tmp_path / "an env"
    assert shop.recreate("-p", str(prefix)).code == 0
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "pytest"), prefix)
    next((prefix / "conda-meta").glob("app-*.json")).unlink()
    run = shop.run("verify", "--prefix", str(prefix))
    command = f"envtool recreate -p '{prefix}'"
    assert f"or let it go: `{command} --force`" in flat(run.out)
    assert f"make it from the lock again: `{command}`" in flat(run.out)
    run = shop.recreate("-p", str(prefix))
    assert (run.code, "changed by hand: `+pytest 9.0 h0_0`, `-app" in flat(run.err)) == (2, True)
    assert shop.recreate("-p", str(prefix), "--force").code == 0
    assert shop.run("verify", "--prefix", str(prefix)).code == 0


def test_many_changes_are_not_all_listed(shop: Shop) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    for number in range(8):
        info = shop.prefix / f"lib/python3.12/site-packages/x{number}-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: x{number}\nVersion: 1\n")
        (info / "RECORD").write_text("")
    assert "and 3 more" in flat(shop.recreate().err)


def test_a_record_that_nobody_can_read_stops_an_adoption(shop: Shop, tmp_path: Path) -> None:
    shop.write("app=2.0")
    prefix = tmp_path / "theirs"
    installed(solved(shop.channel.url, tmp_path, "app==1.0"), prefix)
    (prefix / "conda-meta/broken-1-0.json").write_text("{")
    run = shop.recreate("-p", str(prefix))
    assert run.code == 2
    assert "broken-1-0.json` can not be read" in flat(run.err)
    assert shop.said(prefix=prefix) == f"app 1.0 in {prefix}"


def test_what_the_user_may_not_do_changes_nothing(shop: Shop) -> None:
    shop.write("app")
    (shop.folder / "envtool.toml").write_text("profile = 'lax'\n")
    run = shop.recreate()
    assert (run.code, "envtool.toml" in flat(run.err)) == (2, True)
    (shop.folder / "envtool.toml").write_text('[channels]\nallowed = ["conda-forge"]\n')
    run = shop.recreate()
    assert (run.code, "is not allowed by the policy" in flat(run.err)) == (2, True)
    assert not shop.prefix.exists()
    assert leftovers(shop.state()) == set()


@pytest.mark.parametrize(
    ("harm", "code", "error"),
    [
        (lambda path: path.write_bytes(b"other"), 6, "is not what was locked"),
        (lambda path: path.unlink(), 5, "`app-2.0-h0_0.conda` is gone"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
            6,
            "is not what was locked",
        ),
    ],
)
def test_wrong_bytes_are_never_installed(
    tmp_path: Path, shop: Shop, harm: Callable[[Path], None], code: int, error: str
) -> None:
    channel = small_channel(tmp_path / "own")
    shop = shop._replace(channel=channel)
    shop.write("app=1.0", "base-files=1.0")
    assert shop.recreate().code == 0
    shop.write("app=2.0")
    harm(Path(channel.find("app", "2.0").path))
    run = shop.recreate()
    assert (run.code, error in flat(run.err)) == (code, True), run.err
    # What is asked for stands first, what there is to know besides behind it.
    assert "What was done is logged in" in flat(run.err).partition("error: ")[2]
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert leftovers(shop.state()) == set()
    # What is in the cache needs no archive.
    shop.write("app=1.0", "base-files=1.0")
    for each in ("app", "base-files"):
        Path(channel.find(each, "1.0").path).unlink()
    assert shop.recreate("--offline").code == 0
    assert shop.recreate("--refetch").code == 5


@pytest.mark.parametrize("name", ["share/app/1.0", "info/paths.json", "info/index.json", ""])
def test_a_cache_that_was_tampered_with_is_healed(shop: Shop, tmp_path: Path, name: str) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    cached = tmp_path / "cache/packages/app-1.0-h0_0"
    if name:
        path = cached / name
        text = path.read_bytes()
        path.unlink()
        path.write_bytes(text.replace(b"x", b"y") if b"x" in text else text + b" ")
    else:
        shutil.rmtree(cached)
    assert shop.recreate().code == 0
    assert (shop.prefix / "share/app/1.0").read_text() == "x\n"
    assert (cached / "share/app/1.0").read_text() == "x\n"


@pytest.fixture
def index(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index of pip packages; two of them have a file of the same name."""
    dists = (Dist("mine", "1.0", ("helper",)), Dist("helper", "2.0"))
    with serving(*dists) as found:
        monkeypatch.setenv("UV_DEFAULT_INDEX", found.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(shop.folder.parent / "uv"))
        monkeypatch.setenv("UV_INSECURE_HOST", "127.0.0.1")
        yield found


def test_pip_packages_come_on_top(shop: Shop, index: Index) -> None:
    del index
    shop.write("python=3.12.0", "pip", "pip: [mine]", then=False)
    assert shop.run("lock").code == 0
    run = shop.recreate("-o", "json")
    assert run.code == 0, run.out + run.err
    data = json.loads(run.out)["data"]
    assert data["packages"] == 4
    assert [each["name"] for each in data["steps"]][1:4] == ["pip", "verify", "record"]
    sites = shop.prefix / "lib/python3.12/site-packages"
    assert (sites / "mine-1.0.dist-info/INSTALLER").read_text() == "envtool\n"
    # It is what was installed, and nobody's by hand.
    assert shop.recreate("--offline", "--no-compile").code == 0
    shutil.rmtree(sites / "helper-2.0.dist-info")
    shop.write("app")
    run = shop.recreate()
    assert "what was there before lacked `pip helper 2.0`, and is not kept" in flat(run.out)
    assert not (sites / "helper-2.0.dist-info").exists()
    assert shop.recreate("--generation", "2").code == 0
    assert (sites / "helper-2.0.dist-info/RECORD").exists()


def test_pip_packages_need_a_python(shop: Shop, index: Index) -> None:
    del index
    shop.write("python=3.12.0", "pip", "pip: [mine]", then=False)
    assert shop.run("lock").code == 0
    lock = shop.folder / "conda-lock.yml"
    text = lock.read_text()
    start = text.index("- name: python\n")
    lock.write_text(text[:start] + text[text.index("- name: helper\n") :])
    run = shop.recreate()
    assert (run.code, "pip packages and no python" in flat(run.err)) == (2, True)
    assert leftovers(shop.state()) == set()


def test_a_project_of_ones_own_is_in_no_lock(shop: Shop) -> None:
    shop.write("python=3.12.0", "app")
    lock = shop.folder / "conda-lock.yml"
    text = lock.read_text()
    start = text.index("- name: app\n")
    entry = text[start : text.index("- name: base-files\n")]
    mine = entry.replace("name: app", "name: mine").replace("manager: conda", "manager: pip")
    mine = "\n".join("  url: ./mine" if "url:" in line else line for line in mine.splitlines())
    lock.write_text(text + mine + "\n")
    run = shop.recreate()
    assert "not installed, for it is in no lock: `mine`" in flat(run.out)


def test_scripts_that_want_to_run_are_named(shop: Shop) -> None:
    shop.write("linked")
    run = shop.recreate()
    assert run.code == 0, run.err
    assert "not run: the post-link scripts of `linked`" in flat(run.out)


def test_a_log_shows_what_was_done_to_it(tmp_path: Path) -> None:
    path = tmp_path / "a/log.jsonl"
    for number in range(4):
        append(str(path), "event", number=number)
    assert broken_at(str(path)) is None
    text = path.read_text()
    path.write_text(text.replace('"number": 1', '"number": 7'))
    assert broken_at(str(path)) == 3
    path.write_text(text[:-20])
    append(str(path), "after a crash")
    assert broken_at(str(path)) == 4
    path.write_text("")
    assert broken_at(str(path)) is None


def test_a_second_one_waits_its_turn(shop: Shop) -> None:
    shop.write("python=3.12.0", "app=1.0")
    command = [sys.executable, "-m", "envtool", "recreate"]
    runs = [subprocess.Popen(command, cwd=shop.folder, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [each.wait() for each in runs] == [0, 0, 0]
    assert [each for each in shop.generations() if each > 3] == []
    assert leftovers(shop.state()) == set()
    assert os.listdir(shop.prefix / "share/app") == ["1.0"]


def test_a_lock_alone_is_enough(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("app=1.0")
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(shop.folder / "conda-lock.yml", bare / "some.yml")
    monkeypatch.chdir(bare)
    run = shop.recreate("--lock", "some.yml", "-p", "env")
    assert run.code == 0, run.err
    assert shop.said(prefix=bare / "env") == f"app 1.0 in {bare / 'env'}"


PIXI = """\
version: 6
environments:
  default:
    channels:
    - url: {channel}
    packages:
      linux-64:
      - conda: {channel}/noarch/base-files-1.0-h0_0.conda
  dev:
    channels:
    - url: {channel}
    packages:
      linux-64:
      - conda: {channel}/noarch/pytest-9.0-h0_0.conda
packages:
- conda: {channel}/noarch/base-files-1.0-h0_0.conda
  sha256: {base}
- conda: {channel}/noarch/pytest-9.0-h0_0.conda
  sha256: {pytest}
"""


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ("production", "base-files"),
        ("default", "base-files"),
        ("development", "pytest"),
        ("dev", "pytest"),
    ],
)
def test_a_lock_of_pixi_has_environments_of_its_own(
    shop: Shop, environment: str, name: str
) -> None:
    hashes = {
        name: shop.channel.find(full, version).record["sha256"]
        for name, full, version in (("base", "base-files", "1.0"), ("pytest", "pytest", "9.0"))
    }
    (shop.folder / "pixi.lock").write_text(PIXI.format(channel=shop.channel.url, **hashes))
    run = shop.recreate("--lock", "pixi.lock", "-e", environment)
    assert run.code == 0, run.err
    assert os.listdir(shop.prefix.with_name(environment) / "share") == [name]
    run = shop.recreate("--lock", "pixi.lock", "-e", "docs")
    assert (run.code, "it has `default`, `dev`" in flat(run.err)) == (2, True)


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        (
            b"\xff\xfe",
            "UTF-16",
            "restore it from git, or lock anew without it: `rm conda-lock.yml`",
        ),
        (
            b"<<<<<<< ours\n=======\n>>>>>>> theirs\n",
            "markers of an unsettled merge",
            "envtool lock --merge",
        ),
        (b"version: 1\npackage: 7\nmetadata: {}\n", "can not be read", ""),
    ],
)
def test_a_lock_that_can_not_be_read(shop: Shop, text: bytes, error: str, hint: str) -> None:
    (shop.folder / "environment.yml").write_text("dependencies: [app]\n")
    (shop.folder / "conda-lock.yml").write_bytes(text)
    run = shop.recreate()
    assert (run.code, error in flat(run.err), hint in flat(run.err)) == (2, True, True), run.err


def test_a_package_without_hash_is_not_installed(shop: Shop) -> None:
    (shop.folder / "explicit.txt").write_text(
        f"# platform: {LINUX}\n@EXPLICIT\n{shop.channel.url}/linux-64/app-2.0-h0_0.conda\n"
    )
    run = shop.recreate("--lock", "explicit.txt")
    assert (run.code, "`app` has no hash in the lock" in flat(run.err)) == (2, True)


def test_an_odd_python_gets_no_byte_code(shop: Shop) -> None:
    shop.write("python=3.12.0", "module")
    run = shop.recreate()
    assert run.code == 0, run.err
    assert "no byte-code was made: " in flat(run.out)
    # It has no module, and is not even asked.
    shop.write("python=3.11", "module")
    run = shop.recreate()
    assert run.code == 0, run.err
    assert "no byte-code was made: " not in flat(run.out)


def test_a_broken_environment_is_built_afresh(shop: Shop, tmp_path: Path) -> None:
    """Detect, export, create fresh, import."""
    broken = tmp_path / "broken"
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "activates"), broken)
    info = broken / "lib/python3.12/site-packages/by_hand-1.0.dist-info"
    info.mkdir(parents=True)
    (broken / "bin/app").unlink()
    run = shop.recreate("--from-prefix", str(broken))
    assert run.code == 0, run.err
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert "could not be carried over, for its archive is not known: `by-hand (pip)`" in flat(
        run.out
    )
    assert shop.generations()[1]["origin"] == f"prefix {broken}"
    run = shop.recreate("--from-prefix", "nowhere")
    assert (run.code, "is no environment" in flat(run.err)) == (2, True)
    assert run.err.count("hint") == 1
    assert shop.recreate("--from-prefix", str(broken), "--lock", "x").code == 2


def test_records_that_nobody_can_read_are_no_reason_not_to_recover(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel is asked for the very build; what it has not is named."""
    broken = tmp_path / "broken"
    installed(solved(shop.channel.url, tmp_path, "app==1.0", "activates"), broken)
    (app,) = (broken / "conda-meta").glob("app-*.json")
    app.write_text(app.read_text()[:40])
    (broken / "conda-meta/gone-1.0-0.json").write_text("{")
    (broken / "conda-meta/odd.json").write_text("{")
    run = shop.recreate("--from-prefix", str(broken))
    assert run.code == 0, run.err
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    text = flat(run.out)
    assert "taken from the channel, for the record of it can not be read: `app-1.0-h0_0`" in text
    assert "could not be carried over, for its archive is not known: `gone-1.0-0`, `odd`" in text
    # Nobody can be asked: what there is is built all the same.
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "other-cache"))
    (tmp_path / "other-cache").mkdir()
    (shop.folder / "envtool.toml").write_text("channels.allowed = ['nobody']\n")
    run = shop.recreate("--from-prefix", str(broken))
    assert "is not allowed" in flat(run.err)
    for path in (broken / "conda-meta").glob("*.json"):
        path.write_text("{")
    run = shop.recreate("--from-prefix", str(broken))
    assert (run.code, "is no environment" in flat(run.err)) == (2, True)


def test_files_that_are_broken_are_no_reason_not_to_recover(shop: Shop) -> None:
    shop.write("app=1.0")
    (shop.folder / "environment.yml").write_text("dependencies: [a: [")
    run = shop.recreate()
    assert run.code == 0, run.err
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_a_kept_generation_is_built_again(shop: Shop) -> None:
    """Its tree that was kept goes: what is in place is kept in its stead, later."""
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    shop.write("app=2.0")
    assert shop.recreate().code == 0
    kept = shop.state() / "generations/1/tree"
    (kept / "bin/app").unlink()
    for options in ((), ("--dry-run",)):
        run = shop.run("rollback", "--to", "1", *options)
        assert (run.code, "`envtool recreate --generation 1`" in flat(run.err)) == (6, True)
    assert shop.recreate("--generation", "1").code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert not kept.exists()
    assert (shop.state() / "generations/2/tree").is_dir()
    assert shop.recreate("--keep", "5").code == 0
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    assert shop.run("rollback", "--to", "1").code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    # Somebody put a copy there.
    shutil.copytree(shop.prefix, kept, symlinks=True)
    assert shop.run("rollback", "--to", "2").code == 0
    assert shop.run("rollback", "--to", "1").code == 0
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_a_tree_that_lacks_files_is_not_kept(shop: Shop) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    (shop.prefix / "bin/app").unlink()
    run = shop.recreate()
    assert (run.code, shop.said()) == (0, f"app 1.0 in {shop.prefix}")
    assert "what was there before lacked `bin/app`, and is not kept" in flat(run.out)
    assert not (shop.state() / "generations/1/tree").exists()
    assert "its tree is gone" in shop.run("rollback", "--to", "1", "--dry-run").first
    # So it is when a rollback builds the other one.
    (shop.prefix / "bin/app").unlink()
    run = shop.run("rollback", "--to", "1")
    assert run.code == 0, run.err
    assert "what was there before lacked `bin/app`, and is not kept" in flat(run.out)
    assert "its tree is gone" in shop.run("rollback", "--to", "2", "--dry-run").first


def test_a_tree_that_somebody_edited_is_kept(shop: Shop) -> None:
    """It may be his work, and is nothing to go back to."""
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    edited = shop.prefix / "bin/app"
    edited.write_text(edited.read_text() + "# mine\n")
    run = shop.recreate()
    assert run.code == 0, run.err
    told = "`bin/app` had been changed by hand: the tree is kept as generation 1, and `rollback`"
    assert told in flat(run.out)
    kept = shop.state() / "generations/1/tree"
    assert (kept / "bin/app").read_text().endswith("# mine\n")
    # Nobody knows what the tree was.
    (shop.state() / "generations/2/manifest.json").write_text("{")
    run = shop.recreate()
    assert (run.code, "by hand" in run.out) == (0, False)


def test_a_lock_that_is_gone_comes_back_from_git(shop: Shop) -> None:
    shop.write("app=1.0")
    lock = shop.folder / "conda-lock.yml"
    text = lock.read_bytes()
    lock.unlink()
    assert "hint: make it: `envtool lock`" in shop.recreate().err
    lock.write_bytes(text)
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        shop.git(*arguments)
    lock.unlink()
    hint = "hint: get back the one of git: `git checkout -- conda-lock.yml`"
    assert hint in shop.recreate().err
    shop.git("checkout", "--", "conda-lock.yml")
    assert shop.recreate().code == 0


def test_an_environment_without_its_records(shop: Shop) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    shutil.rmtree(shop.prefix / "conda-meta")
    for verb in ("recreate", "rollback"):
        run = shop.run(verb)
        assert run.code == 2
        assert "has lost its `conda-meta`, which says what is in it" in flat(run.err)
        assert f"`mv {shop.prefix} ELSEWHERE`, then `envtool recreate`" in flat(run.err)
    shop.prefix.rename(shop.folder / "elsewhere")
    assert shop.recreate().code == 0


def test_a_path_that_is_none(shop: Shop) -> None:
    shop.write("app=1.0")
    run = shop.recreate("-p", "")
    assert (run.code, "`-p` names no path" in run.err) == (2, True)
