"""Locks that somebody, or something, has damaged: what happens to each."""

import json
from pathlib import Path

import pytest

from tests.conftest import Envtool
from tests.locking import Entry, lock_text

SPEC = "channels: [conda-forge, nodefaults]\ndependencies:\n- numpy\n- tzdata\n"
PACKAGES = (
    Entry("numpy", "1.26.4", needs=(("libblas", ">=3.9,<4.0a0"),)),
    Entry("libblas", "3.9.0"),
    Entry("tzdata", "2026a"),
)
LOCK = lock_text(*PACKAGES, sources=("environment.yml",))
HASHED = "    sha256: " + "0" * 64 + "\n"

# What was done to the lock, the exit status, and the rules with the lines that they name.
DAMAGED: list[tuple[str, str, int, list[tuple[str, int | None]]]] = [
    ("nothing", LOCK, 0, []),
    ("windows lines", LOCK.replace("\n", "\r\n"), 0, []),
    ("a byte order mark", "\ufeff" + LOCK, 0, []),
    ("no hash at all", LOCK.replace(HASHED, "").replace("    md5: " + "0" * 32 + "\n", ""), 1, [("lock.hashes", 13)]),
    ("only md5", LOCK.replace(HASHED, ""), 0, [("lock.md5-only", 13)]),
    (
        "a foreign channel",
        LOCK.replace("conda-forge/linux-64/libblas", "evil/linux-64/libblas"),
        1,
        [("channels.url-outside-channel", 25)],
    ),
    ("a version edited by hand", LOCK.replace("version: '1.26.4'", "version: '2.0.0'"), 1, [("lock.inconsistent", 13)]),
    ("a version that breaks another", LOCK.replace("3.9.0", "4.1.0"), 1, [("lock.inconsistent", 13)]),
    ("a package deleted by hand", LOCK.replace(LOCK[LOCK.index("- name: libblas") : LOCK.index("- name: tzdata")], ""), 1, [("lock.inconsistent", 13)]),
    ("what was asked for deleted", lock_text(*PACKAGES[1:], sources=("environment.yml",)), 1, [("lock.in-sync", 3), ("lock.in-sync", 13)]),
    (
        "two hashes for one address",
        lock_text(*PACKAGES, PACKAGES[2]._replace(sha256="1" * 64, category="dev"), sources=("environment.yml",)),
        1,
        [("lock.in-sync", 47), ("lock.same-url-two-hashes", 47)],
    ),
    ("a platform without packages", LOCK.replace("  - linux-64\n  sources", "  - linux-64\n  - win-64\n  sources"), 1, [("lock.complete", None)]),
    ("cut in the middle", LOCK[: LOCK.index("  url: https", 1000)], 2, [("env.parse", 36)]),
    ("cut in a word", LOCK[: LOCK.index("https", 650) + 11], 1, [("lock.in-sync", 4), ("channels.url-outside-channel", 25), ("lock.inconsistent", 25), ("lock.hashes", 25)]),
    ("an unsettled merge", LOCK.replace("- name: tzdata", "<<<<<<< ours\n- name: tzdata"), 2, [("env.merge-conflict", 36)]),
    ("a list that stands twice", LOCK + LOCK[LOCK.index("package:") :], 2, [("env.parse", 47)]),
    ("a second, empty list", LOCK + "package: []\n", 2, [("env.parse", 47)]),
    ("nothing left", "", 2, [("env.parse", None)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lock", "code", "expected"),
    [row[1:] for row in DAMAGED],
    ids=[row[0] for row in DAMAGED],
)
def test_a_damaged_lock(
    envtool: Envtool,
    tmp_path: Path,
    lock: str,
    code: int,
    expected: list[tuple[str, int | None]],
) -> None:
    (tmp_path / "environment.yml").write_text(SPEC)
    (tmp_path / "conda-lock.yml").write_bytes(lock.encode())
    done = envtool("verify", "-o", "json", "--ignore", "pins", "--ignore", "lock.records-missing")
    findings = json.loads(done.out)["findings"]
    found = [(each["rule"], each["place"]["line"]) for each in findings]
    assert (done.code, found) == (code, expected)
