"""Writes package archives, `.conda` and `.tar.bz2`, the same bytes for the same members."""

import bz2
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

# Comes along with conda-lock; the standard library has one of its own since 3.14 only.
from zstandard import ZstdCompressor

# Levels above 3 take three times as long for a twentieth of the size.
_LEVEL = 3
# The oldest time that a zip file can hold; conda looks at the times inside the tar files only.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive: bytes, or a link to `target`.

    The target of a symbolic link is relative to the folder of the link, that of a hard link is the
    path of another member that comes earlier.
    """

    path: str
    content: bytes = b""
    executable: bool = False
    symlink: str | None = None
    hardlink: str | None = None


def conda_archive(stem: str, info: Iterable[Member], files: Iterable[Member], epoch: int) -> bytes:
    """The bytes of `<stem>.conda` (conda package format 2): a zip of two zstd tar files.

    Args:
        stem: the name of the file, `name-version-build`.
        info: the members below `info/`.
        files: what will be linked into a prefix.
        epoch: the modification time of every member, in seconds.
    """
    packed = {
        "metadata.json": json.dumps({"conda_pkg_format_version": 2}).encode(),
        f"pkg-{stem}.tar.zst": compressed(_tar(files, epoch)),
        f"info-{stem}.tar.zst": compressed(_tar(info, epoch)),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in packed.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def bzip2_archive(info: Iterable[Member], files: Iterable[Member], epoch: int) -> bytes:
    """The bytes of a `.tar.bz2` (conda package format 1), `info/` first."""
    return bz2.compress(_tar([*info, *files], epoch))


def compressed(content: bytes) -> bytes:
    """`content` as one zstd frame."""
    return ZstdCompressor(level=_LEVEL).compress(content)


def _tar(members: Iterable[Member], epoch: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            archive.addfile(_header(member, epoch), io.BytesIO(member.content))
    return buffer.getvalue()


def _header(member: Member, epoch: int) -> tarfile.TarInfo:
    """The header of a member; owner and group stay zero and without a name."""
    header = tarfile.TarInfo(member.path)
    header.mtime = epoch
    header.mode = 0o755 if member.executable else 0o644
    if member.symlink is not None:
        header.type, header.linkname, header.mode = tarfile.SYMTYPE, member.symlink, 0o777
    elif member.hardlink is not None:
        header.type, header.linkname = tarfile.LNKTYPE, member.hardlink
    else:
        header.size = len(member.content)
    return header
