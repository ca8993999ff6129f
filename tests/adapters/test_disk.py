"""The file system door on a real file system."""

import io
import os
import sys
from pathlib import Path

import pytest

from envtool.adapters.disk import Disk
from envtool.errors import UnreadableError
from envtool.ports import FileKind

LIMIT = 100


def test_kinds(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    kinds = {
        name: Disk().kind(str(tmp_path / name))
        for name in ("file", "link", "fifo", "loop", "nothing", "file/below", ".")
    }
    assert kinds == {
        "file": FileKind.FILE,
        "link": FileKind.FILE,
        "fifo": FileKind.OTHER,
        "loop": FileKind.OTHER,
        "nothing": FileKind.MISSING,
        "file/below": FileKind.MISSING,
        ".": FileKind.FOLDER,
    }


def test_reads_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * LIMIT)
    assert Disk().read(str(path), LIMIT) == b"x" * LIMIT


def make(kind: str, path: Path) -> None:
    match kind:
        case "large":
            path.write_bytes(b"x" * (LIMIT + 1))
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path.name)
        case _:
            pass


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "does not exist"),
        ("large", "larger than"),
        ("folder", "is a folder"),
        ("fifo", "no regular file"),
        ("loop", "leads back to itself"),
    ],
)
def test_what_can_not_be_read_says_why(tmp_path: Path, kind: str, words: str) -> None:
    path = tmp_path / kind
    make(kind, path)
    with pytest.raises(UnreadableError, match=words):
        Disk().read(str(path), LIMIT)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_impossible_names_are_errors(path: str) -> None:
    with pytest.raises(UnreadableError):
        Disk().read(path, LIMIT)
    assert Disk().kind(path) is FileKind.OTHER


def test_what_is_forbidden_says_so(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    path.chmod(0)
    me = os.geteuid()
    # Nothing is forbidden to root, so be nobody for a moment.
    os.seteuid(me or 65534)
    try:
        with pytest.raises(UnreadableError, match="permission denied"):
            Disk().read(str(path), LIMIT)
    finally:
        os.seteuid(me)


def test_lists_names_and_real_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_text("")
    (tmp_path / "link").symlink_to("b")
    assert Disk().names(str(tmp_path)) == ("a", "b", "link")
    assert Disk().subfolders(str(tmp_path)) == ("b",)
    assert Disk().names(str(tmp_path / "nothing")) == ()
    assert Disk().subfolders(str(tmp_path / "nothing")) == ()


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    Disk().write(str(path), "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnreadableError, match="can not be written"):
        Disk().write(str(tmp_path / "folder"), "x")
    with pytest.raises(UnreadableError, match="can not be written"):
        Disk().write(str(tmp_path / "nothing" / "x"), "x")
    assert sorted(os.listdir(tmp_path)) == ["folder", "report.json"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path = tmp_path / "e.yml"
    path.write_text("old")
    path.chmod(0o640)
    (tmp_path / "link").symlink_to("e.yml")
    Disk().write(str(tmp_path / "link"), "new")
    assert path.read_text() == "new"
    assert (tmp_path / "link").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    umask = os.umask(0o027)
    try:
        Disk().write(str(tmp_path / "made"), "x")
    finally:
        os.umask(umask)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o640


def test_appends(tmp_path: Path) -> None:
    path = str(tmp_path / "summary.md")
    Disk().append(path, "a\n")
    Disk().append(path, "b\n")
    assert Path(path).read_text() == "a\nb\n"
    with pytest.raises(UnreadableError, match="can not be written"):
        Disk().append(str(tmp_path), "x")


def test_standard_input_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"abc")))
    assert Disk().stdin(3) == b"abc"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"abcd")))
    with pytest.raises(UnreadableError, match="standard input"):
        Disk().stdin(3)


def test_absolute_paths_keep_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Disk().absolute("a") == str(tmp_path / "a")
