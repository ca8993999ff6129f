"""From a channel as somebody wrote it to the URL it stands for, as conda reads it.

The rules are those of `Channel.from_value` in conda/models/channel.py: URLs and paths stand for
themselves, other names are looked up in `custom_channels` and below `channel_alias`.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote

from envtool.domain.condarc import Setting, Settings
from envtool.domain.credentials import (
    Credential,
    expand,
    has_scheme,
    public_url,
    split_url,
    url_root,
    variables_in,
)
from envtool.domain.secrets import MASK, mask, secrets_in
from envtool.errors import UsageError

# `KNOWN_SUBDIRS` in conda/base/constants.py.
_SUBDIR = re.compile(
    r"/(noarch|(?:linux|osx|win|freebsd|emscripten|wasi|zos)-(?:32|64|aarch64|arm64|armv6l|armv7l"
    r"|ppc64|ppc64le|riscv64|s390x|wasm32|z))(?=/|$)"
)
_PATH = re.compile(r"\./|\.\.|\.$|~|/|[a-zA-Z]:[/\\]|\\\\")
_NAME = re.compile(r"[\w+-][\w.+-]*(?:/[\w+-][\w.+-]*)*", re.ASCII)
_URL = re.compile(
    r"(?:file://[\w.-]*|[a-z][a-z0-9+.-]*://(?:[\w.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?)(?:/[^/?#\\\s]+)*"
)
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


class Location(NamedTuple):
    """Where a channel is, and which of its subdirs may be used (empty: all)."""

    url: str
    credential: Credential | None
    subdirs: tuple[str, ...]


class _Base(NamedTuple):
    """A URL of the settings that channels lie below."""

    url: str
    credential: Credential | None
    setting: Setting[str]
    missing: str | None

    def usable(self) -> Credential | None:
        """Its credential; raises when a variable in it is not set."""
        if self.missing:
            raise _unset(self.setting, self.missing)
        return self.credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a channel's name depends on besides the file it stands in.

    Attributes:
        settings: conda's.
        variables: the environment.
        folder: what relative paths start from, absolute.
        home: the user's folder.
    """

    settings: Settings
    variables: Mapping[str, str]
    folder: str
    home: str


class Names:
    """Knows the names of the channels that one machine knows."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        settings = machine.settings
        self._multichannels = {"defaults": settings.default_channels}
        self._multichannels |= settings.custom_multichannels
        self._alias = self._base(settings.channel_alias)
        self._migrated = [self._base(each).url for each in settings.migrated_channel_aliases]
        self._custom = self._custom_channels()

    def locate(self, channel: Setting[str]) -> tuple[Location, ...]:
        """The channels that one entry of a list stands for, in order.

        Raises `UsageError` when there is none, or its text is no channel.
        """
        text = channel.value.strip()
        name, subdirs = _split_subdir(text)
        if name == "local":
            raise _error(channel, "the channel `local` is another one on every machine", _LOCAL)
        members = self._multichannels.get(name)
        if members is None:
            return (self._one(channel),)
        if not members:
            raise _error(channel, f"the multichannel `{name}` has no channels", _MEMBERS)
        found = (self._member(member, name) for member in members)
        return tuple(Location(url, key, subdirs or own) for url, key, own in found)

    def _member(self, member: Setting[str], multichannel: str) -> Location:
        """A channel of a multichannel; conda looks such names up below `channel_alias` only."""
        if member.value in self._multichannels:
            inner = f"`{multichannel}` names the multichannel `{member.value}`"
            raise _error(member, f"{inner}, which conda does not look into", _MEMBERS)
        return self._one(member, custom=False)

    def _one(self, channel: Setting[str], *, custom: bool = True) -> Location:
        if missing := self._missing(channel):
            raise _unset(channel, missing)
        text = expand(channel.value.strip(), self._machine.variables)
        if _PATH.match(text):
            return Location(self._file_url(text), None, ())
        if has_scheme(text):
            found = self._at_url(text)
        else:
            name, subdirs = _split_subdir(text)
            if not _NAME.fullmatch(name):
                raise _error(channel, f"`{public_name(channel.value)}` is no channel", _NAMES)
            below = self._below_custom(name) if custom else self._below_alias(name)
            found = Location(*below, subdirs)
        if not _is_plain(found.url):
            # It is not shown: nobody knows which part of it is the password.
            raise _error(channel, "the URL of a channel is malformed", _URLS)
        return found

    def _below_custom(self, name: str) -> tuple[str, Credential | None]:
        """`mine/label/x` is below `mine`, where that is a channel of its own."""
        head = name
        while head not in self._custom:
            head = head.rpartition("/")[0]
            if not head:
                return self._below_alias(name)
        known = self._custom[head]
        return known.url + name[len(head) :], known.usable()

    def _below_alias(self, name: str) -> tuple[str, Credential | None]:
        return f"{self._alias.url}/{name}", self._alias.usable()

    def _at_url(self, text: str) -> Location:
        url, credential = split_url(text)
        base, subdirs = _split_subdir(url)
        old = next((each for each in self._migrated if _is_below(base, each)), None)
        if old is not None:
            return Location(*self._below_alias(_path_below(base, old)), subdirs)
        return Location(base, credential or self._configured(base), subdirs)

    def _configured(self, url: str) -> Credential | None:
        """The credential of the longest URL in the settings that `url` is below."""
        known = [*self._custom.values(), self._alias]
        fitting = [each for each in known if each.credential and _is_below(url, each.url)]
        return max(fitting, key=lambda each: len(each.url)).usable() if fitting else None

    def _custom_channels(self) -> dict[str, _Base]:
        """By name; the channels of a multichannel have names, too, like `pkgs/main`."""
        found = {}
        for members in self._multichannels.values():
            for member in members:
                if has_scheme(member.value):
                    base = self._base(member)
                    found[self._path(base.url)] = base
        for name, setting in self._machine.settings.custom_channels.items():
            base = self._base(setting)
            found[name.strip("/")] = base._replace(url=f"{base.url}/{name.strip('/')}")
        return found

    def _base(self, setting: Setting[str]) -> _Base:
        """A URL of the settings, without a look at the others."""
        text = expand(setting.value.strip(), self._machine.variables)
        url, credential = split_url(text if has_scheme(text) else f"https://{text}")
        base = _split_subdir(url)[0]
        if credential:
            # conda puts a token behind all of the URL, wherever it stands in that.
            credential = replace(credential, at=base[len(url_root(base)) :])
        return _Base(base, credential, setting, self._missing(setting))

    def _path(self, url: str) -> str:
        if _is_below(url, self._alias.url):
            return _path_below(url, self._alias.url)
        return url[len(url_root(url)) :].strip("/")

    def _missing(self, channel: Setting[str]) -> str | None:
        """The first variable that `channel` refers to and that is not set."""
        names = variables_in(channel.value)
        return next((name for name in names if name not in self._machine.variables), None)

    def _file_url(self, path: str) -> str:
        path = path.replace("\\", "/")
        if path == "~" or path.startswith("~/"):
            path = self._machine.home.replace("\\", "/") + path[1:]
        folder = self._machine.folder.replace("\\", "/")
        whole = posixpath.normpath(path if _DRIVE.match(path) else posixpath.join(folder, path))
        slash = "" if whole.startswith("/") else "/"
        return f"file://{slash}{quote(whole, safe=_SAFE)}"


_DRIVE = re.compile(r"[a-zA-Z]:/")
_SAFE = "/:!'()*-._~+@"


def public_name(text: str) -> str:
    """A channel as written, without its credentials; those that are variables stay."""
    text = text.strip()
    if has_scheme(text):
        name = public_url(text).rstrip("/")
        return name if _is_file(text) else mask(name)
    # A URL whose scheme was forgotten.
    user, at, rest = text.rpartition("@")
    return f"{MASK}@{rest}" if at and ":" in user else text


def _split_subdir(text: str) -> tuple[str, tuple[str, ...]]:
    """`conda-forge/linux-64` is that subdir of it, and noarch."""
    found = _SUBDIR.search(text)
    if found is None:
        return text.rstrip("/"), ()
    rest = (text[: found.start()] + text[found.end() :]).rstrip("/")
    return rest, tuple(dict.fromkeys((found[1], "noarch")))


def _is_below(url: str, base: str) -> bool:
    return f"{_bare(url)}/".startswith(f"{_bare(base)}/")


def _path_below(url: str, base: str) -> str:
    return _bare(url)[len(_bare(base)) :].strip("/")


def _bare(url: str) -> str:
    return url.partition("://")[2]


def _is_plain(url: str) -> bool:
    """Whether every reader of URLs sees the same in it, and no credential is left."""
    secret = () if _is_file(url) else secrets_in(f"{url}/")
    return bool(_URL.fullmatch(url)) and not _DOTS.search(url) and not secret


def _is_file(url: str) -> bool:
    return url.lower().startswith("file://")


def _unset(channel: Setting[str], name: str) -> UsageError:
    message = f"a channel needs the variable `{name}`, which is not set"
    return _error(channel, message, f"set it: `export {name}=...`")


def _error(channel: Setting[str], message: str, hint: str) -> UsageError:
    where = "" if channel.origin == "default" else f"{channel.origin}: "
    return UsageError(f"{where}{message}", hints=(hint,))


_LOCAL = "write the folder itself: `file:///path/of/conda-bld`"
_MEMBERS = "list URLs under `custom_multichannels` in your `.condarc`"
_NAMES = "write a name like `conda-forge`, a URL or a path like `./channel`"
_URLS = (
    "write `https://host/channel`; in a password every character but letters and digits has to"
    " be written like `%2F`"
)
