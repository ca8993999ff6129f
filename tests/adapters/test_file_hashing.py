"""Many files are hashed by several processes, and by one when these do not do it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from envtool.adapters import file_hashing, side_process
from envtool.adapters.prefix_files import PrefixInspector
from envtool.domain.installed import Damage
from tests.made_prefixes import install

MANY = 2500


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many small files that a process is worth it, and some that are not as recorded."""
    folder = tmp_path_factory.mktemp("prefix")
    files = {f"share/{number}": b"%d" % number for number in range(MANY)}
    files["share/large"] = b"x" * 9_000_000
    install(folder, "many", files=files)
    (folder / "share" / "7").write_bytes(b"no")
    (folder / "share" / "299").unlink()
    (folder / "share" / "300").unlink()
    (folder / "share" / "300").mkdir()
    (folder / "share" / "large").write_bytes(b"x" * 8_999_999 + b"y")
    return folder


EXPECTED = [
    ("share/299", "MISSING"),
    ("share/300", "ALTERED"),
    ("share/7", "ALTERED"),
    ("share/large", "ALTERED"),
]


def found(prefix: Path) -> list[tuple[str, str]]:
    door = PrefixInspector()
    damages: tuple[Damage, ...] = door.check_files(door.read(str(prefix)))
    return [(each.path, each.harm.name) for each in damages]


@pytest.mark.parametrize("processors", [1, 2, 4, 64])
def test_whoever_does_it(prefix: Path, processors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    whole = subprocess.Popen

    def popen(*arguments: object, **options: object) -> object:
        started.append(arguments)
        return whole(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    monkeypatch.setattr(subprocess, "Popen", popen)
    assert found(prefix) == EXPECTED
    assert len(started) == min(processors, 4) - 1


@pytest.mark.parametrize("code", ["", "raise SystemExit(1)", "print('nonsense' * 99)", None])
def test_a_process_that_does_not_do_it(
    prefix: Path, code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    if code is None:
        monkeypatch.setattr(sys, "executable", str(prefix / "none"))
    else:
        monkeypatch.setattr(side_process, "_START", code)
    assert found(prefix) == EXPECTED


def test_an_interruption_ends_all_of_it(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str, __: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.setattr(file_hashing, "is_as_expected", interrupted)
    with pytest.raises(KeyboardInterrupt):
        found(prefix)


def test_few_files_start_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.setattr(side_process, "subprocess", None)
    install(tmp_path, "few", files={f"share/{number}": b"x" for number in range(99)})
    (tmp_path / "share" / "3").write_bytes(b"y")
    assert found(tmp_path) == [("share/3", "ALTERED")]
