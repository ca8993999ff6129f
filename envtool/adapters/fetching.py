"""Fetches files of advisories only when they changed, and keeps them for the next time."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from envtool.adapters.caches import keep, keep_copy
from envtool.adapters.downloads import Downloads
from envtool.adapters.payloads import LARGEST, PayloadError
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.web_messages import Answer, Request
from envtool.adapters.writing import writing
from envtool.errors import EnvtoolError

T = TypeVar("T")

_NOT_MODIFIED = 304


class Tag(NamedTuple):
    """What tells whether a file is still the same.

    Attributes:
        etag: as its server sent it.
        modified: the `Last-Modified` of it.
        sha256: of the file; empty when there is none yet.
        unread: what in it could not be read, in words.
    """

    etag: str = ""
    modified: str = ""
    sha256: str = ""
    unread: str = ""

    @classmethod
    def read(cls, text: str) -> "Tag":
        """What `text` says; no condition when that is nothing of ours."""
        with suppress(ValueError, TypeError, RecursionError):
            parts = json.loads(text)
            if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
                return cls(*parts)
        return cls()

    @property
    def text(self) -> str:
        """What `read` takes."""
        return json.dumps(list(self))

    @property
    def conditions(self) -> dict[str, str]:
        """The headers of a request that wants nothing but news (RFC 9110, 13.1)."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}


def fetch(downloads: Downloads, url: str, tag: Tag, path: str, left: TimeLeft) -> Tag:
    """Put the file at `url` at `path`, unless it is still that of `tag`, and give its tag.

    The sha256 says whether it is another one. Raises `UnavailableError` when it did not come, or
    not in the time that is `left`, or is too large, and `UsageError` when `url` is no address.
    """
    address = downloads.address(url)
    request = Request(headers=tag.conditions, left=left, unchanged=_NOT_MODIFIED, limit=LARGEST)
    found = downloads.ask(address, lambda answer: _written(answer, path, tag), request)
    if not found.sha256:
        raise PayloadError("it is said to be unchanged, and was never there")
    return found


def _written(answer: Answer, path: str, tag: Tag) -> Tag:
    """Put the body into the file at `path`; that it is unchanged has none."""
    if answer.status == _NOT_MODIFIED:
        return tag
    digest = hashlib.sha256()
    with writing(path), open(path, "wb") as file:
        for piece in answer.pieces:
            digest.update(piece)
            file.write(piece)
    headers, sha256 = answer.headers, digest.hexdigest()
    unread = tag.unread if sha256 == tag.sha256 else ""
    return Tag(headers.get("ETag", ""), headers.get("Last-Modified", ""), sha256, unread)


class _Kept(NamedTuple):
    """A file of the cache, and when it was fetched or found to be unchanged."""

    path: str
    tag: Tag
    fetched: datetime


class FileCache:
    """Files of servers below `root`, by their URL: a site's mirror is another file.

    What is kept was understood once; a damaged file counts as missing. Where nothing can be
    written, nothing is kept.
    """

    def __init__(self, root: str, downloads: Downloads) -> None:
        self._root = root
        self._downloads = downloads

    def current(self, url: str, read: Callable[[str], T], left: TimeLeft) -> tuple[T, datetime]:
        """What `read` makes of the path of the file at `url`, and when that was so: now.

        Raises as `fetch`, and what `read` raises; the file is not kept then.
        """
        kept = self._kept(url)
        with tempfile.TemporaryDirectory(prefix="envtool-audit-") as folder:
            path = os.path.join(folder, "file")
            tag = fetch(self._downloads, url, kept.tag if kept else Tag(), path, left)
            now = datetime.now(tz=UTC)
            if kept is not None and tag.sha256 == kept.tag.sha256:
                content = read(kept.path)
            else:
                content = read(path)
                self._keep(url, path)
            # Last: a file that does not belong to it is found by its hash.
            self._note(url, tag, now)
        return content, now

    def instead(self, url: str, read: Callable[[str, TimeLeft], T], left: TimeLeft) -> T | None:
        """The same for a file that stands for many requests, in half of the time that is left.

        None when there is anything wrong with it: it is only a shorter way, and whoever asks goes
        the other one then. `read` gets the time, too.
        """
        half = TimeLeft(left.seconds() / 2, left)
        with suppress(EnvtoolError, PayloadError, OSError):
            return self.current(url, lambda path: read(path, half), half)[0]
        return None

    def last(self, url: str, read: Callable[[str], T]) -> tuple[T, datetime] | None:
        """What the file at `url` said last time, and when.

        None when it is not kept, or is not understood anymore: another envtool has kept it.
        """
        kept = self._kept(url)
        with suppress(PayloadError):
            return kept and (read(kept.path), kept.fetched)
        return None

    def _kept(self, url: str) -> _Kept | None:
        path = self._path(url)
        try:
            with open(f"{path}.json", encoding="utf-8") as file:
                noted = json.load(file)
            tag, when = Tag.read(noted["tag"]), datetime.fromisoformat(noted["fetched"])
            with open(path, "rb") as body:
                found = hashlib.file_digest(body, "sha256").hexdigest()
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return _Kept(path, tag, when) if found == tag.sha256 else None

    def _keep(self, url: str, path: str) -> None:
        with open(path, "rb") as file:
            keep_copy(self._path(url), file)

    def _note(self, url: str, tag: Tag, now: datetime) -> None:
        noted = {"tag": tag.text, "fetched": now.isoformat()}
        keep(f"{self._path(url)}.json", json.dumps(noted).encode())

    def _path(self, url: str) -> str:
        return os.path.join(self._root, hashlib.sha256(url.encode()).hexdigest()[:32])
