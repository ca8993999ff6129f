"""Caches with something of every kind, and what is wrong with them."""

import hashlib
import json
import os
from pathlib import Path

# What envtool can not have put there.
FOREIGN = ("mine.txt", "packages/notes.txt", "known/readme", "signatures/x.pem")


def file(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def package(root: Path, name: str, *, noted: bool = True) -> Path:
    """An extracted package with one file that can be shared and one link."""
    folder = root / "packages" / name
    data = f"of {name}\n".encode()
    file(folder / "share/data", data)
    (folder / "share/link").symlink_to("data")
    sha256 = hashlib.sha256(data).hexdigest()
    entries = [
        {"_path": "share/data", "path_type": "hardlink", "sha256": sha256},
        {"_path": "share/link", "path_type": "softlink", "sha256": sha256},
        {"_path": "share", "path_type": "directory"},
    ]
    lists = {
        "info/paths.json": json.dumps({"paths": entries}).encode(),
        "info/index.json": json.dumps({"name": name}).encode(),
    }
    noted_as = {"package": name}
    for each, text in lists.items():
        file(folder / each, text)
        noted_as[each] = hashlib.sha256(text).hexdigest()
    if noted:
        note = hashlib.sha256(name.encode()).hexdigest()
        file(root / f"known/{note}.json", json.dumps(noted_as).encode())
    file(root / f"packages/{name}.lock")
    return folder


def byte_code(root: Path, data: bytes = b"code") -> Path:
    source, own = hashlib.sha256(b"source of " + data).hexdigest(), hashlib.sha256(data).hexdigest()
    folder = root / "byte-code/cpython-312-0d0d"
    file(root / "byte-code/interpreters" / ("1" * 64), b"cpython-312 cpython-312-0d0d")
    return file(folder / source[:2] / f"{source}-00000001-{own[:32]}", data)


def archive(root: Path, data: bytes = b"archive", ending: str = ".conda") -> Path:
    """An archive; a wheel when it has no ending."""
    sha256 = hashlib.sha256(data).hexdigest()
    return file(root / "archives/sha256" / sha256[:2] / f"{sha256}{ending}", data)


def advisories(root: Path) -> Path:
    """A file of advisories with its note, and what has no hash."""
    path = file(root / "advisories/files" / ("2" * 32), b"advisories")
    tag = json.dumps(["", "", hashlib.sha256(b"advisories").hexdigest(), ""])
    file(path.with_name(f"{path.name}.json"), json.dumps({"tag": tag, "fetched": ""}).encode())
    file(root / "advisories/database.sqlite")
    file(root / "advisories/osv" / ("3" * 32) / "GHSA-1.json")
    return path


def full(root: Path) -> Path:
    """A cache of two packages, of which an environment has one, and one of all else."""
    used = package(root, "used-1.0-0")
    os.link(used / "share/data", file(root.parent / "env/other").with_name("data"))
    package(root, "idle-1.0-0")
    byte_code(root)
    archive(root)
    archive(root, b"wheel", "")
    advisories(root)
    file(root / "signatures" / ("4" * 64 + ".json"))
    file(root / "packages/in-use.lock", b"")
    file(root / "packages/.cache.lock", b"")
    return root


def with_leftovers(root: Path) -> Path:
    """What runs have left that were cut off, of each kind."""
    file(root / "packages/.app-1.0-0xyz/share/half")
    file(root / "packages/gone-1.0-0.lock")
    file(root / f"known/{'5' * 64}.json", b"{}")
    file(root / f"known/{'6' * 64}.json.{'0' * 16}.tmp")
    file(root / "archives/sha256/ab/.new-abcd1234")
    file(root / "byte-code/cpython-312-0d0d/ab/.4711")
    file(root / f"advisories/database.sqlite.{'0' * 16}.tmp")
    return root


def foreign(root: Path) -> Path:
    for name in FOREIGN:
        file(root / name)
    return root


def below(folder: Path) -> set[str]:
    """All that is no folder, by its path in `folder`."""
    return {
        str(each.relative_to(folder))
        for each in folder.rglob("*")
        if each.is_symlink() or not each.is_dir()
    }
