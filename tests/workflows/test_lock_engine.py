"""`envtool lock --engine conda-lock`: the real conda-lock, with a stand-in for conda that solves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rattler import LockFile

from envtool.adapters import connect
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import Lock
from envtool.errors import ToolError
from envtool.workflows.engine_answer import read_answer
from tests.channels import record, write_records
from tests.conftest import Envtool, Run
from tests.index import Dist, serving
from tests.stand_in_conda import install

LINUX, MAC = "linux-64", "osx-arm64"
RECORDS = (
    *(record("library", version) for version in ("1.0", "1.1", "2.0")),
    *(record("engine", version) for version in ("1.0", "1.1")),
    record("user", "1.0", "library >=1.0,<2.0a0", "engine"),
    record("user", "1.1", "library >=1.1,<2.0a0", "engine"),
    record("newcomer", "1.0", "library >=1.1"),
    record("tool", "1.0"),
    record("checker", "1.0", "library"),
    record("only-linux", "1.0", subdir=LINUX),
    record("modern", "1.0", "__glibc >=2.39"),
    record("modern", "0.9"),
    record("python", "3.12.4", subdir=LINUX),
    record("pip", "24.0", "python"),
    record("idna", "3.0", "python"),
)
DISTS = (
    Dist("requests", "2.0", ("idna",)),
    # conda-lock wants that an index has what conda has.
    Dist("idna", "3.0"),
    Dist("idna", "3.1"),
    Dist("linter", "1.0"),
    Dist("linter", "2.0"),
)


class Shop(NamedTuple):
    """A project, the channel that it takes packages from, and the stand-in's log."""

    folder: Path
    run: Envtool
    channel: str

    def write(self, *lines: str, name: str = "environment.yml", **more: Any) -> None:
        """An environment file with these dependencies."""
        platforms = ", ".join(more.pop("platforms", (LINUX,)))
        pip = "".join(f"    - {line}\n" for line in more.pop("pip", ()))
        listed = "".join(f"  - {line}\n" for line in lines) + (f"  - pip:\n{pip}" if pip else "")
        keys = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in more.items())
        head = f"channels: [{self.channel}]\nplatforms: [{platforms}]\n{keys}"
        (self.folder / name).write_text(f"{head}dependencies:\n{listed}")

    def lock(self, *options: str) -> Run:
        """Lock with conda-lock; what is written has to please all who read it."""
        before = _others(self.folder)
        run = self.run("lock", "--engine", "conda-lock", *options)
        assert _others(self.folder) == before
        if run.code == 0:
            LockFile.from_path(self.folder / "recovery/records.lock")
            assert self.run("lock", "--check").code == 0
        return run

    def ours(self, *lines: str) -> None:
        """A lock of our own engine from a time when there were only the first versions."""
        self.offer(*(each for each in RECORDS if each["version"] in {"1.0", "3.12.4", "24.0"}))
        self.write(*lines)
        assert self.run("lock").code == 0
        self.offer(*RECORDS)

    def read(self) -> Lock:
        text = (self.folder / "conda-lock.yml").read_text()
        found = read_lock(text, "conda-lock.yml", EventYaml().parse)
        assert found is not None
        return found

    def versions(self, platform: str = LINUX, category: str | None = None) -> dict[str, str]:
        return {
            each.name: each.version
            for each in self.read().packages
            if each.platform == platform and category in {None, each.category}
        }

    def offer(self, *records: dict[str, Any]) -> None:
        write_records(self.folder / "channel", records)

    def asked(self) -> list[list[str]]:
        """The match specs of each call of conda."""
        log = self.folder / "log"
        calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [
            [each for each in call[6:] if "://" not in each and each[0] != "-"] for call in calls
        ]


def _others(folder: Path) -> set[str]:
    """All files but those that a lock writes, and the stand-in's log."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {
        each
        for each in names
        if not each.startswith(("conda-lock.yml", "recovery", "log", ".envtool"))
    }


@pytest.fixture
def shop(tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch) -> Shop:
    conda = install(tmp_path / "bin")
    monkeypatch.setenv("CONDA_EXE", str(conda))
    monkeypatch.setenv("STAND_IN_LOG", str(tmp_path / "log"))
    monkeypatch.delenv("CONDA_LOCK_CONDA", raising=False)
    return Shop(tmp_path, envtool, write_records(tmp_path / "channel", RECORDS))


def test_a_first_lock_and_a_second_that_asks_nobody(shop: Shop) -> None:
    shop.write("user", "tool", platforms=(LINUX, MAC))
    assert shop.lock().first == "Locked 8 packages for 2 platforms"
    assert shop.versions() == {"user": "1.1", "library": "1.1", "engine": "1.1", "tool": "1.0"}
    assert shop.versions(MAC) == shop.versions()
    calls = len(shop.asked())
    assert shop.lock().first == "Up to date: 8 packages for 2 platforms"
    assert len(shop.asked()) == calls


def test_a_switch_of_engines_moves_nothing(shop: Shop) -> None:
    shop.write("user", "tool")
    assert shop.run("lock").code == 0
    files = [shop.folder / "conda-lock.yml", shop.folder / "recovery/records.lock"]
    ours = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    assert shop.lock().code == 0
    assert [path.read_bytes() for path in files] == ours


@pytest.mark.parametrize(
    ("lines", "answer", "versions"),
    [
        (("user", "tool", "checker"), "1 added", {"user": "1.0", "library": "1.0", "engine": "1.0", "tool": "1.0", "checker": "1.0"}),
        (("user", "tool", "newcomer"), "1 up, 1 added", {"user": "1.0", "library": "1.1", "engine": "1.0", "tool": "1.0", "newcomer": "1.0"}),
        (("tool",), "3 removed", {"tool": "1.0"}),
        (("user >=1.1", "tool"), "2 up", {"user": "1.1", "library": "1.1", "engine": "1.0", "tool": "1.0"}),
    ],
)  # fmt: skip
def test_only_what_must_move_moves(
    shop: Shop, lines: tuple[str, ...], answer: str, versions: dict[str, str]
) -> None:
    shop.ours("user", "tool")
    shop.write(*lines)
    run = shop.lock()
    assert run.first.endswith(f": {answer}")
    assert shop.versions() == versions
    assert len(shop.asked()) == 1


def test_a_lock_without_records_is_kept_too(shop: Shop) -> None:
    shop.ours("user", "tool")
    (shop.folder / "recovery/records.lock").unlink()
    shop.write("user", "tool", "checker")
    assert shop.lock().first.endswith(": 1 added")
    assert shop.versions()["library"] == "1.0"


def test_what_left_the_channel_makes_way(shop: Shop) -> None:
    shop.ours("user", "tool")
    shop.offer(
        *(each for each in RECORDS if (each["name"], each["version"]) != ("tool", "1.0")),
        record("tool", "1.2"),
    )
    shop.write("user", "tool", "checker")
    run = shop.lock()
    assert run.first.endswith(": 1 up, 1 added")
    assert shop.versions() == {
        "user": "1.0",
        "library": "1.0",
        "engine": "1.0",
        "tool": "1.2",
        "checker": "1.0",
    }
    assert "no solution that keeps all that could stay" in run.out


def test_development_is_a_category_whatever_its_file_says(shop: Shop) -> None:
    shop.write("user")
    shop.write("checker", "library", "tool", name="environment-dev.yml")
    assert shop.lock().code == 0
    assert shop.versions(category="main") == {"user": "1.1", "library": "1.1", "engine": "1.1"}
    assert shop.versions(category="dev") == {"checker": "1.0", "tool": "1.0"}


def test_a_package_in_two_files_satisfies_both(shop: Shop) -> None:
    shop.write("library <2")
    shop.write("library", "checker", name="environment-dev.yml")
    assert shop.lock().code == 0
    assert shop.versions(category="main") == {"library": "1.1"}
    assert shop.asked() == [["library <2", "checker"]]


def test_channels_of_two_files_need_not_have_a_common_end(shop: Shop) -> None:
    other = write_records(shop.folder / "other", (record("special", "3.0", "library <2"),))
    shop.write("library")
    (shop.folder / "environment-dev.yml").write_text(
        f"channels: [{other}]\ndependencies: [special]\n"
    )
    assert shop.lock().code == 0
    assert shop.versions(category="dev") == {"special": "3.0"}
    assert shop.versions(category="main") == {"library": "1.1"}


def test_lines_for_one_platform_in_every_spelling(shop: Shop) -> None:
    lines = ("tool", "only-linux  # [linux]", "sel(osx): checker")
    shop.write(*lines, platforms=(LINUX, MAC))
    assert shop.lock().code == 0
    assert shop.versions() == {"tool": "1.0", "only-linux": "1.0"}
    assert shop.versions(MAC) == {"tool": "1.0", "checker": "1.0", "library": "2.0"}


def test_constraints_of_the_policy_are_asked_for_when_they_are_not_met(shop: Shop) -> None:
    (shop.folder / "envtool.toml").write_text('[constraints]\nengine = "<1.1"\nlibrary = "<2"\n')
    shop.write("user", "tool")
    assert shop.lock().code == 0
    assert shop.versions() == {"user": "1.1", "library": "1.1", "engine": "1.0", "tool": "1.0"}
    assert shop.asked() == [["user", "tool"], ["user", "tool", "engine <1.1"]]
    shop.write("library")
    assert shop.lock().code == 0
    assert shop.versions() == {"library": "1.1"}


def test_machines_of_the_project_count(shop: Shop) -> None:
    shop.write("modern")
    assert shop.lock().code == 0
    assert shop.versions() == {"modern": "0.9"}
    (shop.folder / "virtual-packages.yml").write_text(
        "subdirs: {linux-64: {packages: {__glibc: '2.39'}}}\n"
    )
    (shop.folder / "conda-lock.yml").unlink()
    assert shop.lock().code == 0
    assert shop.versions() == {"modern": "1.0"}


def test_check_writes_nothing(shop: Shop) -> None:
    shop.write("tool")
    run = shop.lock("--check")
    assert (run.code, run.first) == (1, "Out of date: 1 added")
    assert "hint: make it: `envtool lock --engine conda-lock`" in run.out
    assert not (shop.folder / "conda-lock.yml").exists()


def test_a_conda_that_keeps_nothing_is_followed_and_that_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.ours("user", "tool")
    shop.write("user", "tool", "checker")
    monkeypatch.setenv("STAND_IN_ANSWER", "stubborn")
    run = shop.lock()
    assert run.first.endswith(": 3 up, 1 added")
    assert "no solution that keeps all that could stay" in run.out


def test_what_a_mirror_served_is_locked_as_published(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("tool")
    monkeypatch.setenv("STAND_IN_ANSWER", "mirrored")
    assert shop.lock().code == 0
    assert [each.url for each in shop.read().packages] == [
        f"{shop.channel}/noarch/tool-1.0-0.conda"
    ]


def test_other_bytes_than_the_channel_lists_are_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("tool")
    monkeypatch.setenv("STAND_IN_ANSWER", "forged")
    run = shop.lock()
    assert (run.code, "tool-1.0-0.conda` has another hash" in " ".join(run.err.split())) == (
        6,
        True,
    )


def test_a_channel_without_sha256_is_known_by_md5(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("tool")
    monkeypatch.setenv("STAND_IN_ANSWER", "md5")
    assert shop.lock().code == 0
    assert all(each.sha256 for each in shop.read().packages)


def test_a_constraint_that_is_not_heard_is_no_lock(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop.folder / "envtool.toml").write_text('[constraints]\nengine = "<1.1"\n')
    shop.write("user")
    monkeypatch.setenv("STAND_IN_ANSWER", "deaf")
    run = shop.lock()
    assert run.code == 4
    said = " ".join(run.err.split())
    assert "another lock: `engine 1.1`, and `[constraints]` say `<1.1`" in said


def test_what_is_no_lock_is_no_answer() -> None:
    with pytest.raises(ToolError, match="conda-lock left no lock"):
        read_answer(connect(), "version: 1\npackage: 7\n")


def test_an_answer_that_is_not_what_was_asked_for_is_refused(shop: Shop) -> None:
    """Of two builds of one package conda-lock is told the last alone."""
    twins = [record("twins", "1.0", build=each) for each in ("0", "1")]
    shop.offer(*RECORDS, *twins)
    shop.write("twins * 0")
    shop.write("twins * 1", name="environment-dev.yml")
    run = shop.lock()
    assert run.code == 4
    assert "conda-lock made another lock: `twins * 0` is not met" in " ".join(run.err.split())


@pytest.fixture
def pip(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The keys of an environment file that name an index on the loopback, and no other."""
    # poetry keeps what it has downloaded.
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop.folder / ".envtool/cache"))
    with serving(*DISTS) as index:
        yield {"pip_repositories": f"[{index.url}]", "allow_pypi_requests": "false"}


def test_pip_packages_stand_on_conda_and_are_kept(shop: Shop, pip: dict[str, Any]) -> None:
    shop.write("python", "idna", "pip", pip=("linter <2",), **pip)
    assert shop.lock().code == 0
    shop.write("python", "pip", pip=("linter",), **pip)
    shop.write("idna", name="environment-dev.yml", pip=("requests", "linter >=1"), **pip)
    assert shop.lock().code == 0
    assert shop.versions(category="main") == {"python": "3.12.4", "pip": "24.0", "linter": "1.0"}
    assert shop.versions(category="dev") == {"idna": "3.0", "requests": "2.0"}
    shop.write("python", "pip", pip=("linter", "requests"), **pip)
    assert shop.lock().code == 0
    main = {"python": "3.12.4", "pip": "24.0", "linter": "1.0", "requests": "2.0", "idna": "3.0"}
    assert shop.versions(category="main") == main


@pytest.mark.parametrize(
    ("lines", "code", "error"),
    [
        (("linter >=9",), 3, "the `pip:` section depends on linter (>=9) which doesn't match any versions"),
        (("git+https://example.org/x.git",), 3, "is built from a repository, which runs its code"),
        (("--no-index",), 3, "conda-lock reads no `--no-index`"),
        (("-r requirements.txt",), 3, "conda-lock reads no `-r requirements.txt`"),
    ],
)  # fmt: skip
def test_pip_sections_that_are_not_locked(
    shop: Shop, pip: dict[str, Any], lines: tuple[str, ...], code: int, error: str
) -> None:
    shop.write("python", "pip", pip=lines, **pip)
    run = shop.lock()
    assert run.code == code
    assert error in " ".join(run.out.split())
    assert not (shop.folder / "conda-lock.yml").exists()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("nothing",), "linux-64: no channel offers `nothing`"),
        (("user", "library 2.0"), "library >=1.1,<2.0a0, for which no candidates were found"),
    ],
)
def test_no_solution(shop: Shop, lines: tuple[str, ...], reason: str) -> None:
    shop.ours("tool")
    before = (shop.folder / "conda-lock.yml").read_text()
    shop.write(*lines)
    run = shop.lock()
    assert run.code == 3
    assert run.first.startswith("Unsatisfiable: conda-lock finds no environment")
    assert reason in run.out
    assert (shop.folder / "conda-lock.yml").read_text() == before


@pytest.mark.parametrize(
    ("fault", "code", "error"),
    [
        ("micromamba", 3, "linux-64: nothing provides x"),
        ("network", 5, "CONNECTION FAILED for url <https://host.invalid/x/noarch/r.json"),
        ("full", 4, "conda-lock failed: No space left"),
        ("crash", 4, "conda-lock failed: subprocess.CalledProcessError"),
        ("garbage", 4, "Failed to parse json"),
    ],
)
def test_a_conda_that_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, fault: str, code: int, error: str
) -> None:
    shop.write("tool")
    monkeypatch.setenv("STAND_IN", fault)
    run = shop.lock()
    said = (run.out + run.err).replace("\n", " ")
    assert run.code == code
    assert error in " ".join(said.split())
    assert "hunt" not in said
    assert "tk-12" not in said
    assert not (shop.folder / "conda-lock.yml").exists()


def test_a_platform_that_conda_lock_does_not_know(shop: Shop) -> None:
    shop.write("tool", platforms=("win-arm64",))
    run = shop.lock()
    assert (run.code, "does not lock for `win-arm64`" in run.err) == (2, True)


def test_without_a_conda_it_says_that_none_is_needed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("tool")
    for name in ("CONDA_EXE", "MAMBA_EXE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(shop.folder / "nowhere"))
    run = shop.lock()
    assert run.code == 4
    assert "conda-lock needs conda, mamba or micromamba" in run.err
    assert "`envtool lock` by itself needs neither" in run.err
