"""Channels of records alone: enough to solve, and quick to make."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def record(
    name: str, version: str, *depends: str, build: str = "0", subdir: str = "noarch", **more: Any
) -> dict[str, Any]:
    """What repodata says of a package."""
    stem = f"{name}-{version}-{build}"
    return {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "depends": list(depends),
        "subdir": subdir,
        "md5": hashlib.md5(stem.encode(), usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(f"{subdir}/{stem}".encode()).hexdigest(),
        "size": 1000,
        "license": "MIT",
        "timestamp": 1_700_000_000_000,
        **({"noarch": "generic"} if subdir == "noarch" else {}),
        **more,
    }


def write_records(folder: Path, records: Iterable[dict[str, Any]]) -> str:
    """Writes the repodata of a channel into `folder`; its URL."""
    by_subdir: dict[str, dict[str, Any]] = {"noarch": {}}
    for each in records:
        name = f"{each['name']}-{each['version']}-{each['build']}.conda"
        by_subdir.setdefault(each["subdir"], {})[name] = each
    for subdir, packages in by_subdir.items():
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages}
        (folder / subdir / "repodata.json").write_text(json.dumps(content))
    return folder.as_uri()
