"""Files as they would be: the same port as the disk, with changes on top."""

from pathlib import Path

import pytest

from envtool.adapters.disk import Disk
from envtool.errors import UnreadableError
from envtool.ports import FileKind
from envtool.workflows.overlay import Overlay


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_text("a")
    return tmp_path


def test_changes_lie_on_top(folder: Path) -> None:
    assert folder.exists()
    files = Overlay(Disk()).with_changes({"b": b"b", "sub/c": b"c"}).with_changes({"a": b"A"})
    assert [files.read(path, 9) for path in ("a", "b", "sub/c")] == [b"A", b"b", b"c"]
    assert files.kind("b") is FileKind.FILE
    assert files.kind("c") is FileKind.MISSING
    assert files.names(".") == ("a", "b", "sub")
    assert files.names("sub") == ("c",)
    assert files.subfolders(".") == ("sub",)
    assert files.absolute("b") == Disk().absolute("b")


def test_one_file_has_many_names(folder: Path) -> None:
    (folder / "link").symlink_to("a")
    files = Overlay(Disk(), {"./link": b"text", "new/c": b"c"})
    assert files.read(str(folder / "link"), 9) == b"text"
    assert files.kind("sub/../new/c") is FileKind.FILE
    assert files.names("new") == ("c",)
    assert not files.is_link("link")
    assert not files.is_link("a")
    assert Overlay(Disk()).is_link("link")


def test_what_was_read_stays(folder: Path) -> None:
    files = Overlay(Disk())
    assert files.original("a") is None
    assert files.read("a", 9) == b"a"
    (folder / "a").write_text("other")
    changed = files.with_changes({"a": b"A"})
    assert (files.read("a", 9), changed.read("a", 9), changed.original("a")) == (b"a", b"A", b"a")
    with pytest.raises(UnreadableError):
        files.read("nothing", 9)


def test_what_was_read_is_known(folder: Path) -> None:
    files = Overlay(Disk())
    name = str(folder / "a")
    assert not files.was_read(name)
    files.read(name, 9)
    assert files.was_read(name)


def test_reports_go_to_the_disk(folder: Path) -> None:
    files = Overlay(Disk())
    files.write("report", "one\n")
    files.append("report", "two\n")
    files.create("made", "x")
    assert (folder / "made").read_text() == "x"
    assert (folder / "report").read_text() == "one\ntwo\n"


class Input(Disk):
    """Standard input that can be read once, as a pipe."""

    def __init__(self, *contents: bytes) -> None:
        self._contents = list(contents)

    def stdin(self, limit: int) -> bytes:
        if not self._contents or len(self._contents[0]) > limit:
            raise UnreadableError("too large")
        return self._contents.pop(0)


def test_standard_input_is_read_once() -> None:
    files = Overlay(Input(b"text"))
    assert files.original("-") is None
    assert [files.stdin(9), files.stdin(9)] == [b"text", b"text"]
    changed = files.with_changes({"-": b"new"})
    assert (changed.stdin(9), changed.original("-")) == (b"new", b"text")
    assert (files.current("-"), changed.current("-")) == (b"text", b"new")
    assert changed.names(".") == Disk().names(".")
    refused = Overlay(Input(b"far too large", b"rest"))
    for _ in range(2):
        with pytest.raises(UnreadableError, match="too large"):
            refused.stdin(9)
    assert refused.original("-") is None
