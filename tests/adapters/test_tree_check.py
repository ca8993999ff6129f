"""Every file of a tree is hashed, whoever brought it."""

import json
import os
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.tree_check import check_tree
from tests.solving import installed, solved


@pytest.fixture
def tree(tmp_path: Path, channel: Channel) -> Path:
    wanted = ("links", "text-prefix", "tool", "hello-python")
    prefix = installed(solved(channel.url, tmp_path, *wanted), tmp_path / "env")
    info = prefix / "lib/python3.12/site-packages/mine-1.0.dist-info"
    info.mkdir(parents=True)
    (info.parent / "mine.py").write_text("")
    (info / "RECORD").write_text(
        "mine.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\nmine-1.0.dist-info/RECORD,,\n"
    )
    return prefix


def test_what_is_whole_has_no_problem(tree: Path) -> None:
    checked = check_tree(str(tree))
    assert checked.problems == ()
    assert checked.files > 500
    assert checked.size > 1_000_000


def _write(path: Path) -> None:
    path.unlink()
    path.write_text("other")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("name", "harm", "what"),
    [
        ("etc/text-prefix.conf", _write, "altered"),
        ("share/links/empty", _write, "altered"),
        ("share/links/real.txt", Path.unlink, "missing"),
        ("share/links/soft.txt", Path.unlink, "missing"),
        ("bin/tool", _folder, "missing"),
        ("bin/tool", _fifo, "missing"),
        ("lib/python3.12/site-packages/hello_python/__init__.py", _write, "altered"),
        ("lib/python3.12/site-packages/mine.py", _write, "altered"),
        ("lib/python3.12/site-packages/mine-1.0.dist-info/RECORD", _write, "can not be read"),
    ],
)
def test_what_is_not_what_it_was_is_named(tree: Path, name: str, harm: object, what: str) -> None:
    assert callable(harm)
    harm(tree / name)
    assert check_tree(str(tree)).problems == ((name, what),)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"paths_data": {"paths": [1]}}', "[" * 100_000])
def test_lists_that_can_not_be_read_are_a_problem(tree: Path, text: str) -> None:
    (tree / "conda-meta/tool-1.1-h0_0.json").write_text(text)
    problems = dict(check_tree(str(tree)).problems)
    assert problems == {"conda-meta/tool-1.1-h0_0.json": "can not be read"}


def test_nothing_outside_is_read(tree: Path) -> None:
    info = tree / "lib/python3.12/site-packages/mine-1.0.dist-info/RECORD"
    info.write_text(info.read_text() + "../../../../secret,sha256=xx,1\n/etc/passwd,sha256=xx,1\n")
    (tree.parent / "secret").write_text("x")
    problems = dict(check_tree(str(tree)).problems)
    assert problems["../secret"] == "outside of the prefix"
    assert set(problems.values()) == {"outside of the prefix"}


def test_byte_code_may_come_and_go(tree: Path) -> None:
    path = next((tree / "conda-meta").glob("hello-python-*.json"))
    data = json.loads(path.read_text())
    data["paths_data"]["paths"].append({"_path": "x.pyc", "path_type": "hardlink"})
    path.write_text(json.dumps(data))
    assert check_tree(str(tree)).problems == ()
