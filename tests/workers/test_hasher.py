"""The hasher says which files have the hash that they should have, and nothing else."""

import hashlib
import io
import os
from pathlib import Path

import pytest

from envtool.workers.frames import tell, told
from envtool.workers.hasher import is_as_expected, serve


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert is_as_expected(str(path), sha256(b"x" * size))
    assert is_as_expected(str(path), "")
    assert not is_as_expected(str(path), sha256(b"y"))


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder", "none", "file/below", "nul\0", "half\ud800"):
        for expected in ("", sha256(b"x")):
            assert not is_as_expected(str(tmp_path / name), expected), name


def test_it_answers_until_nothing_comes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    path = str(tmp_path / "a")
    requests, answers = io.BytesIO(), io.BytesIO()
    tell(requests, [(path, sha256(b"a")), (path, sha256(b"b")), (f"{path}b", "")])
    tell(requests, [])
    tell(requests, [(path, "")])
    requests.seek(0)
    serve(requests, answers)
    answers.seek(0)
    assert [told(answers) for _ in range(3)] == [[True, False, False], [], [True]]
