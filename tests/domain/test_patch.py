"""Unified diffs, applied by `patch` itself."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envtool.domain.patch import unified

LINES = st.lists(st.sampled_from(["a\n", "b\r\n", " \n", "c \n", "d\x85e\n"]), max_size=6)
TEXTS = st.tuples(LINES, st.sampled_from(["", "end", "-- x"])).map(lambda p: "".join(p[0]) + p[1])


def test_what_it_looks_like() -> None:
    assert unified("e.yml", "a\nb\n", "a\nc\n") == (
        "--- e.yml\n+++ e.yml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    )
    assert unified("e.yml", None, "a") == (
        "--- /dev/null\n+++ e.yml\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n"
    )
    assert unified("e.yml", "a", "a") == ""


@pytest.mark.skipif(shutil.which("patch") is None, reason="no `patch` here")
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS, TEXTS)
def test_patch_takes_it(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "e.yml"
    path.write_bytes(before.encode())
    diff = unified("e.yml", before, after).encode()
    if diff:
        command = ["patch", "--binary", "-p0", "--quiet", "--no-backup-if-mismatch"]
        subprocess.run(command, input=diff, cwd=tmp_path, check=True)
    assert (path.read_bytes() if path.exists() else b"") == after.encode()
