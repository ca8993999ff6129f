"""conda's settings on channels and the network, from `.condarc` files and the environment.

Names, types and defaults are those of `Context` in conda/base/context.py, and `mirrored_channels`
is mamba's (libmamba/src/api/configuration.cpp). Otherwise than conda, which goes on without a file
that it can not read, everything malformed is an error; and null, like an empty text, is no
setting: conda takes an empty `ssl_verify` for `false`.

Channels keep their `${VARIABLES}`, which may be credentials; in other values they are expanded.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from envtool.domain.condarc_merge import Raw, Sources, malformed, read_raws
from envtool.domain.credentials import expand, has_scheme
from envtool.domain.secrets import mask
from envtool.domain.yaml_nodes import Mapping as MappingNode
from envtool.domain.yaml_nodes import Node, YamlError
from envtool.errors import UnreadableError

Value = TypeVar("Value")
Convert = Callable[[Raw], Value]


class CondarcText(NamedTuple):
    """One file of conda's search path."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Setting(Generic[Value]):
    """A value and where it comes from: `path:line:column`, a variable's name, or `default`."""

    value: Value
    origin: str = "default"

    def __repr__(self) -> str:
        """Without credentials, which people write into proxies and channels."""
        return f"Setting({mask(repr(self.value))}, {self.origin!r})"


Texts = tuple[Setting[str], ...]


class Priority(StrEnum):
    """What a channel of higher priority does to the packages of those below."""

    STRICT = "strict"
    FLEXIBLE = "flexible"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all sources together say; conda's documentation explains each.

    `ssl_verify` is a bool, the path of a file or folder of certificates, or `truststore`.
    """

    channels: Texts
    default_channels: Texts
    channel_alias: Setting[str]
    custom_channels: Mapping[str, Setting[str]]
    custom_multichannels: Mapping[str, Texts]
    migrated_channel_aliases: Texts
    allowlist_channels: Texts
    denylist_channels: Texts
    mirrored_channels: Mapping[str, Texts]
    channel_priority: Setting[Priority]
    ssl_verify: Setting[bool | str]
    client_ssl_cert: Setting[str | None]
    client_ssl_cert_key: Setting[str | None]
    proxy_servers: Mapping[str, Setting[str]]
    add_anaconda_token: Setting[bool]
    offline: Setting[bool]
    remote_max_retries: Setting[int]
    remote_connect_timeout_secs: Setting[float]
    remote_read_timeout_secs: Setting[float]
    pkgs_dirs: Texts
    envs_dirs: Texts


_ANACONDA = "https://repo.anaconda.com"
# msys2 is a default on Windows only; conda's own suffix for a platform says that.
_DEFAULT_CHANNELS = (
    Setting(f"{_ANACONDA}/pkgs/main"),
    Setting(f"{_ANACONDA}/pkgs/r"),
    Setting(f"{_ANACONDA}/pkgs/msys2/win-64"),
)


def read_condarc(
    texts: Iterable[CondarcText],
    variables: Mapping[str, str],
    parse: Callable[[str, str], Node | None],
    path_separator: str = ":",
) -> Settings:
    """The settings of `texts`, in the order of the search path, and of `CONDA_*` variables.

    `parse` reads YAML as `ports.Yaml.parse` does. Raises `UnreadableError` on the first thing
    that is malformed, with its place.
    """
    raws = [_file(each, parse) for each in texts]
    reader = _Reader(Sources(raws, variables, path_separator), variables)
    settings = reader.settings()
    if settings.client_ssl_cert_key.value and not settings.client_ssl_cert.value:
        place = settings.client_ssl_cert_key.origin
        raise malformed(place, "`client_ssl_cert_key` is nothing without `client_ssl_cert`")
    return settings


def _file(file: CondarcText, parse: Callable[[str, str], Node | None]) -> dict[str, Raw]:
    try:
        root = parse(file.text, file.path)
    except YamlError as error:
        hints = (error.hint,) if error.hint else ()
        raise UnreadableError(f"{error.place}: {error.message}", hints=hints) from error
    if root is None:
        return {}
    if not isinstance(root, MappingNode):
        raise malformed(str(root.place), "a condarc file is made of `key: value`")
    return read_raws(root, file.text)


class _Reader(NamedTuple):
    """Turns merged values into typed ones."""

    sources: Sources
    variables: Mapping[str, str]

    def settings(self) -> Settings:
        return Settings(
            channels=self.texts("channels"),
            default_channels=self.texts("default_channels", _DEFAULT_CHANNELS),
            channel_alias=self.one("channel_alias", _url, "https://conda.anaconda.org"),
            custom_channels=self.custom_channels(),
            custom_multichannels=self.lists("custom_multichannels"),
            migrated_channel_aliases=self.texts("migrated_channel_aliases"),
            allowlist_channels=self.texts("allowlist_channels"),
            denylist_channels=self.texts("denylist_channels"),
            mirrored_channels=self.lists("mirrored_channels"),
            channel_priority=self.one("channel_priority", _priority, Priority.FLEXIBLE),
            ssl_verify=self.one("ssl_verify", self.certificates, default=True),
            client_ssl_cert=self.one("client_ssl_cert", self.expanded, None),
            client_ssl_cert_key=self.one("client_ssl_cert_key", self.expanded, None),
            proxy_servers=self.proxies(),
            add_anaconda_token=self.one("add_anaconda_token", _flag, default=True),
            offline=self.one("offline", _flag, default=False),
            remote_max_retries=self.one("remote_max_retries", _count, 3),
            remote_connect_timeout_secs=self.one("remote_connect_timeout_secs", _seconds, 9.15),
            remote_read_timeout_secs=self.one("remote_read_timeout_secs", _seconds, 60.0),
            pkgs_dirs=self.paths("pkgs_dirs"),
            envs_dirs=self.paths("envs_dirs"),
        )

    def one(self, key: str, convert: Convert[Value], default: Value) -> Setting[Value]:
        raw = self.sources.text(key)
        if raw is None or not str(raw.value or "").strip():
            return Setting(default)
        return Setting(convert(raw), raw.origin)

    def texts(self, key: str, default: Texts = ()) -> Texts:
        found = self.sources.texts(key)
        return default if found is None else _settings(found)

    def paths(self, key: str) -> Texts:
        return tuple(
            Setting(expand(each.value, self.variables), each.origin) for each in self.texts(key)
        )

    def lists(self, key: str) -> Mapping[str, Texts]:
        return {name: _settings(items) for name, items in self.sources.lists(key).items()}

    def custom_channels(self) -> Mapping[str, Setting[str]]:
        found = self.sources.pairs("custom_channels")
        if found is None:
            return {"pkgs/pro": Setting(_ANACONDA)}
        return {name: Setting(_url(raw), raw.origin) for name, raw in found.items()}

    def proxies(self) -> Mapping[str, Setting[str]]:
        found = self.sources.pairs("proxy_servers") or {}
        named = {name: raw for name, raw in found.items() if raw.value is not None}
        return {name: Setting(self.expanded(raw), raw.origin) for name, raw in named.items()}

    def expanded(self, raw: Raw) -> str:
        return expand(str(raw.value), self.variables)

    def certificates(self, raw: Raw) -> bool | str:
        text = self.expanded(raw)
        known = _boolean(text)
        return text if known is None else known


def _settings(items: Iterable[Raw]) -> Texts:
    return tuple(Setting(str(item.value), item.origin) for item in items)


def _boolean(text: str) -> bool | None:
    """What conda's `boolify` makes of a text; None for one that is no truth value."""
    word = text.strip().lower()
    if word.replace(".", "", 1).isdecimal():
        return float(word) != 0
    if word in {"true", "yes", "on", "y"}:
        return True
    return False if word in {"false", "no", "off", "n", "non", "none"} else None


def _flag(raw: Raw) -> bool:
    known = _boolean(str(raw.value))
    if known is None:
        raise malformed(raw.origin, f"`{raw.value}` is neither `true` nor `false`")
    return known


def _priority(raw: Raw) -> Priority:
    word = str(raw.value).strip().lower()
    if word in set(Priority):
        return Priority(word)
    known = _boolean(word)
    if known is None:
        words = ", ".join(f"`{each}`" for each in Priority)
        raise malformed(raw.origin, f"`{raw.value}` is none of {words}")
    return Priority.FLEXIBLE if known else Priority.DISABLED


def _count(raw: Raw) -> int:
    word = str(raw.value).strip()
    if not (word.isascii() and word.isdecimal()):
        raise malformed(raw.origin, f"`{word}` is no whole number")
    return int(word)


def _seconds(raw: Raw) -> float:
    try:
        seconds = float(str(raw.value))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise malformed(raw.origin, f"`{raw.value}` is no number of seconds")
    return seconds


def _url(raw: Raw) -> str:
    """A URL; conda takes a path, too, and then looks for the channel at `channel_alias`."""
    text = str(raw.value)
    if not (has_scheme(text) or text.startswith("$")):
        hint = f"write `file://{text}`" if text.startswith("/") else "write `https://...`"
        raise malformed(raw.origin, f"`{mask(text)}` is no URL", hint)
    return text
