"""Licences from what package managers keep unpacked."""

import json
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.package_caches import UnpackedPackages, cache_folders
from envtool.adapters.user import User
from envtool.domain.auditing.subjects import Artifact
from envtool.domain.condarc import Setting

URL = "https://example.org/channel/linux-64/app-1.0-h1_0.conda"
APP = Artifact("linux-64", URL, "1" * 64, "h1_0")


def unpack(folder: Path, index: Any, origin: Any = None, name: str = "app-1.0-h1_0") -> Path:
    info = folder / name / "info"
    info.mkdir(parents=True)
    (info / "index.json").write_text(json.dumps(index))
    if origin is not None:
        (info / "repodata_record.json").write_text(json.dumps(origin))
    return folder


@pytest.mark.parametrize(
    ("index", "origin", "found"),
    [
        ({"license": "MIT", "subdir": "linux-64"}, None, "MIT"),
        ({"license": "MIT"}, {}, "MIT"),
        ({"license": "MIT"}, {"sha256": "1" * 64}, "MIT"),
        ({"license": "MIT"}, {"sha256": "2" * 64}, None),
        ({"license": "MIT", "subdir": "osx-64"}, None, None),
        ({"license": ""}, None, None),
        ({"license": 3}, None, None),
        ({}, None, None),
        ([], None, None),
    ],
)
def test_the_very_archive_tells_its_licence(
    tmp_path: Path, index: Any, origin: Any, found: str | None
) -> None:
    caches = UnpackedPackages([str(unpack(tmp_path, index, origin))])
    assert caches.licenses([APP]) == ({URL: found} if found else {})


def test_without_a_hash_the_name_has_to_do(tmp_path: Path) -> None:
    folder = unpack(tmp_path, {"license": "MIT"}, {"sha256": "2" * 64})
    bare = APP._replace(sha256="", url=URL.replace(".conda", ".tar.bz2"))
    assert UnpackedPackages([str(folder)]).licenses([bare]) == {bare.url: "MIT"}


def test_the_first_folder_that_knows_it_counts(tmp_path: Path) -> None:
    folders = [tmp_path / "missing", unpack(tmp_path / "a", {}), tmp_path / "b"]
    unpack(tmp_path / "b", {"license": "ISC"})
    unpack(tmp_path / "b", {"license": "Zlib"}, name="zlib-1.3-0")
    other = Artifact("linux-64", "https://example.org/channel/noarch/zlib-1.3-0.conda")
    gone = Artifact("linux-64", "https://example.org/channel/noarch/gone-1.3-0.conda")
    caches = UnpackedPackages([str(each) for each in folders])
    assert caches.licenses([APP, other, gone]) == {URL: "ISC", other.url: "Zlib"}


@pytest.mark.parametrize("text", ["", "{", "\0", "[" * 100_000])
def test_what_is_no_record_is_passed_over(tmp_path: Path, text: str) -> None:
    unpack(tmp_path, {"license": "MIT"})
    (tmp_path / "app-1.0-h1_0/info/index.json").write_text(text)
    assert UnpackedPackages([str(tmp_path)]).licenses([APP]) == {}


@pytest.mark.parametrize("name", ["../../app-1.0-h1_0", "..", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    unpack(tmp_path, {"license": "MIT"})
    inner = tmp_path / "one/two"
    inner.mkdir(parents=True)
    hostile = APP._replace(url=f"https://example.org/channel/linux-64/{name}")
    assert UnpackedPackages([str(inner)]).licenses([hostile]) == {}


def test_the_folders_of_conda_mamba_and_rattler() -> None:
    variables = {"CONDA_EXE": "/conda/bin/conda", "MAMBA_ROOT_PREFIX": "/mamba"}
    found = list(cache_folders(User(variables, "/home/me", "linux"), [Setting("/pkgs", "x")]))
    assert found == [
        "/pkgs",
        "/conda/pkgs",
        "/mamba/pkgs",
        "/home/me/.conda/pkgs",
        "/home/me/.cache/rattler/cache/pkgs",
    ]
    named = User({"RATTLER_CACHE_DIR": "/r"}, "/home/me", "linux")
    assert list(cache_folders(named, []))[-1] == "/r/pkgs"
    there = User({"XDG_CACHE_HOME": "/x"}, "/home/me", "linux")
    assert list(cache_folders(there, []))[-1] == "/x/rattler/cache/pkgs"
