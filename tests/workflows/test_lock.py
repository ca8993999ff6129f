"""`envtool lock` on small channels: only what must move moves."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rattler import LockFile

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.lock_check import inconsistent
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import Lock
from tests.channels import record, write_records
from tests.conftest import Envtool, Run

LINUX, MAC = "linux-64", "osx-arm64"


def library(version: str, *depends: str, **more: Any) -> dict[str, Any]:
    return record("library", version, *depends, **more)


# Two libraries that users need in ranges, a tool that needs neither, a language without Python.
RECORDS = (
    *(library(version) for version in ("1.0", "1.1", "2.0")),
    *(record("engine", version) for version in ("1.0", "1.1")),
    record("user", "1.0", "library >=1.0,<2.0a0", "engine"),
    record("user", "1.1", "library >=1.1,<2.0a0", "engine"),
    record("newcomer", "1.0", "library >=1.0", "engine >=1.0"),
    record("tool", "1.0"),
    record("r-base", "4.4"),
    record("r-plot", "1.0", "r-base >=4,<5.0a0"),
    record("checker", "1.0", "library"),
    record("checker", "0.9"),
    record("only-linux", "1.0", subdir=LINUX),
    record("pip", "24.0"),
)


class Shop(NamedTuple):
    """A project and the channel that it takes packages from."""

    folder: Path
    run: Envtool
    channel: str

    def write(
        self, *lines: str, name: str = "environment.yml", platforms: tuple[str, ...] = (LINUX,)
    ) -> None:
        """An environment file with these dependencies."""
        listed = "".join(f"  - {line}\n" for line in lines)
        head = f"channels: [{self.channel}]\nplatforms: [{', '.join(platforms)}]\n"
        (self.folder / name).write_text(f"{head}dependencies:\n{listed}")

    def lock(self, *options: str) -> Run:
        """Lock, and hold the files against those who read them."""
        run = self.run("lock", *options)
        if run.code == 0:
            assert not list(inconsistent(self.read()))
            LockFile.from_path(self.folder / "recovery/records.lock")
            LockFile.from_path(self.folder / "conda-lock.yml")
        return run

    def read(self) -> Lock:
        """The lock as envtool reads it."""
        text = (self.folder / "conda-lock.yml").read_text()
        found = read_lock(text, "conda-lock.yml", EventYaml().parse)
        assert found is not None
        return found

    def versions(self, platform: str = LINUX, category: str | None = None) -> dict[str, str]:
        """What is locked for a platform, by name."""
        return {
            each.name: each.version
            for each in self.read().packages
            if each.platform == platform and category in {None, each.category}
        }

    def offer(self, *records: dict[str, Any]) -> None:
        """Change what the channel has."""
        write_records(self.folder / "channel", records)


@pytest.fixture
def shop(tmp_path: Path, envtool: Envtool) -> Shop:
    return Shop(tmp_path, envtool, write_records(tmp_path / "channel", RECORDS))


def test_a_first_lock_takes_the_newest_and_a_second_moves_nothing(shop: Shop) -> None:
    shop.write("user", "tool")
    assert shop.lock().first == "Locked 4 packages for linux-64"
    assert shop.versions() == {"user": "1.1", "library": "1.1", "engine": "1.1", "tool": "1.0"}
    before = _files(shop.folder)
    assert shop.lock().first == "Up to date: 4 packages for linux-64"
    assert _files(shop.folder) == before


def _held(shop: Shop) -> None:
    """A lock from a time when there were only the first versions."""
    shop.offer(*(each for each in RECORDS if each["version"] in {"1.0", "4.4", "24.0"}))
    shop.write("user", "tool")
    assert shop.lock().code == 0
    shop.offer(*RECORDS)


@pytest.mark.parametrize(
    ("lines", "answer", "versions"),
    [
        (
            ("user", "tool", "newcomer"),
            "Locked 5 packages for linux-64: 1 added",
            {"user": "1.0", "library": "1.0", "engine": "1.0", "tool": "1.0", "newcomer": "1.0"},
        ),
        (
            ("user",),
            "Locked 3 packages for linux-64: 1 removed",
            {"user": "1.0", "library": "1.0", "engine": "1.0"},
        ),
        (("tool",), "Locked 1 package for linux-64: 3 removed", {"tool": "1.0"}),
        (
            ("user >=1.1", "tool"),
            "Locked 4 packages for linux-64: 2 up",
            {"user": "1.1", "library": "1.1", "engine": "1.0", "tool": "1.0"},
        ),
        (
            ("user", "library 1.1", "tool"),
            "Locked 4 packages for linux-64: 1 up",
            {"user": "1.0", "library": "1.1", "engine": "1.0", "tool": "1.0"},
        ),
        (
            ("tool", "user"),
            "Locked 4 packages for linux-64: no package moved",
            {"user": "1.0", "library": "1.0", "engine": "1.0", "tool": "1.0"},
        ),
    ],
)
def test_only_what_must_move_moves(
    shop: Shop, lines: tuple[str, ...], answer: str, versions: dict[str, str]
) -> None:
    _held(shop)
    before = (shop.folder / "conda-lock.yml").read_text()
    shop.write(*lines)
    run = shop.lock()
    if "no package moved" in answer:
        # The order of lines is in the hash that conda-lock looks at: sorted, so nothing changes.
        assert run.first == "Up to date: 4 packages for linux-64"
        assert (shop.folder / "conda-lock.yml").read_text() == before
    else:
        assert run.first == answer
    assert shop.versions() == versions


def test_a_platform_comes_and_goes_without_moving_the_other(shop: Shop) -> None:
    _held(shop)
    shop.write("user", "tool", platforms=(LINUX, MAC))
    assert shop.lock().first == "Locked 8 packages for 2 platforms: 4 added"
    assert shop.versions() == {"user": "1.0", "library": "1.0", "engine": "1.0", "tool": "1.0"}
    mac = shop.versions(MAC)
    assert mac == {"user": "1.1", "library": "1.1", "engine": "1.1", "tool": "1.0"}
    shop.write("user", "tool", platforms=(MAC,))
    assert shop.lock().first == "Locked 4 packages for osx-arm64: 4 removed"
    assert shop.versions(MAC) == mac
    assert shop.lock("--platform", LINUX).code == 0
    assert shop.read().platforms == (LINUX,)


def test_platforms_of_all_files_count_and_verify_agrees(shop: Shop) -> None:
    shop.write("tool")
    shop.write("checker", name="environment-dev.yml", platforms=(LINUX, MAC))
    shop.write("r-base", name="environment-docs.yml")
    assert shop.lock().first == "Locked 6 packages for 2 platforms"
    assert shop.run("verify").code == 0
    run = shop.lock("--platform", MAC)
    assert f"not locked anymore: {LINUX}; `--platform` names all that are" in run.out
    stale = shop.lock("--platform", LINUX, "--check")
    assert f"bring it up to date: `envtool lock --platform {LINUX}`" in stale.out
    shop.write("tool")
    shop.write("checker", name="environment-dev.yml")
    run = shop.lock()
    assert "not locked anymore: osx-arm64\n" in run.out


def test_a_new_channel_takes_over_what_it_has_and_no_more(shop: Shop) -> None:
    _held(shop)
    other = write_records(shop.folder / "other", (library("1.0", build="other"),))
    shop.write("user", "tool")
    text = (shop.folder / "environment.yml").read_text()
    (shop.folder / "environment.yml").write_text(
        text.replace("channels: [", f"channels: [{other}, ")
    )
    run = shop.lock()
    assert run.first == "Locked 4 packages for linux-64: 1 rebuilt"
    urls = {each.name: each.url for each in shop.read().packages}
    assert urls["library"] == f"{other}/noarch/library-1.0-other.conda"
    assert urls["user"].startswith(shop.channel)


def test_another_channel_alone_moves_everything(shop: Shop) -> None:
    _held(shop)
    other = write_records(shop.folder / "other", (record("tool", "1.0"), record("tool", "0.9")))
    shop.write("tool")
    text = (shop.folder / "environment.yml").read_text()
    (shop.folder / "environment.yml").write_text(text.replace(shop.channel, other))
    assert shop.lock().code == 0
    assert [each.url for each in shop.read().packages] == [f"{other}/noarch/tool-1.0-0.conda"]


def test_what_left_the_channel_stays_locked(shop: Shop) -> None:
    _held(shop)
    shop.offer(*(each for each in RECORDS if each["name"] != "library" or each["version"] > "1.0"))
    shop.write("user", "tool", "r-base")
    assert shop.lock().first == "Locked 5 packages for linux-64: 1 added"
    assert shop.versions()["library"] == "1.0"


@pytest.mark.parametrize("text", ["gone", "", "no lock: at all\n", "version: 7\n"])
def test_without_its_records_a_lock_is_held_all_the_same(shop: Shop, text: str) -> None:
    _held(shop)
    records = shop.folder / "recovery/records.lock"
    before = records.read_text()
    if text == "gone":
        records.unlink()
    else:
        records.write_text(text)
    shop.write("user", "tool", "r-base")
    assert shop.lock().first == "Locked 5 packages for linux-64: 1 added"
    assert shop.versions()["library"] == "1.0"
    assert "library-1.0-0.conda" in records.read_text()
    assert before != records.read_text()


def test_a_lock_that_only_conda_lock_knows_is_held_even_when_the_channel_forgot(
    shop: Shop,
) -> None:
    _held(shop)
    (shop.folder / "recovery/records.lock").unlink()
    shop.offer(*(each for each in RECORDS if each["name"] != "library" or each["version"] > "1.0"))
    shop.write("user", "r-base")
    assert shop.lock().code == 0
    assert shop.versions()["library"] == "1.0"


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (("r-base", "r-plot"), {"r-base", "r-plot"}),
        (("tool",), {"tool"}),
        (("tool", "pip:"), {"tool"}),
        (("tool", "pip: []"), {"tool"}),
        (("only-linux  # [linux]", "tool"), {"tool", "only-linux"}),
    ],
)
def test_environments_without_python(shop: Shop, lines: tuple[str, ...], names: set[str]) -> None:
    shop.write(*lines)
    assert shop.lock().code == 0
    assert shop.versions().keys() == names


def test_a_selector_holds_on_its_platform_alone(shop: Shop) -> None:
    shop.write("only-linux  # [linux]", "tool", platforms=(LINUX, MAC))
    assert shop.lock().code == 0
    assert shop.versions(MAC).keys() == {"tool"}
    assert shop.versions(LINUX).keys() == {"tool", "only-linux"}


def test_development_never_changes_production(shop: Shop) -> None:
    shop.write("user")
    assert shop.lock().code == 0
    production = shop.versions()
    shop.write("checker", "library <2", name="environment-dev.yml")
    assert shop.lock().first == "Locked 4 packages for linux-64: 1 added"
    assert shop.versions(category="main") == production
    assert shop.versions(category="dev") == {"checker": "1.0"}


def test_where_development_can_not_stand_on_production_it_says_what_it_cost(shop: Shop) -> None:
    shop.write("library")
    assert shop.lock().code == 0
    assert shop.versions() == {"library": "2.0"}
    shop.write("user", name="environment-dev.yml")
    run = shop.lock()
    assert run.code == 0
    assert "development changed 1 package of production on linux-64: `library`" in run.out
    assert shop.versions(category="main") == {"library": "1.1"}
    assert shop.versions(category="dev") == {"user": "1.1", "engine": "1.1"}


def test_a_package_that_moves_to_another_file_moves_to_its_category(shop: Shop) -> None:
    """conda-lock's hash of the files is the same before and after."""
    shop.write("r-base")
    shop.write("tool", name="environment-dev.yml")
    assert shop.lock().code == 0
    assert shop.versions(category="main") == {"r-base": "4.4"}
    for lines in (("r-base", "tool"), ("r-base",)):
        shop.write(*lines)
        assert shop.lock().first == "Locked 2 packages for linux-64: 1 added, 1 removed"
        assert shop.versions(category="main").keys() == set(lines)
        assert shop.lock("--check").code == 0


def test_constraints_of_the_policy_hold_for_what_is_not_listed(shop: Shop) -> None:
    (shop.folder / "envtool.toml").write_text('[constraints]\nengine = "<1.1"\nnobody = "<1"\n')
    shop.write("user")
    assert shop.lock().code == 0
    assert shop.versions()["engine"] == "1.0"


def test_a_constraint_on_what_has_no_version_does_not_hold(shop: Shop) -> None:
    (shop.folder / "envtool.toml").write_text('[constraints]\nengine = "<1.1"\n')
    shop.write("user")
    assert shop.lock().code == 0
    lock = shop.folder / "conda-lock.yml"
    good = lock.read_text()
    lock.write_text(
        good.replace("- name: engine\n  version: '1.0'", "- name: engine\n  version: 1=0")
    )
    assert lock.read_text() != good
    assert shop.lock("--check").code == 1
    assert shop.lock().code == 0
    assert lock.read_text() == good


@pytest.mark.parametrize("text", ["gone", "", "no lock: at all\n"])
def test_records_that_are_gone_are_written_again(shop: Shop, text: str) -> None:
    shop.write("user")
    assert shop.lock().code == 0
    records = shop.folder / "recovery/records.lock"
    good = records.read_text()
    if text == "gone":
        records.unlink()
    else:
        records.write_text(text)
    assert shop.lock("--check").code == 1
    wrote = "no package moved, wrote `recovery/records.lock`"
    assert shop.lock().first == f"Locked 3 packages for linux-64: {wrote}"
    assert records.read_text() == good


def test_check_writes_nothing_and_says_whether_the_lock_holds(shop: Shop) -> None:
    shop.write("user")
    missing = shop.lock("--check")
    assert (missing.code, missing.first) == (1, "Out of date: 3 added")
    assert not (shop.folder / "conda-lock.yml").exists()
    shop.lock()
    assert shop.lock("--check").code == 0
    shop.write("user", "tool")
    before = _files(shop.folder)
    stale = shop.lock("--check")
    assert (stale.code, stale.first) == (1, "Out of date: 1 added")
    assert "hint: bring it up to date: `envtool lock`" in stale.out
    assert _files(shop.folder) == before


def test_without_platforms_it_is_this_machine_and_says_so(shop: Shop) -> None:
    (shop.folder / "environment.yml").write_text(
        f"channels: [{shop.channel}]\ndependencies: [tool]\n"
    )
    run = shop.lock()
    assert "locked for this machine alone" in run.out
    (platform,) = shop.read().platforms
    again = shop.lock()
    assert again.first == f"Up to date: 1 package for {platform}"
    assert "this machine alone" not in again.out


@pytest.mark.parametrize(
    ("files", "code", "error", "hint"),
    [
        ({}, 2, "no environment file", "go to the folder of a project"),
        ({"environment.yml": "dependencies: {a: 1}\n"}, 2, "environment.yml", ""),
        ({"environment.yml": "channels: [CHANNEL]\ndependencies: ['*']\n"}, 2, "names no package", "write the name"),
        ({"environment.yml": "channels: [CHANNEL]\ndependencies: ['tool=>1']\n"}, 2, "environment.yml:2", "envtool verify"),
        ({"environment.yml": "channels: [CHANNEL]\nplatforms: [linux64]\ndependencies: [tool]\n"}, 2, "`linux64` is no platform", "did you mean `linux-64`?"),
        ({"environment.yml": "channels: [CHANNEL]\nplatforms: [amiga]\ndependencies: [tool]\n"}, 2, "`amiga` is no platform", "those of conda are"),
        ({"environment.yml": "channels: [CHANNEL]\ndependencies: [tool]\n", "conda-lock.yml": "<<<<<<< a\nversion: 1\n=======\nversion: 1\n>>>>>>> b\n"}, 2, "markers of an unsettled merge", "envtool lock --merge"),
        ({"environment.yml": "channels: [CHANNEL]\ndependencies: [tool]\n", "conda-lock.yml": "- 1\n"}, 2, "conda-lock.yml", "rm conda-lock.yml"),
        ({"environment.yml": "channels: [CHANNEL]\ndependencies: [tool]\n", "conda-lock.yml": "@EXPLICIT\n"}, 2, "is no `conda-lock.yml`", "rm conda-lock.yml"),
        ({"environment.yml": "channels: [CHANNEL]\ndependencies: [tool]\n", "virtual-packages.yml": "nothing: 1\n"}, 2, "virtual-packages.yml", "write `subdirs:"),
        ({"env-a.yml": "channels: [CHANNEL]\ndependencies: [tool]\n", "env-b.yml": "channels: [CHANNEL]\ndependencies: [tool]\n"}, 2, "it is not clear which", "files.production"),
        ({"envtool.toml": "profile = 'strict'\n"}, 2, "found none", "files.production"),
        ({"envtool.toml": "profile = 'lax'\n", "environment.yml": "channels: [CHANNEL]\ndependencies: [tool]\n"}, 2, "envtool.toml", ""),
    ],
)  # fmt: skip
def test_what_can_not_be_locked(
    shop: Shop, files: dict[str, str], code: int, error: str, hint: str
) -> None:
    for name, text in files.items():
        (shop.folder / name).write_text(text.replace("CHANNEL", shop.channel))
    before = _files(shop.folder)
    run = shop.run("lock")
    assert run.code == code
    assert error in " ".join(run.err.split())
    assert hint in " ".join(run.err.split())
    assert _files(shop.folder) == before


def test_a_single_file_of_another_name_is_locked(shop: Shop) -> None:
    shop.write("tool", name="env.yml")
    assert shop.lock().code == 0
    assert shop.read().sources == ("env.yml",)


def test_what_is_not_there_is_no_project(shop: Shop) -> None:
    run = shop.run("lock", "nowhere")
    assert (run.code, "`nowhere` does not exist" in run.err) == (2, True)
    shop.write("tool")
    run = shop.run("lock", "--platform", f"{LINUX},{MAC}")
    assert f"repeat the option: `{LINUX}` `{MAC}`" in " ".join(run.err.split())
    shop.write("pip: []")
    assert shop.run("lock").first == "Locked 0 packages for linux-64"


def test_a_file_is_no_project(shop: Shop) -> None:
    shop.write("tool")
    run = shop.run("lock", "environment.yml")
    assert (run.code, "envtool lock FOLDER" in run.err) == (2, True)


def test_machines_of_the_project_count(shop: Shop) -> None:
    shop.offer(*RECORDS, record("modern", "1.0", "__glibc >=2.39"), record("modern", "0.9"))
    shop.write("modern")
    assert shop.lock().code == 0
    assert shop.versions() == {"modern": "0.9"}
    (shop.folder / "virtual-packages.yml").write_text(
        'subdirs: {linux-64: {packages: {__glibc: "2.40"}}}\n'
    )
    (shop.folder / "conda-lock.yml").unlink()
    assert shop.lock().code == 0
    assert shop.versions() == {"modern": "1.0"}


def test_a_channel_in_front_of_a_package(shop: Shop) -> None:
    other = write_records(shop.folder / "other", (record("special", "3.0", "library <2"),))
    shop.write(f'"{other}::special"', "library")
    assert shop.lock().code == 0
    assert shop.versions() == {"special": "3.0", "library": "1.1"}


def test_the_answer_as_json_and_markdown(shop: Shop) -> None:
    _held(shop)
    shop.write("user >=1.1", "tool")
    run = shop.run("lock", "-o", "json", "-o", "markdown=change.md")
    data = json.loads(run.out)
    assert [(each["kind"], each["name"]) for each in data["data"]["changes"]] == [
        ("up", "library"),
        ("up", "user"),
    ]
    assert "| up | `library` | 1.0 | 1.1 | all |" in (shop.folder / "change.md").read_text()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "channel" not in path.parts
    }
