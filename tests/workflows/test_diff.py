"""`envtool diff` on files and git revisions."""

import json
from pathlib import Path

import pytest

from tests.adapters.test_git import git
from tests.conftest import Envtool
from tests.locking import Entry, lock_text

BOTH = ("linux-64", "osx-64")
OLD = lock_text(
    Entry("numpy", "1.26"),
    Entry("numpy", "1.26", "osx-64"),
    Entry("zlib", "1.3", build="h0"),
    Entry("gone"),
    Entry("torch", manager="pip"),
    platforms=BOTH,
)
NEW = lock_text(
    Entry("numpy", "2.0"),
    Entry("numpy", "2.0", "osx-64"),
    Entry("zlib", "1.3", build="h1"),
    Entry("new[red]"),
    Entry("torch", "0.9", manager="pip"),
    platforms=BOTH,
)


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    (tmp_path / "old.yml").write_text(OLD)
    (tmp_path / "new.yml").write_text(NEW)
    return tmp_path


def test_what_people_read(envtool: Envtool, locks: Path) -> None:
    assert locks.exists()
    done = envtool("diff", "old.yml", "new.yml")
    assert done.code == 0
    assert done.out == (
        "1 down, 1 up, 1 added, 1 removed, 1 rebuilt: old.yml -> new.yml\n"
        "\n"
        "  down     torch (pip)    1.0 -> 0.9  on linux-64\n"
        "  up       numpy          1.26 -> 2.0\n"
        "  added    new[red]       1.0  on linux-64\n"
        "  removed  gone           1.0  on linux-64\n"
        "  rebuilt  zlib           1.3 h0 -> 1.3 h1  on linux-64\n"
    )


def test_no_change(envtool: Envtool, locks: Path) -> None:
    assert locks.exists()
    assert envtool("diff", "old.yml", "old.yml").out == "No change: old.yml -> old.yml\n"


def test_data(envtool: Envtool, locks: Path) -> None:
    assert locks.exists()
    changes = json.loads(envtool("diff", "old.yml", "new.yml", "-o", "json").out)["data"]["changes"]
    assert changes[1] == {
        "kind": "up",
        "name": "numpy",
        "manager": "conda",
        "before": "1.26",
        "after": "2.0",
        "platforms": ["linux-64", "osx-64"],
        "everywhere": True,
    }


def test_narrow_terminals(envtool: Envtool, locks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert locks.exists()
    monkeypatch.setenv("COLUMNS", "50")
    lines = envtool("diff", "old.yml", "new.yml").out.splitlines()
    assert max(len(line) for line in lines[1:]) <= 55
    assert any(line.startswith(" " * 25) for line in lines)


def test_environment_files(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "dependencies: [numpy=1, same, pip: [x==1, git+https://u:p@e/x]]"
    )
    (tmp_path / "b.yml").write_text(
        "dependencies:\n- numpy=2\n- same\n- win  # [win]\n- pip: [x==2]\n"
    )
    assert envtool("diff", "a.yml", "b.yml").out.splitlines()[2:] == [
        "  added    win                       any  on win-",
        "  removed  git+https://***@e/x (pip) any",
        "  changed  numpy                     =1 -> =2",
        "  changed  x (pip)                   ==1 -> ==2",
    ]


def test_revisions(envtool: Envtool, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "conda-lock.yml").write_text(OLD)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "old")
    (tmp_path / "conda-lock.yml").write_text(NEW)
    for arguments in (("HEAD",), ("HEAD:conda-lock.yml",), ("main", "conda-lock.yml")):
        done = envtool("diff", *arguments)
        assert done.first.startswith("1 down, 1 up, 1 added, 1 removed")
    same = "HEAD:conda-lock.yml -> HEAD:conda-lock.yml"
    assert envtool("diff", "HEAD", "HEAD").first == f"No change: {same}"
    assert "has no `x.yml` in this folder" in envtool("diff", "HEAD:x.yml", "HEAD").err
    assert "knows no revision" in envtool("diff", "nowhere").err


def test_a_revision_in_a_folder_of_the_project(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "conda-lock.yml").write_text(OLD)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "old")
    (tmp_path / "conda-lock.yml").write_text(NEW)
    (tmp_path / "src/deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "src/deep")
    done = envtool("diff", "HEAD")
    assert done.first.startswith("1 down, 1 up, 1 added, 1 removed, 1 rebuilt: HEAD:../../c")


def test_a_revision_means_the_file_on_the_other_side(envtool: Envtool, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "environment.yml").write_text("dependencies: [zlib=1]\n")
    (tmp_path / "conda-lock.yml").write_text(OLD)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "old")
    (tmp_path / "environment.yml").write_text("dependencies: [zlib=2]\n")
    done = envtool("diff", "HEAD", "environment.yml")
    assert done.first == "1 changed: HEAD:environment.yml -> environment.yml"
    assert envtool("diff", "environment.yml", "HEAD").first.startswith("1 changed")
    mixed = envtool("diff", "environment.yml", "conda-lock.yml")
    assert mixed.code == 2
    assert "`conda-lock.yml` is a lock and `environment.yml` an environment file" in mixed.err


def test_without_a_lock_the_environment_file_is_meant(envtool: Envtool, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "environment.yml").write_text("dependencies: [zlib=1]\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "old")
    (tmp_path / "environment.yml").write_text("dependencies: [zlib=2]\n")
    assert envtool("diff", "HEAD").first.startswith("1 changed: HEAD:environment.yml")
    assert "git knows no revision `HEAD~5`" in envtool("diff", "HEAD~5").err


def test_standard_input(envtool: Envtool, locks: Path) -> None:
    assert locks.exists()
    done = envtool("diff", "old.yml", "-", stdin=NEW.encode())
    assert done.first.endswith("old.yml -> -")


def test_textconv_lists_every_package_once(envtool: Envtool, locks: Path) -> None:
    assert locks.exists()
    assert envtool("diff", "--textconv", "old.yml").out.splitlines() == [
        "gone 1.0 h0_0 [linux-64]",
        "numpy 1.26 h0_0 [linux-64, osx-64]",
        "torch 1.0 (pip) [linux-64]",
        "zlib 1.3 h0 [linux-64]",
    ]


@pytest.mark.parametrize("content", ["", "<<<<<<< ours\n", "half: [\n"])
def test_textconv_shows_what_it_can_not_read(
    envtool: Envtool, tmp_path: Path, content: str
) -> None:
    (tmp_path / "x").write_text(content)
    done = envtool("diff", "--textconv", "x")
    assert (done.code, done.out) == (0, content)
    assert "lists one file" in envtool("diff", "--textconv", "x", "x").err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: b\n", "is no lock and no environment file"),
        (b"a: [\n", "is no lock and no environment file"),
        (b"@EXPLICIT\nx\n", "is no lock and no environment file"),
        (b"\xff\n", "is not UTF-8"),
    ],
)
def test_what_can_not_be_compared(
    envtool: Envtool, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "x").write_bytes(content)
    done = envtool("diff", "x", "x")
    assert done.code == 2
    assert words in done.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("old.yml",), "envtool diff HEAD:old.yml"),
        (("no/such.yml", "old.yml"), "name a file that is there"),
        (("old.yml", "mising.yml"), "`mising.yml` does not exist"),
        (("HEAD",), "`.` is in no git repository"),
        (("HEAD",), "hint: without git, name two files: `envtool diff OLD NEW`"),
        (("old.yml", "."), "`.` is a folder"),
        (("old.yml", "/dev/null"), "`/dev/null` is no regular file"),
        (("nope",), "is in no git repository"),
    ],
)
def test_wrong_usage(envtool: Envtool, locks: Path, arguments: tuple[str, ...], hint: str) -> None:
    assert locks.exists()
    done = envtool("diff", *arguments)
    assert done.code == 2
    assert hint in " ".join(done.err.split())


def test_a_failure_is_a_report_too(envtool: Envtool) -> None:
    done = envtool("diff", "a/b", "c", "-o", "json", "-o", "text=x.txt")
    assert done.code == 2
    assert json.loads(done.out)["failures"][0]["message"] == "`a/b` does not exist"
