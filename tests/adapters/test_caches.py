"""Where the cache is."""

import os
from pathlib import Path

import pytest

from envtool.adapters.caches import cache_root, keep
from envtool.adapters.user import User

PLACES = {
    "named": ({"ENVTOOL_CACHE_DIR": "/big/cache", "XDG_CACHE_HOME": "/x"}, "linux", "/big/cache"),
    "XDG": ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/envtool"),
    "relative XDG": ({"XDG_CACHE_HOME": "x"}, "linux", "/home/me/.cache/envtool"),
    "linux": ({}, "linux", "/home/me/.cache/envtool"),
    "mac": ({}, "darwin", "/home/me/Library/Caches/envtool"),
    "windows": ({"LOCALAPPDATA": "/local"}, "win32", "/local/envtool"),
    "bare windows": ({}, "win32", "/home/me/AppData/Local/envtool"),
}


@pytest.mark.parametrize(("variables", "system", "expected"), PLACES.values(), ids=PLACES)
def test_places(variables: dict[str, str], system: str, expected: str) -> None:
    assert cache_root(User(variables, "/home/me", system)) == expected


def test_a_relative_one_is_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = cache_root(User({"ENVTOOL_CACHE_DIR": "cache"}, "/home/me", "linux"))
    assert named == os.path.join(os.getcwd(), "cache")


def test_what_can_not_be_kept_is_not(tmp_path: Path) -> None:
    keep(str(tmp_path / "below" / "file"), b"content")
    assert (tmp_path / "below" / "file").read_bytes() == b"content"
    # Neither in the place of a folder, nor below a file.
    keep(str(tmp_path / "below"), b"content")
    keep(str(tmp_path / "below" / "file" / "x"), b"content")
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["below", "file"]
