"""Channels as written in an environment file, and where a package's URL says it comes from.

Names, URLs and labels mean what conda's guide "Managing channels" says; `defaults` stands for
the channels of Anaconda, Inc. (`repo.anaconda.com/pkgs/...`), and so does an empty list.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

_ALIAS = "conda.anaconda.org/"
_ANACONDA = "repo.anaconda.com/pkgs"
_DEFAULTS = re.compile(r"repo\.(?:anaconda\.com|continuum\.io)/pkgs(?:/(?:main|r|free|msys2|pro))?")
# A host ends where every reader of URLs sees its end; some take a backslash for a slash.
_HOST = re.compile(r"[^/?#\\]*")
_TOKEN = re.compile(r"(?<![^/])t/[^/]+/")
_LABEL = "/label/"
# `nodefaults` is a word for conda, no channel.
NO_DEFAULTS = "nodefaults"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Channel(NamedTuple):
    """A channel: `name` is what people call it, or its URL without scheme and credentials."""

    name: str
    label: str | None
    scheme: str | None
    # Its URL without scheme, credentials and label; of a folder its path, nothing escaped.
    base: str

    def covers(self, other: "Channel") -> bool:
        """Whether `other` is this channel, or one of its URLs, whatever its label."""
        if self.name == "defaults":
            return _DEFAULTS.fullmatch(other.base) is not None
        if other.scheme == "file" and (self.name == "local" or self.base.startswith(".")):
            # The lock of a relative path holds the whole one, of whoever locked.
            folder = "conda-bld" if self.name == "local" else self.base.lstrip("./")
            return other.base.endswith(f"/{folder}")
        # People write `example.org/channel` for its URL.
        is_url = self.scheme is None and "/" in self.name and self.name == other.base
        return is_url or self.base == other.base

    def holds(self, other: "Channel") -> bool:
        """Whether the packages of `other` are in this channel: of its label, and no other."""
        return (self.label or "main") == (other.label or "main") and self.covers(other)

    @property
    def is_defaults(self) -> bool:
        """Whether it is one of Anaconda's own, which their terms of service cover."""
        return self.name in {"defaults", "anaconda", "main"}

    @property
    def is_unencrypted(self) -> bool:
        """Whether it is read over the network without encryption; `git+http` counts, too."""
        host = self.base.partition("/")[0].partition(":")[0]
        scheme = (self.scheme or "").rpartition("+")[2]
        return scheme in {"http", "git"} and host not in _LOCAL_HOSTS


def parse_channel(text: str) -> Channel:
    """The channel that `text` names; every text names one."""
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        name, _, label = text.strip().partition(_LABEL)
        if name.startswith((".", "/")):
            return Channel(name, label or None, "file", name.rstrip("/"))
        base = _ANACONDA if name == "defaults" else f"{_ALIAS}{name}"
        return Channel(name, label or None, None, base)
    host = _HOST.match(rest)
    authority = host[0] if host else ""
    path = rest[len(authority) :].removeprefix("/")
    where = authority.rpartition("@")[2].lower()
    if scheme.lower() == "file" and where:
        where = f"//{where}"
    url = f"{where}/{_TOKEN.sub('', path, count=1)}"
    base, _, label = url.rstrip("/").partition(_LABEL)
    if scheme.lower() == "file":
        # Some locks hold the path of a folder, and some its URL.
        base = unquote(base)
    name = "defaults" if _DEFAULTS.fullmatch(base) else base.removeprefix(_ALIAS)
    return Channel(name, label or None, scheme.lower(), base)


def channel_of(url: str) -> str:
    """The URL of the channel that a package's URL lies in: without subdir and file."""
    return url.partition("#")[0].rsplit("/", 2)[0]


class Mirrors:
    """Reads a channel as the one that it is a mirror of.

    Made of a policy's `channels.mirrors`: a channel, or a URL above several, and the URLs that
    serve the same.
    """

    def __init__(self, mirrors: Mapping[str, tuple[str, ...]]) -> None:
        self._bases = [
            (parse_channel(mirror).base, parse_channel(origin).base)
            for origin, urls in mirrors.items()
            for mirror in urls
        ]
        self._urls = {parse_channel(origin).base: urls for origin, urls in mirrors.items()}

    def of(self, url: str) -> tuple[str, ...]:
        """What serves the same as the URL of a channel, in the policy's order."""
        channel = parse_channel(url)
        whole = f"{channel.base}{_LABEL}{channel.label}" if channel.label else channel.base
        return tuple(
            mirror.rstrip("/") + whole[len(origin) :]
            for origin, mirrors in self._urls.items()
            if f"{whole}/".startswith(f"{origin}/")
            for mirror in mirrors
        )

    def read(self, text: str) -> Channel:
        """The channel that `text` names, or the one that this is a mirror of."""
        channel = parse_channel(text)
        for mirror, origin in self._bases:
            if channel.base == mirror or channel.base.startswith(f"{mirror}/"):
                label = f"{_LABEL}{channel.label}" if channel.label else ""
                return parse_channel(f"https://{origin}{channel.base[len(mirror) :]}{label}")
        return channel
