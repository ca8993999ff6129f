"""`envtool cache` as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from envtool.adapters.shipped import ShippedLists
from tests.caches import below, file, foreign, full
from tests.conftest import Envtool
from tests.running import bare
from tests.served import bare_user, flat

ALL = (
    ("status",),
    ("verify",),
    ("verify", "--fix"),
    ("prune",),
    ("clean",),
    ("clean", "--archives"),
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bare_user(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_no_word_is_status(envtool: Envtool, root: Path) -> None:
    full(root)
    assert envtool("cache").out == envtool("cache", "status").out
    said = json.loads(envtool("cache", "-o", "json").out)
    assert said["command"] == "cache status"
    assert said["data"]["folder"] == str(root)


def test_an_option_before_the_word(envtool: Envtool, root: Path) -> None:
    full(root)
    before = below(root)
    run = envtool("cache", "-o", "json", "clean")
    assert (run.code, run.err.splitlines()[0]) == (2, "error: `--output` stands behind the command")
    assert "hint: as in `envtool cache clean --output json`" in run.err
    assert below(root) == before


def test_the_help_lists_the_words(envtool: Envtool) -> None:
    lines = envtool("cache", "--help").out.partition("Commands:\n")[2].splitlines()
    assert [each.split()[0] for each in lines] == ["status", "verify", "prune", "clean"]
    assert [each for each in lines if each.endswith("...") or len(each) > 80] == []


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_json(envtool: Envtool, root: Path, words: tuple[str, ...]) -> None:
    foreign(full(root))
    run = envtool("cache", *words, "-o", "json")
    assert run.code == 0, run.err
    said = json.loads(run.out)
    Draft202012Validator(json.loads(ShippedLists().result_schema())).validate(said)
    assert said["command"] == f"cache {words[0]}"
    assert len(said["data"]["foreign"]) == 4


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_there_is_no_cache(envtool: Envtool, root: Path, words: tuple[str, ...]) -> None:
    run = envtool("cache", *words)
    assert run.code == 0
    assert f"`{root}`" in run.first
    assert not root.exists()


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_file_in_place_of_the_cache(envtool: Envtool, root: Path, words: tuple[str, ...]) -> None:
    file(root)
    run = envtool("cache", *words)
    assert run.code == 2
    assert flat(run.err).startswith(f"error: `{root}` is no folder, so no cache can be there")
    assert "ENVTOOL_CACHE_DIR" in run.err
    assert root.read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="faults are set as on POSIX")
@pytest.mark.parametrize(
    ("fault", "words", "first"),
    [
        ("EACCES:os.listdir:1-", ("status",), "error: `ROOT` can not be read: Permission denied"),
        ("EROFS:open:1-", ("prune",), "error: `ROOT/packages` can not be written: Read-only file"),
        ("EROFS:open:1-", ("clean",), "error: `ROOT/packages` can not be written: Read-only file"),
        ("EPERM:os.remove:1-", ("clean",), "Incomplete: freed 0 B; 8 could not be taken away"),
        ("EACCES:os.rename:1-", ("prune",), "Incomplete: freed "),
    ],
)
def test_a_cache_that_is_read_only_or_of_others(
    root: Path, fault: str, words: tuple[str, ...], first: str
) -> None:
    full(root)
    before = below(root)
    done = subprocess.run(
        [sys.executable, "-m", "tests.cutting", fault, str(root), "--", "cache", *words],
        env=bare(ENVTOOL_CACHE_DIR=str(root)),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    shown = flat(done.stdout or done.stderr).replace(str(root), "ROOT")
    assert shown.startswith(first), done.stdout + done.stderr
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    if first.startswith("error"):
        assert below(root) == before
