"""The file system door on a real file system."""

import errno
import io
import os
import resource
import stat
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
    (tmp_path / "dangling").symlink_to("nowhere")
    kinds = {
        name: Disk().kind(str(tmp_path / name))
        for name in ("file", "link", "fifo", "loop", "dangling", "nothing", "file/below", ".")
    }
    assert kinds == {
        "file": FileKind.FILE,
        "link": FileKind.FILE,
        "fifo": FileKind.OTHER,
        "loop": FileKind.OTHER,
        "dangling": FileKind.OTHER,
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
        case "dangling":
            path.symlink_to("nowhere")
        case "loop":
            path.symlink_to(path.name)
        case _:
            pass


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "does not exist"),
        ("dangling", "is a link to a file that does not exist"),
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
    for listed in (Disk().names, Disk().subfolders):
        with pytest.raises(UnreadableError, match="too long"):
            listed("x" * 5000)
    assert Disk().names(str(tmp_path / "nothing")) == ()
    assert Disk().subfolders(str(tmp_path / "nothing")) == ()


def test_it_remembers_what_it_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    (tmp_path / "link").symlink_to("a")
    disk = Disk()
    disk.read(str(tmp_path / "a"), LIMIT)
    names = ("a", "link", "b", "nothing")
    assert [disk.was_read(str(tmp_path / name)) for name in names] == [True, True, False, False]
    for name in ("a", "b"):
        disk.write(str(tmp_path / name), "y")
    assert [disk.was_read(str(tmp_path / name)) for name in names] == [True, True, False, False]


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


def test_a_new_file_takes_the_place_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "new.yml"
    Disk().create(str(path), "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    (tmp_path / "link").symlink_to("nowhere")
    for taken in (path, tmp_path / "a", tmp_path / "link", path / "below"):
        with pytest.raises(UnreadableError, match="can not be written"):
            Disk().create(str(taken), "x")
    assert path.read_bytes() == "new é\n".encode()
    assert sorted(os.listdir(tmp_path)) == ["a", "link"]
    assert os.listdir(path.parent) == ["new.yml"]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EROFS, "use a copy that can be written to"),
        (errno.ENOSPC, "make room on that disk"),
        (errno.EACCES, "name a file in a folder that exists and is yours"),
    ],
)
def test_what_is_the_matter_with_the_disk_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("envtool.adapters.disk.create_file", fail)
    with pytest.raises(UnreadableError) as caught:
        Disk().create(str(tmp_path / "x"), "x")
    assert caught.value.hints[0].startswith(hint)


def test_links_are_told_from_files(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert Disk().is_link(str(tmp_path / "link"))
    assert not Disk().is_link(str(tmp_path))


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(UnreadableError, match="can not be written: File too large"):
            Disk().write(str(path), "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "report.json", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o604)
    link.symlink_to(path.name)
    Disk().write(str(link), "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    loop = tmp_path / "loop"
    loop.symlink_to(loop.name)
    with pytest.raises(UnreadableError, match="can not be written"):
        Disk().write(str(loop), "x")


def test_a_new_file_gets_what_every_new_file_gets(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    Disk().write(str(tmp_path / "report"), "x")
    modes = {path.name: path.stat().st_mode for path in tmp_path.iterdir()}
    assert modes["report"] == modes["other"]


def test_a_pipe_is_written_into_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        Disk().write(str(pipe), "x")
        assert os.read(reader, 10) == b"x"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


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
