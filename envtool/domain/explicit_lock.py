"""Reads `@EXPLICIT` lists: what `conda list --explicit` and conda-lock write.

The format is that of conda's guide "Building identical conda environments": a URL a line,
behind `#` its MD5, or its SHA-256 with or without `sha256:` in front (CEP 23).
"""

import re

from envtool.domain.findings import Place
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import Lock, LockedPackage

MARK = "@EXPLICIT"
_MARK = re.compile(rf"^{MARK}\s*$", re.MULTILINE)
_PACKAGE = re.compile(r"(.+)-([^-]+)-[^-]+(?:\.conda|\.tar\.bz2)")
_PLATFORM = re.compile(r"#\s*platform:\s*(\S+)")
_SUBDIR = re.compile(r"/([a-z]+-[a-z0-9_]+|noarch)/[^/]+$")


# Hexadecimal digits.
_SHA256 = 64


def looks_explicit(text: str) -> bool:
    """Whether `text` has the line that tells conda what to make of it."""
    # A plain search first: a lock can have 76 MB.
    return MARK in text and bool(_MARK.search(text))


def read_explicit(text: str, path: str) -> Lock:
    """The lock in `text`; noarch packages have the platform of the list.

    Raises `NotALockError` on a line that is no package.
    """
    platform = _platform(text)
    packages = []
    for number, line in enumerate(text.splitlines(), start=1):
        address = line.strip()
        if address and not address.startswith("#") and address != MARK:
            packages.append(_package(address, platform, path, number))
    return Lock(
        path=path, platforms=(platform,), channels=(), sources=(), packages=tuple(packages),
        text=text, maker="conda list --explicit --sha256",
    )  # fmt: skip


def _platform(text: str) -> str:
    named = _PLATFORM.search(text)
    if named:
        return named[1]
    subdirs = (_SUBDIR.search(line.partition("#")[0].strip()) for line in text.splitlines())
    return next((each[1] for each in subdirs if each and each[1] != "noarch"), "noarch")


def _package(address: str, platform: str, path: str, line: int) -> LockedPackage:
    url, _, digest = address.partition("#")
    match = _PACKAGE.fullmatch(url.rpartition("/")[2])
    if match is None:
        place = Place(path, line, 1, len(address) + 1)
        raise NotALockError(f"`{url}` is no URL of a conda package", place)
    digest = digest.removeprefix("sha256:")
    # CEP 23: which of the two it is shows by its length, with and without a word in front.
    is_sha256 = len(digest) == _SHA256
    sha256, md5 = (digest, "") if is_sha256 else ("", digest)
    return LockedPackage(
        match[1].lower(), match[2], "conda", platform, url, md5, sha256, (), "main", line
    )
