"""Files as they will be, on top of a real folder."""

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from envtool.adapters.disk import Disk
from envtool.errors import UnreadableError
from envtool.ports import FileKind
from envtool.workflows.planned_files import PlannedFiles


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlannedFiles:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").write_text("old")
    (tmp_path / "changed").write_text("before")
    (tmp_path / "link").symlink_to("old")
    (tmp_path / "folder").mkdir()
    return PlannedFiles(Disk(), {"changed": "after", "sub/new": "é", "./link": "text"})


def test_what_is_planned_is_there(files: PlannedFiles, tmp_path: Path) -> None:
    assert files.read("changed", 100) == b"after"
    assert files.read(str(tmp_path / "sub/new"), 100) == "é".encode()
    assert files.read("folder/../old", 100) == b"old"
    assert files.kind("sub/../sub/new") is FileKind.FILE
    assert files.kind("folder") is FileKind.FOLDER
    assert files.kind("sub/other") is FileKind.MISSING
    assert files.names(".") == ("changed", "folder", "link", "old")
    assert files.names("sub") == ("new",)
    assert files.subfolders(".") == ("folder",)
    assert not files.is_link("link")
    assert not files.is_link("old")
    assert files.absolute("x") == str(tmp_path / "x")


def test_standard_input_is_the_real_one(
    files: PlannedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"x")))
    assert files.stdin(10) == b"x"


def test_nothing_is_written(files: PlannedFiles, tmp_path: Path) -> None:
    for write in (files.write, files.create, files.append):
        with pytest.raises(UnreadableError, match="only planned"):
            write("old", "x")
    assert (tmp_path / "old").read_text() == "old"
