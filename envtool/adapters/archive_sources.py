"""Where the archive of a package is on this machine, and whether it is the right one."""

import os
from urllib.parse import unquote, urlsplit

from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.solving import CondaRecord
from envtool.errors import IntegrityError, UnavailableError

_CHUNK = 1 << 20


def located(record: CondaRecord, channels: tuple[ResolvedChannel, ...]) -> str:
    """The URL of its archive on this machine: a folder that serves the channel goes first."""
    for channel in channels:
        if record.url.startswith(f"{channel.url}/"):
            rest = record.url[len(channel.url) :]
            paths = (each.url + rest for each in channel.sources if each.is_local)
            there = (url for url in paths if os.path.isfile(path_of(url)))
            return next(there, record.url)
    return record.url


def check_archive(record: CondaRecord, url: str) -> None:
    """Hash the archive at the `file:` URL `url`.

    Raises `IntegrityError` when it is another one, `UnavailableError` when it can not be read.
    """
    path = path_of(url)
    if not record.sha256 and not record.md5:
        raise IntegrityError(
            f"`{named(record)}` has no hash in the lock", hints=("lock again: `envtool lock`",)
        )
    try:
        if record.sha256:
            is_right = digest(path) == record.sha256
        else:
            is_right = digest(path, "md5") == record.md5
    except OSError as error:
        raise UnavailableError(
            f"`{path}` can not be read: {error.strerror}",
            hints=(f"it left the channel: `envtool update {record.name}` takes another build",),
        ) from error
    if not is_right:
        raise IntegrityError(
            f"`{path}` is not what was locked: its SHA-256 is another one",
            hints=("take it from where it is whole, or ask whoever keeps that channel",),
        )


def named(record: CondaRecord) -> str:
    """The name of its archive."""
    return record.url.rpartition("/")[2]


def path_of(url: str) -> str:
    """The path that a `file://` URL stands for on this machine."""
    path = urlsplit(url).path
    if os.name != "nt":
        return unquote(path)
    # Comes with a client for HTTP.
    from urllib.request import url2pathname

    return url2pathname(path)


def digest(path: str, algorithm: str = "sha256") -> str:
    """The hash of a file in hexadecimal digits; raises `OSError`."""
    from hashlib import new

    found = new(algorithm, usedforsecurity=False)
    with open(path, "rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()
