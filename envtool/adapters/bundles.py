"""Bundles as tar files: written from the store of archives, read with distrust."""

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from envtool.adapters.archives import ArchiveStore
from envtool.adapters.bundle_members import UNREADABLE, Member, members
from envtool.adapters.conda_archives import CondaArchives
from envtool.adapters.rattler_records import repodata_entry
from envtool.adapters.wheels import LockedWheels
from envtool.adapters.writing import writing
from envtool.domain.artifacts.bundle import (
    CHANNEL,
    METADATA,
    PROGRAM,
    REPODATA,
    WHEELS,
    archive_name,
    wheel_name,
)
from envtool.domain.solving import CondaRecord
from envtool.errors import IntegrityError, UnavailableError, UnreadableError
from envtool.ports_exporting import Cargo, Packed
from envtool.ports_installing import Progress

_COPY = "the bundle was damaged or changed since it was made: copy it again from there"
_CHUNK = 1 << 20
_FOLDERS = (f"{CHANNEL}/", f"{WHEELS}/")


class TarBundles:
    """The port `Bundles`."""

    def __init__(self, store: ArchiveStore, conda: CondaArchives, wheels: LockedWheels) -> None:
        self._store = store
        self._conda = conda
        self._wheels = wheels

    def pack(self, path: str, cargo: Cargo, progress: Progress) -> Packed:
        """See `ports_exporting.Bundles.pack`."""
        files = self._files(cargo, progress)
        program = self._program(cargo, progress)
        with (
            writing(path),
            _whole(path) as file,
            tarfile.open(fileobj=file, mode="w") as tar,
        ):
            writer = _Writer(tar, int(cargo.now.timestamp()))
            for name, text in {**cargo.texts, **dict(_repodata(cargo.records))}.items():
                writer.add_text(name, text)
            for number, (name, archive) in enumerate(sorted(files.items()), 1):
                progress("pack", number, len(files))
                writer.add_file(name, archive)
            if program is not None:
                _add_program(writer, program)
        with open(path, "rb") as file:
            digest = _digest(file)
        return Packed(len(files), os.path.getsize(path), digest, program is not None)

    def _files(self, cargo: Cargo, progress: Progress) -> dict[str, str]:
        """The path of each archive by its name in the bundle; all of them are there and right."""
        self._conda.keep(cargo.records, cargo.channels, progress)
        self._wheels.fetch(cargo.wheels, lambda _: None)
        files = {
            archive_name(each.url): self._checked(each.sha256, _ending(each.url), each.url)
            for each in cargo.records
        }
        if len(files) < len(cargo.records):
            raise UnreadableError(
                "two channels have an archive of one name, and a bundle has one channel",
                hints=("take both from one channel, then lock again: `envtool lock`",),
            )
        return files | {
            wheel_name(each.url): self._checked(each.sha256, "", each.url) for each in cargo.wheels
        }

    def _program(self, cargo: Cargo, progress: Progress) -> str | None:
        """The archive of micromamba; None when it can not be had: it is only a convenience."""
        if cargo.program is None:
            return None
        self._conda.keep((cargo.program,), cargo.channels, progress)
        digest, ending = cargo.program.sha256, _ending(cargo.program.url)
        return self._store.path(digest, ending) if self._store.check(digest, ending) else None

    def _checked(self, digest: str, ending: str, url: str) -> str:
        if not self._store.check(digest, ending):
            raise UnavailableError(
                f"`{url.rpartition('/')[2]}` can not be had",
                hints=("`envtool recreate` says what can replace it",),
            )
        return self._store.path(digest, ending)

    def texts(self, path: str) -> Mapping[str, str]:
        """See `ports_exporting.Bundles.texts`."""
        found = {
            each.name: each.text()
            for each in members(path)
            if not each.name.startswith(_FOLDERS) and each.is_text
        }
        if METADATA not in found:
            raise UnreadableError(
                f"`{path}` is no bundle: it has no `{METADATA}`", hints=(UNREADABLE,)
            )
        return found

    def admit(self, path: str, digests: Mapping[str, str], progress: Progress) -> int:
        """See `ports_exporting.Bundles.admit`."""
        wanted = {name: digest for name, digest in digests.items() if digest}
        number = 0
        for each in members(path):
            if each.name in wanted:
                number += 1
                self._admit(each, wanted[each.name])
                progress("unpack", number, len(wanted))
        return number

    def _admit(self, member: Member, digest: str) -> None:
        ending = _ending(member.name) if member.name.startswith(f"{CHANNEL}/") else ""
        if not self._store.check(digest, ending):
            try:
                self._store.put(digest, member.name, member.pieces(), ending)
            except IntegrityError as error:
                # The lock stands as it did: it is the copy that others changed.
                raise IntegrityError(error.message, hints=(_COPY,)) from error


def _ending(url: str) -> str:
    return next((each for each in (".conda", ".tar.bz2") if url.endswith(each)), "")


def _repodata(records: Sequence[CondaRecord]) -> Iterator[tuple[str, str]]:
    """The index of each subdir, for those who install with a solver."""
    subdirs: dict[str, dict[str, object]] = {"noarch": {}}
    for each in records:
        _, subdir, file = archive_name(each.url).split("/")
        subdirs.setdefault(subdir, {})[file] = repodata_entry(each)
    for subdir, files in sorted(subdirs.items()):
        old = {name: each for name, each in files.items() if name.endswith(".tar.bz2")}
        new = {name: each for name, each in files.items() if name not in old}
        data = {"info": {"subdir": subdir}, "packages": old, "packages.conda": new}
        text = json.dumps(data | {"repodata_version": 1}, indent=1, sort_keys=True)
        yield f"{CHANNEL}/{subdir}/{REPODATA}", f"{text}\n"


@contextmanager
def _whole(path: str) -> Iterator[BinaryIO]:
    """A file that takes its place when all of it was written; raises `OSError`."""
    folder = os.path.dirname(os.path.abspath(path))
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".new-", suffix=".tmp")
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


class _Writer:
    """A tar file whose members all have one time and nobody's name."""

    def __init__(self, tar: tarfile.TarFile, stamp: int) -> None:
        self._tar = tar
        self._stamp = stamp

    def add_text(self, name: str, text: str) -> None:
        content = text.encode()
        mode = 0o755 if name.endswith(".sh") else 0o644
        self._add(tarfile.TarInfo(name), io.BytesIO(content), len(content), mode)

    def add_file(self, name: str, path: str, mode: int = 0o644) -> None:
        with open(path, "rb") as file:
            self._add(tarfile.TarInfo(name), file, os.path.getsize(path), mode)

    def _add(self, member: tarfile.TarInfo, file: BinaryIO, size: int, mode: int) -> None:
        member.size, member.mtime, member.mode = size, self._stamp, mode
        self._tar.addfile(member, file)


def _add_program(writer: _Writer, archive: str) -> None:
    """The one file of micromamba's package that is needed to install with it."""
    from rattler.package_streaming import extract

    with writing(tempfile.gettempdir()), tempfile.TemporaryDirectory() as folder:
        extract(Path(archive), Path(folder))
        for name in ("bin/micromamba", "Library/bin/micromamba.exe"):
            path = os.path.join(folder, *name.split("/"))
            if os.path.isfile(path):
                writer.add_file(PROGRAM + os.path.splitext(name)[1], path, mode=0o755)


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    while part := file.read(_CHUNK):
        digest.update(part)
    return digest.hexdigest()
