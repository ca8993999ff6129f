"""Reads the `dist-info` folders of a prefix: what pip sees, and what it has put there."""

import os
import posixpath
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Iterator
from typing import NamedTuple

from envtool.adapters.prefix_opening import read_below
from envtool.domain.installed import Distribution, InstalledFile, InstalledPackage, Unreadable
from envtool.domain.pip_grammar import canonical
from envtool.errors import UnreadableError

# The largest in the wild are of 5 MB: a description with pictures, a list of 50,000 files.
_LIMIT = 1 << 25
_INFO = ".dist-info"
# How the path of what says what a distribution is ends.
METADATA = f"{_INFO}/METADATA"
_SIZE = re.compile(r"[0-9]{1,15}")


class Found(NamedTuple):
    """What stands in the `site-packages` of a prefix."""

    packages: tuple[InstalledPackage, ...]
    distributions: tuple[Distribution, ...]
    broken: tuple[Unreadable, ...]


def read_distributions(root: str, owned: Collection[str]) -> Found:
    """Every distribution below `root`; `owned` are the paths that conda has put there.

    One whose files are not conda's is a package of pip. What has no `METADATA` is no
    distribution: pip leaves such folders behind, and no program takes them for one.
    """
    packages: list[InstalledPackage] = []
    distributions: list[Distribution] = []
    broken: list[Unreadable] = []
    for path in metadata_files(root):
        info = posixpath.dirname(path)
        try:
            by_conda = path in owned
            found = _distribution(root, info, by_conda=by_conda)
            distributions.append(found)
            if not by_conda:
                packages.append(_package(root, posixpath.dirname(info), found))
        except UnreadableError as error:
            broken.append(Unreadable(info, error.message))
    return Found(tuple(packages), tuple(distributions), tuple(broken))


def metadata_files(root: str) -> Iterator[str]:
    """The `METADATA` of every distribution below `root`, relative to that."""
    for folder in _site_packages(root):
        for name in sorted(_listed(f"{root}/{folder}")):
            path = f"{folder}/{name}/METADATA"
            if path.endswith(METADATA) and os.path.lexists(f"{root}/{path}"):
                yield path


def _site_packages(root: str) -> Iterator[str]:
    """Where Python looks for distributions, on every system."""
    for name in sorted(_listed(f"{root}/lib")):
        if name.startswith("python"):
            yield f"lib/{name}/site-packages"
    if os.path.isdir(f"{root}/Lib/site-packages"):
        yield "Lib/site-packages"


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _distribution(root: str, info: str, *, by_conda: bool) -> Distribution:
    """Name, version and needs of a distribution; raises `UnreadableError`."""
    fields: dict[str, list[str]] = {"name": [], "version": [], "requires-dist": []}
    text = read_below(root, f"{info}/METADATA", _LIMIT).decode("utf-8", "replace")
    # Behind the first empty line stands the description.
    for line in text.replace("\r\n", "\n").partition("\n\n")[0].replace("\n ", " ").split("\n"):
        key, _, value = line.partition(":")
        fields.get(key.lower(), []).append(value.strip())
    if not fields["name"] or not fields["version"]:
        raise UnreadableError("has no name or version in `METADATA`")
    return Distribution(
        canonical(fields["name"][0]),
        fields["version"][0],
        info,
        tuple(fields["requires-dist"]),
        by_conda,
    )


def _package(root: str, folder: str, found: Distribution) -> InstalledPackage:
    """What pip has installed; raises `UnreadableError` when nothing says which files."""
    try:
        record = read_below(root, f"{found.record}/RECORD", _LIMIT).decode("utf-8", "replace")
    except UnreadableError as error:
        raise UnreadableError(f"has a `RECORD` that {error.message}") from error
    return InstalledPackage(
        name=found.name,
        version=found.version,
        manager="pip",
        record=found.record,
        depends=found.depends,
        files=tuple(_files(root, folder, record)),
    )


def _files(root: str, folder: str, record: str) -> Iterator[InstalledFile]:
    """The rows of a `RECORD`: path, hash, size; its own has no hash."""
    import csv

    try:
        for row in csv.reader(record.splitlines()):
            path, digest, size = (*row, "", "", "")[:3]
            if path and not path.endswith(".pyc"):
                place = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
                # pip writes whole paths for what lies beside `site-packages`.
                place = place.removeprefix(f"{root}/")
                yield InstalledFile(place, _hex(digest), int(size) if _SIZE.fullmatch(size) else 0)
    except csv.Error as error:
        raise UnreadableError(f"has no list of files in `RECORD`: {error}") from error


def _hex(digest: str) -> str:
    """The hash of a row as hexadecimal digits; one that is no SHA-256 says nothing."""
    algorithm, _, value = digest.partition("=")
    if algorithm != "sha256":
        return ""
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
    except ValueError:
        # No hash can be that: the file counts as altered.
        return value
