"""Makes prefixes: files, and the records that say whose they are."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SITE = "lib/python3.12/site-packages"


class Link(str):
    """The text of a symbolic link, where a file could stand."""

    __slots__ = ()


Content = bytes | Link


def sha256(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def path_entry(path: str, content: Content) -> dict[str, Any]:
    """An entry of `paths_data` as py-rattler writes it."""
    if isinstance(content, Link):
        entry = {
            "path_type": "softlink",
            "sha256": sha256(b""),
            "sha256_in_prefix": sha256(content),
        }
        return {"_path": path, "size_in_bytes": 0, **entry}
    entry = {"path_type": "hardlink", "sha256": sha256(content)}
    return {"_path": path, "size_in_bytes": len(content), **entry}


def install(
    prefix: Path,
    name: str,
    version: str = "1.0",
    files: Mapping[str, Content] | None = None,
    **fields: Any,
) -> Path:
    """Puts a package of conda into `prefix`; the path of its record.

    `fields` go into the record, or take the place of what stands there.
    """
    for path, content in (files or {}).items():
        put(prefix / path, content)
    build = fields.get("build", "h0_0")
    subdir = fields.get("subdir", "linux-64")
    record = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": subdir,
        "depends": [],
        "constrains": [],
        "sha256": "0" * 64,
        "md5": "0" * 32,
        "url": f"https://conda.anaconda.org/conda-forge/{subdir}/{name}-{version}-{build}.conda",
        "files": list(files or {}),
        "paths_data": {
            "paths_version": 1,
            "paths": [path_entry(path, content) for path, content in (files or {}).items()],
        },
    } | fields
    place = prefix / "conda-meta" / f"{name}-{version}-{build}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(record))
    return place


def put(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Link):
        os.symlink(content, path)
    else:
        path.write_bytes(content)


def distribution(
    prefix: Path, name: str, version: str, *needs: str, files: Mapping[str, bytes] | None = None
) -> Path:
    """Puts a distribution into `prefix` as pip does; the path of its `dist-info`."""
    info = f"{name}-{version}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata = head + "".join(f"Requires-Dist: {each}\n" for each in needs) + "\nName: no\n"
    contents = {f"{name}.py": b"x = 1\n", **(files or {}), f"{info}/METADATA": metadata.encode()}
    rows = []
    for path, content in contents.items():
        put(prefix / SITE / path, content)
        rows.append(f"{path},sha256={digest(content)},{len(content)}")
    rows += [f"__pycache__/{name}.cpython-312.pyc,,", f"{info}/RECORD,,"]
    folder = prefix / SITE / info
    (folder / "RECORD").write_text("\n".join(rows) + "\n")
    return folder


@contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """Nothing is forbidden to root, so be nobody for a moment, who may look into `folder`."""
    for each in (folder, *folder.parents):
        if each.stat().st_mode & 0o055 != 0o055:
            each.chmod(each.stat().st_mode | 0o055)
    me = os.geteuid()
    os.seteuid(me or 65534)
    try:
        yield
    finally:
        os.seteuid(me)


def digest(content: bytes) -> str:
    """The hash of a `RECORD`."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
