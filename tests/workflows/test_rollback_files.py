"""`envtool rollback --files`: environment files and lock go back with the prefix, all or none."""

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from envtool.adapters import connect
from envtool.domain.generations import decoded, is_inside
from envtool.workflows.install_home import find_home
from envtool.workflows.install_source import Choice, read_source
from envtool.workflows.project_files import with_files
from tests.installing import LINUX, Shop, leftovers
from tests.served import flat
from tests.solving import installed, solved

FILES = ("environment.yml", "conda-lock.yml", "recovery/records.lock")


def texts(shop: Shop) -> dict[str, str]:
    names = (*FILES, "environment-dev.yml", "virtual-packages.yml")
    paths = {name: shop.folder / name for name in names}
    return {name: path.read_text() for name, path in paths.items() if path.exists()}


def made(shop: Shop, version: str, *options: str) -> dict[str, str]:
    """Lock a version and install it; the files."""
    shop.write(f"app={version}", "base-files=2.0")
    run = shop.recreate(*options)
    assert run.code == 0, run.err
    return texts(shop)


def commit(shop: Shop, message: str) -> None:
    shop.git("add", ".")
    shop.git("commit", "-qm", message)


@pytest.fixture
def first(shop: Shop) -> dict[str, str]:
    """The files of generation 1."""
    return made(shop, "1.0")


@pytest.fixture
def second(shop: Shop, first: dict[str, str]) -> dict[str, str]:
    """The files of generation 2, which is in place; there is no git here."""
    del first
    return made(shop, "2.0")


@pytest.fixture
def in_git(shop: Shop) -> tuple[dict[str, str], dict[str, str]]:
    """The files of both generations, each committed before it was installed."""
    shop.git("init", "-q")
    (shop.folder / ".gitignore").write_text(".envtool\n")
    found = []
    for version in ("1.0", "2.0"):
        shop.write(f"app={version}", "base-files=2.0")
        commit(shop, version)
        assert shop.recreate().code == 0
        found.append(texts(shop))
    return found[0], found[1]


def test_there_and_back(shop: Shop, first: dict[str, str], second: dict[str, str]) -> None:
    run = shop.run("rollback", "--files")
    assert run.code == 0, run.err
    assert run.first.startswith("Rolled back `.envtool/envs/production` to generation 1, from 2 in")
    assert "restored `environment.yml`, `recovery/records.lock`, `conda-lock.yml`" in flat(run.out)
    assert texts(shop) == first
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert shop.run("lock", "--check").code == 0
    run = shop.run("rollback", "--to", "2", "--files", "-o", "json")
    assert json.loads(run.out)["data"]["files"] == dict.fromkeys(sorted(FILES), "restored")
    assert texts(shop) == second
    assert shop.run("rollback", "--to", "1").code == 0
    assert texts(shop) == second
    assert leftovers(shop.state()) == set()


def test_a_tree_that_is_built_again_brings_its_files(shop: Shop, first: dict[str, str]) -> None:
    made(shop, "2.0", "--keep", "0")
    run = shop.run("rollback", "--files", "-o", "json")
    assert run.code == 0, run.err
    assert json.loads(run.out)["data"]["built"] is True
    assert texts(shop) == first
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_a_candidate_of_other_files_is_in_the_way_of_what_is_made_of_the_lock(shop: Shop) -> None:
    for version in ("2.0", "1.0"):
        made(shop, version)
        assert shop.run("export").code == 0
    assert shop.run("update", "app", "--level", "major").code == 0
    run = shop.run("rollback", "--files")
    then = "type `envtool update --discard`, then `envtool export`"
    assert f"`recovery` is still of another lock; {then}" in flat(run.out)
    assert shop.run("export").code == 1
    assert shop.run("update", "--discard").code == 0
    assert shop.run("export").code == 0
    assert shop.run("verify", "--select", "lock").code == 0


def test_what_was_made_of_the_lock_is_made_again(shop: Shop) -> None:
    for version in ("1.0", "2.0"):
        made(shop, version)
        assert shop.run("export").code == 0
    verify = ("verify", "--select", "lock")
    assert shop.run(*verify).code == 0
    run = shop.run("rollback", "--files")
    assert "`recovery` is still of another lock; type `envtool export`" in flat(run.out)
    assert shop.run(*verify).code == 1
    assert shop.run("export").code == 0
    assert shop.run(*verify).code == 0
    # What is as it should be asks for nothing.
    run = shop.run("rollback", "--to", "1", "--files")
    assert (run.code, "envtool export" in run.out) == (0, False)


def test_a_dry_run_shows_it(shop: Shop, first: dict[str, str], second: dict[str, str]) -> None:
    del first
    run = shop.run("rollback", "--files", "--dry-run")
    assert run.code == 0
    assert "would restore `environment.yml`, `recovery/records.lock`, `conda-lock.yml`" in flat(
        run.out
    )
    assert texts(shop) == second
    assert shop.said() == f"app 2.0 in {shop.prefix}"


def test_the_files_alone(shop: Shop, second: dict[str, str]) -> None:
    """Of the generation that is in place: to have them fit it again."""
    shop.write("app=1.0")
    run = shop.run("rollback", "--to", "2", "--files")
    assert run.code == 1
    shop.git("init", "-q")
    commit(shop, "other files")
    run = shop.run("rollback", "--to", "2", "--files", "--dry-run")
    assert "to generation 2: it is in place" in run.first
    run = shop.run("rollback", "--to", "2", "--files")
    assert run.first == "Rolled back the files to generation 2, which is in place"
    assert texts(shop) == second
    run = shop.run("rollback", "--to", "2", "--files")
    assert "the files of the project are what they were then" in flat(run.out)


def test_edits_that_are_committed_nowhere_are_not_lost(
    shop: Shop, in_git: tuple[dict[str, str], dict[str, str]]
) -> None:
    spec = shop.folder / "environment.yml"
    spec.write_text(in_git[1]["environment.yml"] + "# mine\n")
    run = shop.run("rollback", "--files")
    assert run.code == 1
    assert run.first == "Not rolled back: `environment.yml` has edits that are saved nowhere"
    assert "hint: commit it: `git commit environment.yml`" in flat(run.out)
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    assert spec.read_text().endswith("# mine\n")
    # Staged is not committed.
    shop.git("add", ".")
    assert shop.run("rollback", "--files", "--dry-run").code == 1
    shop.git("stash", "push", "-q", "environment.yml")
    # Other ends of lines are no edit.
    spec.write_bytes(spec.read_bytes().replace(b"\n", b"\r\n"))
    run = shop.run("rollback", "--files")
    assert run.code == 0, run.out
    assert texts(shop) == in_git[0]


def test_edits_in_a_project_without_git_are_not_lost(
    shop: Shop, first: dict[str, str], second: dict[str, str]
) -> None:
    del second
    for name in FILES[:2]:
        (shop.folder / name).write_text(first[name] + "# mine\n")
    run = shop.run("rollback", "--files")
    assert run.first == (
        "Not rolled back: `environment.yml`, `conda-lock.yml` have edits that are saved nowhere"
    )
    assert "hint: put it away: `mv environment.yml environment.yml.mine`" in flat(run.out)
    for name in FILES[:2]:
        (shop.folder / name).rename(shop.folder / f"{name}.mine")
    run = shop.run("rollback", "--files")
    assert run.code == 0, run.err
    assert texts(shop) == first
    # What generation 2 was made from is on record: nothing is lost with it.
    assert shop.run("rollback", "--to", "2", "--files").code == 0


def test_a_file_that_was_not_there_goes(shop: Shop, first: dict[str, str]) -> None:
    shop.write("pytest", name="environment-dev.yml", then=False)
    (shop.folder / "virtual-packages.yml").write_text(
        "subdirs:\n  linux-64:\n    packages:\n      __glibc: '2.30'\n"
    )
    both = made(shop, "2.0")
    run = shop.run("rollback", "--files", "--dry-run")
    assert "would delete `environment-dev.yml`, `virtual-packages.yml`, which" in flat(run.out)
    assert shop.run("rollback", "--files").code == 0
    assert texts(shop) == first
    assert shop.run("rollback", "--to", "2", "--files").code == 0
    assert texts(shop) == both
    assert "environment-dev.yml" in both


def test_what_has_no_files_on_record(shop: Shop, tmp_path: Path) -> None:
    prefix = tmp_path / "theirs"
    installed(solved(shop.channel.url, tmp_path, "app==1.0"), prefix)
    shop.write("app=2.0")
    assert shop.recreate("-p", str(prefix)).code == 0
    run = shop.run("rollback", "-p", str(prefix), "--files")
    assert run.code == 2
    assert "generation 0 has no files of a project on record: it came from adopted" in flat(run.err)
    assert "leave out `--files`" in flat(run.err)
    assert shop.recreate("--lock", "conda-lock.yml").code == 0
    assert shop.run("rollback", "--to", "1", "--files").code == 2


def test_files_of_another_project(
    shop: Shop, second: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in FILES[:2]:
        shutil.copy(shop.folder / name, other / name)
    monkeypatch.chdir(other)
    run = shop.run("rollback", "-p", str(shop.prefix), "--files")
    assert run.code == 2
    assert f"was made from the files in `{shop.folder}`" in flat(run.err)
    assert f"`envtool rollback {shop.folder} -p {shop.prefix} --files`" in flat(run.err)
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    monkeypatch.chdir(nowhere)
    assert shop.run("rollback", "-p", str(shop.prefix), "--files").code == 2
    assert {each.name for each in nowhere.iterdir()} <= {".envtool"}
    monkeypatch.chdir(other)
    # One that was moved away is this one, as far as anybody knows.
    shop.folder.joinpath("conda-lock.yml").unlink()
    run = shop.run("rollback", "-p", str(shop.prefix), "--files")
    assert run.code == 0, run.err
    assert "app=1.0" in (other / "environment.yml").read_text()
    assert "app=2.0" in second["environment.yml"]


def text_of(shop: Shop, text: str) -> Path:
    return shop.state() / "texts" / sha256(text.encode()).hexdigest()


def test_a_file_that_is_lost_is_looked_for_in_git(
    shop: Shop, in_git: tuple[dict[str, str], dict[str, str]]
) -> None:
    text_of(shop, in_git[0]["environment.yml"]).write_text("other\n")
    text_of(shop, in_git[0]["conda-lock.yml"]).unlink()
    assert shop.run("rollback", "--files").code == 0
    assert texts(shop) == in_git[0]
    assert shop.generations()[1]["revision"] == shop.git("rev-parse", "HEAD~1")
    shutil.rmtree(shop.folder / ".git")
    # What is there already is lost for nobody.
    assert shop.run("rollback", "--to", "2").code == 0
    assert shop.run("rollback", "--to", "1", "--files").code == 0
    assert shop.run("rollback", "--to", "2").code == 0
    (shop.folder / "environment.yml").unlink()
    run = shop.run("rollback", "--to", "1", "--files")
    assert (run.code, "`environment.yml` of generation 1 is lost" in flat(run.err)) == (6, True)
    assert shop.said() == f"app 2.0 in {shop.prefix}"


def test_a_file_that_nobody_has(shop: Shop, first: dict[str, str], second: dict[str, str]) -> None:
    text_of(shop, first["conda-lock.yml"]).unlink()
    run = shop.run("rollback", "--files")
    assert (run.code, "`conda-lock.yml` of generation 1 is lost" in flat(run.err)) == (6, True)
    assert texts(shop) == second


@pytest.mark.parametrize(
    "line", ["variables: {}\n", "variables:\n  DB_PASSWORD: 'hunter2-canary'\n"]
)
def test_credentials_are_kept_by_git_alone(shop: Shop, line: str) -> None:
    shop.git("init", "-q")
    (shop.folder / ".gitignore").write_text(".envtool\n")
    spec = shop.folder / "environment.yml"
    for version in ("1.0", "2.0"):
        shop.write(f"app={version}")
        spec.write_text(spec.read_text() + line)
        commit(shop, version)
        assert shop.recreate().code == 0
    is_kept = text_of(shop, spec.read_text()).exists()
    assert is_kept is ("hunter2" not in line)
    for path in shop.state().rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes()
    assert shop.run("rollback", "--files").code == 0
    assert "app=1.0" in spec.read_text()
    assert shop.run("rollback", "--to", "2", "--files").code == 0
    spec.write_text(spec.read_text() + "# mine\n")
    assert shop.run("rollback", "--files").code == 1
    shutil.rmtree(shop.folder / ".git")
    spec.unlink()
    run = shop.run("rollback", "--files")
    assert run.code == (0 if is_kept else 6)
    assert is_kept or "what holds a credential is kept by git alone" in flat(run.err)


def test_candidates_and_commits_have_files_too(
    shop: Shop, in_git: tuple[dict[str, str], dict[str, str]]
) -> None:
    shop.git("tag", "v1", "HEAD~1")
    assert shop.recreate("--revision", "v1").code == 0
    assert shop.generations()[3]["revision"] == shop.git("rev-parse", "v1")
    assert shop.run("rollback", "--to", "3", "--files").code == 0
    assert texts(shop) == in_git[0]
    assert shop.run("update", "app", "--level", "major").code == 0
    assert shop.recreate("--candidate").code == 0
    assert texts(shop) == in_git[0]
    assert shop.run("export").code == 0
    exported = texts(shop)
    assert "app=2.0" in exported["environment.yml"]
    assert shop.run("rollback", "--to", "1", "--files").code == 0
    assert shop.run("rollback", "--to", "4", "--files").code == 0
    assert texts(shop) == exported


def test_a_revision_is_a_name_of_a_generation(
    shop: Shop, in_git: tuple[dict[str, str], dict[str, str]]
) -> None:
    assert in_git
    shop.git("tag", "v1", "HEAD~1")
    run = shop.run("rollback", "--to", "v1")
    assert run.code == 0, run.err
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert shop.run("rollback", "--to", "HEAD").code == 0
    assert shop.said() == f"app 2.0 in {shop.prefix}"
    shop.write("app=1.0")
    commit(shop, "a lock that was never installed")
    for to in ("HEAD", "nonsense"):
        run = shop.run("rollback", "--to", to)
        assert (run.code, f"no generation is `{to}`" in flat(run.err)) == (2, True)


def test_what_is_no_text_is_not_recorded(shop: Shop) -> None:
    shop.write("app=1.0")
    (shop.folder / "environment-dev.yml").write_bytes(b"# caf\xe9\ndependencies: []\n")
    assert shop.recreate().code == 0
    assert shop.generations()[1]["files"] == []


def cut(shop: Shop, fault: str, *options: str) -> int:
    command = [sys.executable, "-m", "tests.cutting", fault, str(shop.folder), "--"]
    done = subprocess.run(
        [*command, "rollback", str(shop.folder), "--files", *options],
        check=False,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    return done.returncode


def settled(shop: Shop, one: dict[str, str], two: dict[str, str], number: object) -> str:
    """Of which generation prefix and files are when the next command has begun."""
    run = shop.run("rollback", "--to", "2", "--dry-run")
    if run.code == 2:
        assert "is the one in place" in flat(run.err), run.err
    found = shop.said().split()[1]
    assert texts(shop) == {"1.0": one, "2.0": two}[found], number
    assert leftovers(shop.state()) == set()
    return found


def test_what_is_killed_leaves_all_of_the_old_or_all_of_the_new(
    shop: Shop, first: dict[str, str], second: dict[str, str]
) -> None:
    seen, number, code = [], 20, -9
    while code == -9:
        number += 7
        code = cut(shop, f"kill:{number}")
        seen.append(settled(shop, first, second, number))
        if seen[-1] == "1.0":
            assert shop.run("rollback", "--to", "2", "--files").code == 0
    assert code == 0
    assert {"1.0", "2.0"} == set(seen)


@pytest.mark.parametrize("number", [40, 60, 80, 100, 110])
def test_what_fails_leaves_all_of_the_old(
    shop: Shop, first: dict[str, str], second: dict[str, str], number: int
) -> None:
    code = cut(shop, f"EIO:{number}")
    found = settled(shop, first, second, number)
    assert (code == 0) is (found == "1.0")


def intend(shop: Shop, generation: int, *names: str, root: Path | None = None) -> None:
    """A run that was cut off when the tree was in its place, and the files were not."""
    known = json.loads((shop.state() / f"generations/{generation}/generation.json").read_text())
    files = {
        name: [sha256((shop.folder / name).read_bytes()).hexdigest(), known["files"][name]]
        for name in names
    }
    data = {"root": str(root or shop.folder), "generation": generation, "files": files}
    (shop.state() / "files.json").write_text(json.dumps(data))


@pytest.mark.parametrize("written", [0, 2])
def test_the_next_command_writes_what_is_missing(
    shop: Shop, first: dict[str, str], second: dict[str, str], written: int
) -> None:
    assert second
    assert shop.run("rollback").code == 0
    intend(shop, 1, *FILES)
    for name in FILES[3 - written :]:
        (shop.folder / name).write_text(first[name])
    run = shop.recreate()
    assert "finished what an earlier rollback had begun: `environment.yml`" in flat(run.out)
    assert texts(shop) == first
    assert shop.said() == f"app 1.0 in {shop.prefix}"


def test_what_was_edited_meanwhile_stays(
    shop: Shop, first: dict[str, str], second: dict[str, str]
) -> None:
    assert first
    assert shop.run("rollback").code == 0
    intend(shop, 1, *FILES)
    (shop.folder / "environment.yml").write_text("dependencies: [app]\n")
    run = shop.run("rollback", "--to", "2", "--dry-run")
    assert (
        f"an earlier rollback was cut off before it restored the files of `{shop.folder}`, and they"
        " were changed since: `envtool rollback --to 1 --files` goes on" in flat(run.out)
    )
    assert texts(shop) == second | {"environment.yml": "dependencies: [app]\n"}
    assert leftovers(shop.state()) == set()


def test_a_note_that_is_of_no_use(
    shop: Shop, first: dict[str, str], second: dict[str, str], tmp_path: Path
) -> None:
    assert first
    # The tree went back.
    intend(shop, 1, *FILES)
    run = shop.run("rollback", "--dry-run")
    assert "earlier" not in run.out
    assert shop.run("rollback").code == 0
    (shop.state() / "files.json").write_bytes(b"\xff")
    run = shop.run("rollback", "--to", "2", "--dry-run")
    assert "was cut off, and did not restore the files of the project" in flat(run.out)
    # Of another project it is left alone.
    intend(shop, 1, *FILES, root=tmp_path / "other")
    run = shop.run("rollback", "--to", "2", "--dry-run")
    assert f"files of `{tmp_path / 'other'}`: go on there" in flat(run.out)
    assert (shop.state() / "files.json").exists()
    # All was done but to say so.
    intend(shop, 1)
    assert "earlier" not in shop.run("rollback", "--to", "2", "--dry-run").out
    # What should be written is lost.
    intend(shop, 1, *FILES)
    text_of(shop, first["environment.yml"]).unlink()
    run = shop.run("rollback", "--to", "2", "--dry-run")
    assert "`envtool rollback --to 1 --files` goes on" in flat(run.out)
    assert texts(shop) == second
    assert leftovers(shop.state()) == set()


@pytest.mark.parametrize("name", ["../victim", "/elsewhere/victim", "a\\\\b", "a//b", "C:x", ""])
def test_a_note_from_elsewhere_writes_nowhere_else(
    shop: Shop, second: dict[str, str], name: str
) -> None:
    assert shop.run("rollback").code == 0
    digest = sha256(second["environment.yml"].encode()).hexdigest()
    data = {"root": str(shop.folder), "generation": 1, "files": {name: [None, digest]}}
    (shop.state() / "files.json").write_text(json.dumps(data))
    run = shop.run("rollback", "--to", "2", "--dry-run")
    assert run.code == 0
    assert "did not restore the files of the project" in flat(run.out)
    assert not (shop.folder.parent / "victim").exists()
    state = json.loads((shop.state() / "generations/1/generation.json").read_text())
    text = json.dumps(state | {"files": {name: digest}})
    assert not is_inside(name)
    with pytest.raises(ValueError, match="generation"):
        decoded(text)


@pytest.mark.parametrize("text", ["[]", "{}", '{"files": 1}', '{"files": {"a": [1]}}'])
def test_a_note_that_says_nothing(shop: Shop, first: dict[str, str], text: str) -> None:
    assert first
    (shop.state() / "files.json").write_text(text)
    run = shop.run("rollback", "--to", "1", "--files")
    assert run.code == 0
    assert "did not restore the files of the project" in flat(run.out)


def test_texts_of_runs_that_failed_go(shop: Shop, first: dict[str, str]) -> None:
    assert first
    stray = shop.state() / "texts" / ("0" * 64)
    stray.write_text("x")
    draft = stray.with_name("0" * 64 + "." + "1" * 16 + ".tmp")
    draft.write_text("x")
    shop.run("rollback", "--dry-run")
    assert not draft.exists()
    assert stray.exists()
    made(shop, "2.0")
    assert not stray.exists()


def test_a_policy_above_leaves_each_project_its_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop.folder / "envtool.toml").write_text("")
    for version in ("1.0", "2.0"):
        folder = shop.folder / f"of-{version}"
        folder.mkdir()
        monkeypatch.chdir(folder)
        own = shop._replace(folder=folder)
        own.write(f"app={version}")
        run = own.recreate()
        assert run.code == 0, run.err
        assert own.said() == f"app {version} in {own.prefix}"
        assert own.run("rollback", "--list").first == "1 generation of `.envtool/envs/production`"


def test_a_lock_that_was_written_meanwhile(shop: Shop) -> None:
    shop.write("app=1.0")
    tools = connect()
    home = find_home(tools, str(shop.folder))
    source = read_source(tools, home.folder, Choice(), "production", LINUX)
    assert len(with_files(tools, home, Choice(), source).files) == 3
    shop.write("app=2.0")
    assert with_files(tools, home, Choice(), source).files == ()
