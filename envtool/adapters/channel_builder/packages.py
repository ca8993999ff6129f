"""A conda package as data, and the metadata that its archive carries."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from envtool.adapters.channel_builder.archives import Member, bzip2_archive, conda_archive

# What stands for the prefix inside packages. 255 characters, as conda-build has it: a prefix in a
# binary file can only be replaced by one that is not longer.
PLACEHOLDER = ("/opt/placeholder" + "_placeholder" * 20)[:254] + "_"

Json = dict[str, Any]


class Mode(Enum):
    """How the placeholder in a file is replaced."""

    TEXT = "text"
    BINARY = "binary"


class Flaw(Enum):
    """What is wrong with a package in its channel."""

    TRUNCATED = "truncated"
    """The archive was cut short before it was uploaded: its hashes are right."""

    WRONG_HASH = "wrong hash"
    """A sound archive, but not the one that repodata describes."""

    REMOVED = "removed"
    """Named in `removed`, as conda-forge does with broken builds: can be fetched, not solved."""


class Format(Enum):
    """The kind of archive."""

    CONDA = ".conda"
    BZIP2 = ".tar.bz2"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a package; `placeholder` says how the prefix in it is replaced, if it has one."""

    path: str
    content: bytes = b""
    executable: bool = False
    placeholder: Mode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Symlink:
    """A symbolic link; `target` is relative to the folder of the link."""

    path: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardlink:
    """Another name, in the archive, of the file at the path `target`."""

    path: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package file of a channel.

    Attributes:
        noarch: `None`, `generic`, or `python`: then the paths of Python files begin with
            `site-packages/` and `entry_points` become programs at installation.
        timestamp: when it was built, in milliseconds; `None` as in old packages.
        extra: more fields for `index.json` and repodata.
    """

    name: str
    version: str
    build: str = "h0_0"
    build_number: int = 0
    subdir: str = "noarch"
    noarch: str | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    license: str | None = None
    timestamp: int | None = None
    summary: str = ""
    entry_points: tuple[str, ...] = ()
    files: tuple[File | Symlink | Hardlink, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    format: Format = Format.CONDA
    flaw: Flaw | None = None

    @property
    def stem(self) -> str:
        """The name of the archive without its ending."""
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def file_name(self) -> str:
        """The name of the archive."""
        return self.stem + self.format.value

    @property
    def index(self) -> Json:
        """`info/index.json`; repodata says the same, and the hashes."""
        index: Json = {
            "name": self.name,
            "version": self.version,
            "build": self.build,
            "build_number": self.build_number,
            "depends": list(self.depends),
            "constrains": list(self.constrains),
            "subdir": self.subdir,
            "license": self.license,
            "noarch": self.noarch,
            "timestamp": self.timestamp,
            **_platform(self.subdir),
            **dict(self.extra),
        }
        optional = ("license", "noarch", "timestamp")
        return {key: value for key, value in index.items() if key not in optional or value}

    @cached_property
    def paths(self) -> tuple[Json, ...]:
        """The entries of `info/paths.json`, by path."""
        contents = {file.path: file for file in self.files if isinstance(file, File)}
        return tuple(_path(file, contents) for file in _sorted(self.files))

    def archive(self, epoch: int) -> bytes:
        """The bytes of a sound archive; `epoch` is the modification time of all members."""
        info, files = tuple(_info(self)), tuple(map(_member, _in_tar_order(self.files)))
        if self.format is Format.BZIP2:
            return bzip2_archive(info, files, epoch)
        return conda_archive(self.stem, info, files, epoch)


def _platform(subdir: str) -> Json:
    """The fields `arch` and `platform`, which conda-build still writes."""
    platform, _, arch = subdir.partition("-")
    names = {"64": "x86_64", "32": "x86"}
    return {"arch": names.get(arch, arch) or None, "platform": platform if arch else None}


def _sorted(files: tuple[File | Symlink | Hardlink, ...]) -> list[File | Symlink | Hardlink]:
    return sorted(files, key=lambda file: file.path)


def _in_tar_order(files: tuple[File | Symlink | Hardlink, ...]) -> list[File | Symlink | Hardlink]:
    """By path, but hard links last: a tar file names what is there already."""
    return sorted(files, key=lambda file: (isinstance(file, Hardlink), file.path))


def _member(file: File | Symlink | Hardlink) -> Member:
    match file:
        case File():
            return Member(path=file.path, content=file.content, executable=file.executable)
        case Symlink():
            return Member(path=file.path, symlink=file.target)
        case Hardlink():
            return Member(path=file.path, hardlink=file.target)


def _path(file: File | Symlink | Hardlink, contents: Mapping[str, File]) -> Json:
    """An entry of `paths.json`; conda calls all that is no symbolic link `hardlink`."""
    if isinstance(file, Symlink):
        # conda-build gives the hash of what the link leads to, or of nothing.
        path = _resolved(file)
        content = contents[path].content if path in contents else b""
        return _entry(file.path, "softlink", content)
    source = contents[file.target] if isinstance(file, Hardlink) else file
    entry = _entry(file.path, "hardlink", source.content)
    if source.placeholder is not None:
        entry |= {"prefix_placeholder": PLACEHOLDER, "file_mode": source.placeholder.value}
    return entry


def _entry(path: str, kind: str, content: bytes) -> Json:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"_path": path, "path_type": kind, "sha256": sha256, "size_in_bytes": len(content)}


def _resolved(link: Symlink) -> str:
    """The path of what a link leads to, below the root of the package."""
    parts = link.path.split("/")[:-1]
    for part in link.target.split("/"):
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def _info(package: Package) -> Iterator[Member]:
    """The members below `info/`, by path; `files` and `has_prefix` are for old readers."""
    marked = [entry for entry in package.paths if "file_mode" in entry]
    prefixes = (f'{PLACEHOLDER} {entry["file_mode"]} "{entry["_path"]}"' for entry in marked)
    about = {"license": package.license, "summary": package.summary}
    yield _json("info/about.json", {key: value for key, value in about.items() if value})
    yield _lines("info/files", (entry["_path"] for entry in package.paths))
    if marked:
        yield _lines("info/has_prefix", prefixes)
    yield _json("info/index.json", package.index)
    if package.noarch == "python":
        noarch = {"type": "python", "entry_points": list(package.entry_points)}
        yield _json("info/link.json", {"noarch": noarch, "package_metadata_version": 1})
    yield _json("info/paths.json", {"paths": list(package.paths), "paths_version": 1})


def _json(path: str, value: Json) -> Member:
    return Member(path=path, content=json_bytes(value))


def _lines(path: str, lines: Iterator[str]) -> Member:
    return Member(path=path, content="".join(f"{line}\n" for line in lines).encode())


def json_bytes(value: Json) -> bytes:
    """JSON as conda-build and conda-index write it: sorted, indented by two."""
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
