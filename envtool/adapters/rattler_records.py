"""Between rattler's records and ours, and the file that holds them."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from envtool.domain.channels import channel_of
from envtool.domain.locks import LockedPackage
from envtool.domain.solving import CondaRecord
from envtool.errors import UnreadableError

if TYPE_CHECKING:
    from rattler import LockFile, LockPlatform, RepoDataRecord

_BUILD_NUMBER = re.compile(r"(?:^|_)(\d+)$")


def record_of(found: "RepoDataRecord") -> CondaRecord:
    """Our form of a record of rattler."""
    return CondaRecord(
        name=found.name.normalized,
        version=str(found.version),
        build=str(found.build),
        subdir=str(found.subdir),
        url=found.url,
        channel=(found.channel or "").rstrip("/"),
        md5=(found.md5 or b"").hex(),
        sha256=(found.sha256 or b"").hex(),
        depends=tuple(found.depends),
        constrains=tuple(found.constrains),
        license=found.license,
        size=found.size,
        timestamp=round(found.timestamp.timestamp() * 1000) if found.timestamp else None,
        handle=found,
        attestations=(found.attestations_sha256 or b"").hex(),
    )


def repodata_entry(record: CondaRecord) -> dict[str, object]:
    """A record as `repodata.json` has it, which does not say where the channel is."""
    known: dict[str, object] = json.loads(handle(record).to_json())
    return {key: value for key, value in known.items() if key not in {"fn", "url", "channel"}}


def published(found: "RepoDataRecord", served: Mapping[str, str]) -> CondaRecord:
    """Our form of a record that a mirror served; `served` maps what it serves to the original."""
    channel = (found.channel or "").rstrip("/")
    origin = served.get(channel, channel)
    if found.url.startswith(f"{channel}/"):
        found.url = origin + found.url[len(channel) :]
    found.channel = f"{origin}/"
    return record_of(found)


def restored(package: LockedPackage) -> CondaRecord:
    """The record of a package that only a lock remembers: nothing of what it constrains."""
    from rattler import NoArchType, PackageRecord, RepoDataRecord
    from rattler.package import BuildString

    number = _BUILD_NUMBER.search(package.build)
    depends = [f"{name} {rest}".strip() for name, rest in package.dependencies]
    subdir = channel_subdir(package.url)
    has_python = any(name == "python" for name, _ in package.dependencies)
    noarch = NoArchType("python" if has_python else "generic")
    known = PackageRecord(
        name=package.name,
        version=package.version,
        build=BuildString(package.build),
        build_number=int(number[1]) if number else 0,
        subdir=subdir,
        noarch=noarch if subdir == "noarch" else None,
        depends=depends,
        md5=bytes.fromhex(package.md5) or None,
        sha256=bytes.fromhex(package.sha256) or None,
    )
    name = package.url.partition("#")[0].rpartition("/")[2]
    return record_of(RepoDataRecord(known, name, package.url, f"{channel_of(package.url)}/"))


def channel_subdir(url: str) -> str:
    """The subdir that an archive lies in."""
    return url.removeprefix(f"{channel_of(url)}/").partition("/")[0]


@contextmanager
def _passing() -> Iterator[str]:
    """Where a text stands that goes to rattler, which takes only files, or comes from it.

    In memory where the system has such files: nothing of it is left of a run that is killed.
    """
    # A Python that is built for old systems lacks it.
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        descriptor = os.memfd_create("records.lock")
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="envtool-") as folder:
        yield os.path.join(folder, "records.lock")


def write_records(environments: Mapping[str, Mapping[str, Sequence[CondaRecord]]]) -> str:
    """The text of a lock of rattler (version 7)."""
    from rattler import LockChannel, LockFile, LockPlatform

    names = dict.fromkeys(each for by_platform in environments.values() for each in by_platform)
    platforms = {name: LockPlatform(name) for name in names}
    lock = LockFile(list(platforms.values()))
    for environment, by_platform in environments.items():
        records = [(platforms[name], each) for name in by_platform for each in by_platform[name]]
        channels = dict.fromkeys(each.channel for _, each in records)
        lock.set_channels(environment, [LockChannel(url) for url in channels])
        for platform, record in records:
            lock.add_conda_package(environment, platform, handle(record))
    with _passing() as path:
        lock.to_path(Path(path))
        with open(path, encoding="utf-8") as file:
            return file.read()


def read_records(text: str) -> dict[str, tuple[CondaRecord, ...]]:
    """The records of such a lock by platform, each once.

    Raises `UnreadableError` when rattler can not read it.
    """
    from rattler import LockFile

    with _passing() as path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            lock = LockFile.from_path(Path(path))
        except Exception as error:
            raise UnreadableError(
                "`recovery/records.lock` can not be read",
                hints=("make it again: `envtool lock`",),
            ) from error
    found: dict[str, dict[str, CondaRecord]] = {}
    for platform, record in _records(lock):
        found.setdefault(platform.name, {}).setdefault(record.url, record_of(record))
    return {platform: tuple(records.values()) for platform, records in found.items()}


def _records(lock: "LockFile") -> "Iterator[tuple[LockPlatform, RepoDataRecord]]":
    for _, environment in lock.environments():
        for platform in environment.platforms():
            for record in environment.conda_repodata_records_for_platform(platform) or ():
                yield platform, record


def known_at(record: CondaRecord, moment: datetime | None) -> "RepoDataRecord":
    """Rattler's form of a record that was there at `moment`, whenever it was built.

    What is locked already may stay, and rattler would refuse it for being too new, or for not
    saying when it was built.
    """
    from rattler import RepoDataRecord

    known = handle(record)
    if moment is None:
        return known
    copy = RepoDataRecord(known, known.file_name, known.url, known.channel)
    copy.timestamp = copy.indexed_timestamp = min(known.timestamp or moment, moment)
    return copy


def handle(record: CondaRecord) -> "RepoDataRecord":
    """Rattler's form of a record that came from it."""
    from rattler import RepoDataRecord

    if not isinstance(record.handle, RepoDataRecord):
        raise TypeError(f"`{record.name}` is no record of this adapter")
    return record.handle
