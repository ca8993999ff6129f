"""The store of archives keeps what it was told to keep, and nothing else."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from envtool.adapters.archives import ArchiveStore, checked_sha256
from envtool.errors import IntegrityError, UnreadableError

CONTENT = b"content"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def left(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_what_was_put_is_there(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    assert store.open(DIGEST) is None
    assert store.put(DIGEST, "x", iter([b"con", b"tent"])) == len(CONTENT)
    assert Path(store.path(DIGEST)) == tmp_path / "archives" / "sha256" / DIGEST[:2] / DIGEST
    found = store.open(DIGEST)
    assert found is not None
    with found:
        assert found.read() == CONTENT


def test_what_is_wrong_is_deleted(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    store.put(DIGEST, "x", [CONTENT])
    Path(store.path(DIGEST)).write_bytes(b"other")
    assert store.open(DIGEST) is None
    assert left(tmp_path) == []


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    os.makedirs(store.path(DIGEST))
    assert store.open(DIGEST) is None
    with pytest.raises(UnreadableError, match="can not be written"):
        store.put(DIGEST, "x", [CONTENT])


def test_what_can_not_be_read_is_not_there(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    path = Path(store.path(DIGEST))
    path.parent.mkdir(parents=True)
    # A file whose first byte can not be read, by anybody.
    path.symlink_to("/proc/self/mem")
    assert store.open(DIGEST) is None


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ([b"other"], "`x` is not what the lock promises: its sha256 is d9298a10"),
        ([b"1" * 101], "is larger than 0 MB"),
    ],
)
def test_wrong_bytes_leave_nothing(tmp_path: Path, pieces: list[bytes], reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason):
        ArchiveStore(str(tmp_path), limit=100).put(DIGEST, "x", pieces)
    assert left(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"con"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ArchiveStore(str(tmp_path)).put(DIGEST, "x", pieces())
    assert left(tmp_path) == []


def test_no_place_to_write(tmp_path: Path) -> None:
    (tmp_path / "archives").write_text("")
    with pytest.raises(UnreadableError, match="can not be written"):
        ArchiveStore(str(tmp_path)).put(DIGEST, "x", [CONTENT])


def test_hashes_of_locks() -> None:
    assert checked_sha256(DIGEST.upper(), "x") == DIGEST
    for wrong in ("", "../../x", "0" * 63, "0" * 64 + "\n"):
        with pytest.raises(IntegrityError):
            checked_sha256(wrong, "x")
