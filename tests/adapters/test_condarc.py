"""Where condarc files are looked for, and which of them are read."""

import os
from pathlib import Path

import pytest

from envtool.adapters.condarc import read_condarcs, root_prefix, search_path
from envtool.adapters.disk import Disk
from envtool.adapters.user import User
from envtool.errors import UnreadableError

SYSTEM = ("/etc/conda", "/var/lib/conda")


def put(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_order_of_conda() -> None:
    variables = {"CONDA_ROOT": "/opt/conda", "XDG_CONFIG_HOME": "/xdg", "CONDARC": "~/my.yml"}
    folders = (*SYSTEM, "/opt/conda", "/xdg/conda", "/h/.config/conda", "/h/.conda")
    expected = [
        f"{each}/{name}" for each in folders for name in (".condarc", "condarc", "condarc.d")
    ]
    assert search_path(User(variables, "/h", "linux")) == (*expected, "/h/.condarc", "/h/my.yml")


def test_without_variables_and_on_windows() -> None:
    path = search_path(User({}, "C:/Users/me", "win32"))
    assert path[0] == "C:/ProgramData/conda/.condarc"
    assert path[-1] == "C:/Users/me/.condarc"
    assert not [each for each in path if each.startswith(("/etc", "/var"))]
    assert search_path(User({}, "/h", "darwin")) == search_path(User({}, "/h", "linux"))
    named = search_path(User({"CONDARC": "/etc/ours.yml"}, "/h", "linux"))
    assert named[-1] == "/etc/ours.yml"


@pytest.mark.parametrize(
    ("variables", "root"),
    [
        ({"CONDA_ROOT": "/a", "CONDA_EXE": "/b/bin/conda"}, "/a"),
        ({"CONDA_EXE": "/b/bin/conda", "MAMBA_ROOT_PREFIX": "/c"}, "/b"),
        ({"MAMBA_ROOT_PREFIX": "/c"}, "/c"),
        ({"MAMBA_ROOT_PREFIX": ""}, None),
        ({"CONDA_PREFIX": "/d"}, None),
    ],
)
def test_the_root_prefix(variables: dict[str, str], root: str | None) -> None:
    assert root_prefix(User(variables, "/h", "linux")) == root


def test_files_are_read_in_order(tmp_path: Path) -> None:
    put(tmp_path / "home/.condarc", "home")
    put(tmp_path / "home/.conda/condarc.d/b.yaml", "b")
    put(tmp_path / "home/.conda/condarc.d/a.yml", "a")
    put(tmp_path / "home/.conda/condarc.d/c.txt", "no YAML")
    (tmp_path / "home/.conda/condarc.d/folder.yml").mkdir()
    put(tmp_path / "root/.condarc", "\ufeffroot")
    put(tmp_path / "named", "not named as conda wants it")
    (tmp_path / "home/.conda/condarc").symlink_to("nowhere")
    variables = {"CONDA_ROOT": str(tmp_path / "root"), "CONDARC": str(tmp_path / "named")}
    user = User(variables, str(tmp_path / "home"), "linux")
    # The files of the machine that runs the tests come before these.
    read = [each for each in read_condarcs(Disk(), user) if each.path.startswith(str(tmp_path))]
    assert [each.text for each in read] == ["root", "a", "b", "home"]


def test_a_file_counts_once(tmp_path: Path) -> None:
    put(tmp_path / ".condarc", "x")
    user = User({"CONDARC": str(tmp_path / ".condarc")}, str(tmp_path), "linux")
    mine = [each.path for each in read_condarcs(Disk(), user) if each.text == "x"]
    assert mine == [str(tmp_path / ".condarc")]


def test_what_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_bytes(b"channels: [\xff]")
    with pytest.raises(UnreadableError, match="no text in UTF-8") as caught:
        read_condarcs(Disk(), User({}, str(tmp_path), "linux"))
    assert caught.value.hints


def test_the_user_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    user = User.here()
    assert user.home == os.path.expanduser("~")
    assert user.variables["HOME"] == "/h"
    assert not user.is_windows
