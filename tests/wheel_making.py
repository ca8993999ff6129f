"""Wheels made by hand, good ones and hostile ones, and what fetches and installs them."""

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from envtool.adapters.archives import ArchiveStore
from envtool.adapters.credentials import StoredCredentials
from envtool.adapters.disk import Disk
from envtool.adapters.downloads import Downloads, Web
from envtool.adapters.index_credentials import IndexCredentials
from envtool.adapters.rattler_network import Network
from envtool.adapters.user import User
from envtool.adapters.wheels import LockedWheels
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.condarc import CondarcText, read_condarc
from envtool.domain.locks import LockedPackage
from envtool.ports_installing import Stage

DATE = (2026, 2, 3, 4, 5, 6)


class Made(NamedTuple):
    """A wheel: its file name and bytes."""

    file: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def locked(self, folder: Path | str, **more: Any) -> LockedPackage:
        """As a lock has it; it is written into `folder`, unless that is a URL."""
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / self.file).write_bytes(self.content)
            folder = folder.as_uri()
        name, version, *_ = self.file.split("-")
        package = LockedPackage(
            name=name.lower().replace("_", "-"),
            version=version,
            manager="pip",
            platform="linux-64",
            url=f"{folder}/{self.file}",
            md5="",
            sha256=self.sha256,
            dependencies=(),
            category="main",
            line=1,
        )
        return package._replace(**more)


def digest(content: bytes) -> str:
    """As `RECORD` has it."""
    coded = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={coded}"


def make(
    name: str = "demo_pkg",
    version: str = "1.0",
    files: Mapping[str, str | bytes] | None = None,
    *,
    info: Mapping[str, str] | None = None,
    rows: Mapping[str, tuple[str, str]] | None = None,
    unlisted: tuple[str, ...] = (),
    modes: Mapping[str, int] | None = None,
    metadata: str | None = None,
    file: str | None = None,
    date: tuple[int, int, int, int, int, int] = DATE,
) -> Made:
    """A wheel of `files`, and `info` more in its `.dist-info`.

    `rows` are wrong ones of `RECORD`, `unlisted` those that are not in it, `modes` Unix ones.
    """
    folder = f"{name}-{version}.dist-info"
    texts: dict[str, str | bytes] = {
        **({f"{name}/__init__.py": f"version = {version!r}\n"} if files is None else files),
        f"{folder}/METADATA": metadata
        or f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **{f"{folder}/{each}": text for each, text in (info or {}).items()},
    }
    contents = {
        each: text.encode() if isinstance(text, str) else text for each, text in texts.items()
    }
    record = io.StringIO()
    writer = csv.writer(record, lineterminator="\n")
    for each, content in contents.items():
        if each not in unlisted:
            hashed, size = (rows or {}).get(each, (digest(content), str(len(content))))
            writer.writerow((each, hashed, size))
    writer.writerow((f"{folder}/RECORD", "", ""))
    contents[f"{folder}/RECORD"] = record.getvalue().encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in contents.items():
            entry = zipfile.ZipInfo(each, date)
            entry.external_attr = (modes or {}).get(each, 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return Made(file or f"{name}-{version}-py3-none-any.whl", buffer.getvalue())


def web(
    variables: Mapping[str, str] | None = None,
    condarc: str = "",
    home: str = "/nowhere",
    **more: Any,
) -> Web:
    """How a user of these settings reaches servers; at once again, if it fails."""
    known = dict(variables or {})
    texts = [CondarcText(".condarc", condarc)] if condarc else []
    settings = read_condarc(texts, known, EventYaml().parse)
    stored = StoredCredentials(Disk(), User(known, home, "linux"))
    return Web(
        network=Network(settings, known),
        credentials=IndexCredentials(known, stored),
        **{"retries": 1, "pause": 0.01, **more},
    )


def wheels(cache: Path, *, offline: bool = False, **more: Any) -> LockedWheels:
    """What installs wheels, with its store in `cache`."""
    return LockedWheels(ArchiveStore(str(cache)), Downloads(web(**more)), offline=offline)


def bare_stage(
    folder: Path, final: str = "/opt/env", platform: str = "linux-64", python: str = "3.12.4"
) -> Stage:
    """A stage with a conda package `taken` and a record of Python, and nothing that runs."""
    stage = folder / "stage"
    meta = stage / "conda-meta"
    meta.mkdir(parents=True)
    place = "Lib" if platform.startswith("win") else "lib/python3.12"
    taken = f"{place}/site-packages/taken/__init__.py"
    (stage / taken).parent.mkdir(parents=True)
    (stage / taken).write_text("conda\n")
    record = {"name": "taken", "version": "2.0", "files": [taken, "bin/taken"]}
    (meta / "taken-2.0-0.json").write_text(json.dumps(record))
    (meta / f"python-{python}-0.json").write_text(json.dumps({"name": "python", "files": []}))
    return Stage(str(stage), final, python, platform)
