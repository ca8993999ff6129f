"""The members of a tar file that somebody else made; nothing is ever extracted.

Names are data here, and no member is written where its name says. What no honest bundle has
is refused all the same: whoever extracts it with tar would suffer.
"""

import tarfile
from collections.abc import Iterator
from typing import NamedTuple

from envtool.errors import IntegrityError, UnreadableError

UNREADABLE = "make one: `envtool export --bundle FILE`"
_HOSTILE = "do not extract it; ask whoever made it, or make one: `envtool export --bundle FILE`"
_CHUNK = 1 << 20
# More than any environment has: members, bytes of a text, of all texts, of an archive.
_MOST, _TEXT, _TEXTS, _ARCHIVE = 100_000, 64 << 20, 256 << 20, 8 << 30
_ENDINGS = (".json", ".yml", ".lock", ".txt", ".md", ".sh", ".ps1", ".gitattributes")


class Member(NamedTuple):
    """One file of a tar file.

    Attributes:
        name: relative, without `..`.
        size: in bytes.
        tar: that it is in.
        info: what that says of it.
    """

    name: str
    size: int
    tar: tarfile.TarFile
    info: tarfile.TarInfo

    @property
    def is_text(self) -> bool:
        """Whether its name is that of a text."""
        return self.name.endswith(_ENDINGS)

    def pieces(self) -> Iterator[bytes]:
        """Its content, piece by piece."""
        file = self.tar.extractfile(self.info)
        while file and (piece := file.read(_CHUNK)):
            yield piece

    def text(self) -> str:
        """Its content as UTF-8."""
        return b"".join(self.pieces()).decode("utf-8", "replace")


def members(path: str) -> Iterator[Member]:
    """The files in the tar file at `path`, in its order.

    Raises `UnreadableError` for what is no tar file, or ends too early; `IntegrityError` for a
    name that leads out or stands there twice, a link, a device, and sizes beyond all measure.
    """
    seen: set[str] = set()
    room = _TEXTS
    try:
        with tarfile.open(path, "r:") as tar:
            for info in tar:
                if info.isdir():
                    continue
                member = _checked(path, Member(info.name, info.size, tar, info), seen)
                room -= info.size if member.is_text else 0
                if room < 0 or len(seen) > _MOST:
                    raise _hostile(path, "holds more than any environment has")
                yield member
    except (tarfile.TarError, EOFError) as error:
        raise UnreadableError(f"`{path}` is no bundle: {error}", hints=(UNREADABLE,)) from error
    except OSError as error:
        raise UnreadableError(
            f"`{path}` can not be read: {error.strerror or error}", hints=(UNREADABLE,)
        ) from error


def _checked(path: str, member: Member, seen: set[str]) -> Member:
    parts = member.name.split("/")
    if not member.info.isreg() or member.info.issparse():
        raise _hostile(path, f"holds `{member.name}`, which is no plain file")
    if ".." in parts or "" in parts or "\\" in member.name or ":" in parts[0]:
        raise _hostile(path, f"holds `{member.name}`, which leads out of it")
    if member.name in seen:
        raise _hostile(path, f"holds `{member.name}` twice")
    if member.size > (_TEXT if member.is_text else _ARCHIVE):
        raise _hostile(path, f"holds `{member.name}`, which is too large")
    seen.add(member.name)
    return member


def _hostile(path: str, what: str) -> IntegrityError:
    return IntegrityError(f"`{path}` {what}", hints=(_HOSTILE,))
