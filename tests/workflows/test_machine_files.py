"""What `virtual-packages.yml` says of the machines that a lock is for."""

import json
from pathlib import Path

import pytest

from tests.conftest import Envtool
from tests.locking import Entry, lock_text

SPEC = "channels: [conda-forge, nodefaults]\ndependencies:\n- numpy\n"
LOCK = lock_text(
    Entry("numpy", needs=(("__glibc", ">=2.28"), ("__archspec", "1 x86_64"))),
    sources=("environment.yml",),
)


def machines(text: str) -> str:
    return f"subdirs:\n  linux-64:\n    packages: {text}\n"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (None, 0, ""),
        (machines("{__glibc: '2.28', __archspec: '1 x86_64'}"), 0, ""),
        (machines("{__glibc: '2.17', __archspec: '1 x86_64'}"), 1, "needs `__glibc >=2.28`, and 2.17 is locked"),
        (machines("{__glibc: '2.28'}"), 1, "needs `__archspec 1 x86_64`, which is not in the lock"),
        (machines("{__glibc: '2.28', __archspec: '1 x86_64_v3'}"), 1, "and build x86_64_v3 is locked"),
        ("subdirs: {osx-64: {packages: {}}}\n", 0, ""),
        ("subdirs: []\n", 2, "the key `subdirs` is missing"),
        ("", 2, "the key `subdirs` is missing"),
        (machines("{glibc: '2'}"), 2, "`glibc` is no virtual package"),
        (machines("{__glibc: [2]}"), 2, "`__glibc` is no virtual package"),
        ("a: [", 2, "not YAML"),
    ],
)  # fmt: skip
def test_dependencies_on_the_machine(
    envtool: Envtool, tmp_path: Path, text: str | None, code: int, words: str
) -> None:
    (tmp_path / "environment.yml").write_text(SPEC)
    (tmp_path / "conda-lock.yml").write_text(LOCK)
    if text is not None:
        (tmp_path / "virtual-packages.yml").write_text(text)
    done = envtool("verify", "-o", "json")
    assert done.code == code
    report = json.loads(done.out)
    messages = [each["message"] for each in report["findings"] + report["failures"]]
    assert any(words in message for message in messages) or not words


def test_a_folder_of_that_name(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(SPEC)
    (tmp_path / "conda-lock.yml").write_text(LOCK)
    (tmp_path / "virtual-packages.yml").mkdir()
    done = envtool("verify", "--ignore", "lock.records-missing")
    assert done.code == 2
    assert done.first.startswith("Not judged: `virtual-packages.yml` is")


def test_without_a_lock_it_is_nobodys_business(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(SPEC)
    (tmp_path / "virtual-packages.yml").write_text("a: [")
    (tmp_path / "pixi.lock").write_text("version: 6\nenvironments: {}\n")
    assert envtool("verify").code == 2
    (tmp_path / "pixi.lock").unlink()
    assert envtool("verify").code == 0
