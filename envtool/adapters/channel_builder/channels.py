"""Writes packages as a conda channel: archives and repodata, one folder for each subdir."""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from envtool.adapters.channel_builder.archives import compressed
from envtool.adapters.channel_builder.packages import Flaw, Format, Json, Package, json_bytes

# The time of all members of the archives where SOURCE_DATE_EPOCH is not set: 1 January 2026.
DEFAULT_EPOCH = 1_767_225_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A package in a channel: where its archive is, and its record in repodata."""

    package: Package
    path: str
    record: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel on disk."""

    folder: str
    packages: tuple[Published, ...]

    @property
    def url(self) -> str:
        """Its `file://` URL."""
        return Path(self.folder).as_uri()

    @property
    def subdirs(self) -> tuple[str, ...]:
        """Its subdirs, sorted; `noarch` is always there."""
        return tuple(sorted({each.package.subdir for each in self.packages} | {"noarch"}))

    def moved(self, folder: str) -> "Channel":
        """The same channel after its folder got another path."""
        moved = (
            replace(each, path=os.path.join(folder, each.package.subdir, each.package.file_name))
            for each in self.packages
        )
        return Channel(folder=folder, packages=tuple(moved))

    def find(
        self,
        name: str,
        version: str | None = None,
        *,
        build: str | None = None,
        subdir: str | None = None,
    ) -> Published:
        """The one package of this name (and version, build, subdir).

        Raises:
            LookupError: there is none, or more than one.
        """
        found = [
            each
            for each in self.packages
            if each.package.name == name
            and version in {None, each.package.version}
            and build in {None, each.package.build}
            and subdir in {None, each.package.subdir}
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} packages `{name}` ({version}, {build}, {subdir})")
        return found[0]


def source_date_epoch() -> int:
    """The time that `SOURCE_DATE_EPOCH` asks for (seconds), or `DEFAULT_EPOCH`."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or DEFAULT_EPOCH)


def write_channel(folder: str, packages: Iterable[Package], epoch: int) -> Channel:
    """Writes a channel with these packages into a folder; the same packages, the same bytes.

    Every subdir gets `repodata.json` and the same compressed, `repodata.json.zst`.

    Raises:
        ValueError: two packages would have the same file name.
    """
    ordered = sorted(packages, key=lambda each: (each.subdir, each.file_name))
    names = [(each.subdir, each.file_name) for each in ordered]
    if len(set(names)) != len(names):
        raise ValueError("two packages have the same file name")
    for subdir in {"noarch", *(each.subdir for each in ordered)}:
        os.makedirs(os.path.join(folder, subdir), exist_ok=True)
    # Compressing and hashing let other threads run.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        published = tuple(pool.map(lambda each: _publish(folder, each, epoch), ordered))
    channel = Channel(folder=folder, packages=published)
    for subdir in channel.subdirs:
        write_repodata(channel, subdir)
    return channel


def _publish(folder: str, package: Package, epoch: int) -> Published:
    content = package.archive(epoch)
    if package.flaw is Flaw.TRUNCATED:
        content = content[: len(content) * 2 // 3]
    path = os.path.join(folder, package.subdir, package.file_name)
    Path(path).write_bytes(content)
    described = b"something else" if package.flaw is Flaw.WRONG_HASH else content
    record = package.index | {
        "md5": hashlib.md5(described, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(described).hexdigest(),
        "size": len(content),
    }
    return Published(package=package, path=path, record=record)


def write_repodata(channel: Channel, subdir: str) -> None:
    """Writes `repodata.json` of a subdir anew, plain and compressed."""
    content = json_bytes(repodata(channel, subdir))
    path = os.path.join(channel.folder, subdir, "repodata.json")
    Path(path).write_bytes(content)
    Path(path + ".zst").write_bytes(compressed(content))


def repodata(channel: Channel, subdir: str) -> Json:
    """What `repodata.json` of a subdir says (repodata version 1)."""
    here = [each for each in channel.packages if each.package.subdir == subdir]
    removed = [each.package.file_name for each in here if each.package.flaw is Flaw.REMOVED]
    listed = [each for each in here if each.package.flaw is not Flaw.REMOVED]
    keys = {Format.BZIP2: "packages", Format.CONDA: "packages.conda"}
    records = {
        key: {each.package.file_name: each.record for each in listed if each.package.format is kind}
        for kind, key in keys.items()
    }
    info = {"info": {"subdir": subdir}, "removed": sorted(removed), "repodata_version": 1}
    return {**records, **info}
