"""Channels as written in an environment file.

Names, URLs and labels mean what conda's guide "Managing channels" says; `defaults` stands for
the channels of Anaconda, Inc. (`repo.anaconda.com/pkgs/...`), and so does an empty list.
"""

import re
from typing import NamedTuple

_ALIAS = "conda.anaconda.org/"
_DEFAULTS = re.compile(r"repo\.(?:anaconda\.com|continuum\.io)/pkgs(?:/(?:main|r|free|msys2|pro))?")
_TOKEN = re.compile(r"t/[^/]+/")
# `nodefaults` is a word for conda, no channel.
NO_DEFAULTS = "nodefaults"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Channel(NamedTuple):
    """A channel: `name` is what people call it, or its URL without scheme and credentials."""

    name: str
    label: str | None
    scheme: str | None
    # Its URL without scheme, credentials and label.
    base: str

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
        name, _, label = text.strip().partition("/label/")
        return Channel(name, label or None, None, f"{_ALIAS}{name}")
    host, _, path = rest.partition("/")
    url = f"{host.rpartition('@')[2]}/{_TOKEN.sub('', path, count=1)}"
    base, _, label = url.rstrip("/").partition("/label/")
    name = "defaults" if _DEFAULTS.fullmatch(base) else base.removeprefix(_ALIAS)
    return Channel(name, label or None, scheme, base)
