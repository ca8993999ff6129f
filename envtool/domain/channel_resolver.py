"""From the channels of an environment file to the URLs that a solver reads.

An environment file that lists channels gets those and no others, as with conda-lock: `conda env
create` adds the ones of `.condarc`, and would lock another environment on every machine. One that
lists none gets the `channels` of `.condarc`, and `defaults` where those are not set, either.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from envtool.domain.channel_names import Location, Machine, Names, public_name
from envtool.domain.channels import NO_DEFAULTS, Mirrors, parse_channel
from envtool.domain.condarc import Setting
from envtool.domain.credentials import (
    Credential,
    Secret,
    expand,
    joined,
    variables_in,
)
from envtool.domain.specs import Entry
from envtool.errors import UsageError

FindCredential = Callable[[str], Credential | None]


class Source(NamedTuple):
    """A URL that serves a channel, and what opens it."""

    url: str
    credential: Credential | None

    @property
    def with_credential(self) -> Secret:
        """The URL for a client that is told nothing else; a bearer token is not in it."""
        return joined(self.url, self.credential)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.url.startswith("file://")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedChannel:
    """One channel.

    Attributes:
        name: as written, for the lock; without credentials. All channels of a multichannel have
            the name of that.
        variables: the environment variables that `name` refers to.
        url: what the packages of a lock are named by, whoever serves them; without credentials.
        label: of Anaconda's kind, None for the released packages.
        subdirs: the only ones that may be used; empty for all.
        sources: what serves it, in the order to be tried; never empty.
        origin: where it is named.
    """

    name: str
    variables: tuple[str, ...]
    url: str
    label: str | None
    subdirs: tuple[str, ...]
    sources: tuple[Source, ...]
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRules:
    """What the policy says on channels: `channels.allowed` and `channels.mirrors`."""

    allowed: tuple[str, ...] = ()
    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def named_channels(listed: Iterable[Entry]) -> Iterator[Entry]:
    """The entries that can be resolved one by one: `nodefaults` names no channel."""
    return (each for each in listed if _is_channel(each.text))


def resolve_channels(
    listed: Iterable[Entry], machine: Machine, rules: ChannelRules, find: FindCredential
) -> tuple[ResolvedChannel, ...]:
    """The channels of the entries `listed`, highest priority first.

    `find` knows the credentials that are stored for a URL. Raises `UsageError` for a channel that
    does not exist or is not allowed.
    """
    names = Names(machine)
    resolver = _Resolver(machine, names, rules, find)
    channels = [
        resolver.resolve(setting, location)
        for setting in _wanted(listed, machine)
        for location in names.locate(setting)
    ]
    if not channels:
        raise UsageError("no channel is left to take packages from", hints=(_NONE,))
    found: dict[tuple[str, tuple[str, ...]], ResolvedChannel] = {}
    for each in channels:
        found.setdefault((each.url, each.subdirs), each)
    return tuple(found.values())


def _wanted(listed: Iterable[Entry], machine: Machine) -> list[Setting[str]]:
    wanted = [Setting(entry.text, str(entry.place)) for entry in listed]
    if not wanted:
        wanted = [*(machine.settings.channels or (Setting("defaults"),))]
    return [each for each in wanted if _is_channel(each.value)]


def _is_channel(text: str) -> bool:
    return text.strip() != NO_DEFAULTS


class _Resolver:
    def __init__(
        self, machine: Machine, names: Names, rules: ChannelRules, find: FindCredential
    ) -> None:
        self._settings = machine.settings
        self._names = names
        self._find = find
        self._mirrors = Mirrors(
            {origin: tuple(_mirrors(urls, machine)) for origin, urls in rules.mirrors.items()}
        )
        self._allowed = [self._mirrors.read(text) for text in rules.allowed]
        self._allowed_names = " or ".join(f"`{public_name(text)}`" for text in rules.allowed)
        self._allowlist = self._urls(machine.settings.allowlist_channels)
        self._denylist = self._urls(machine.settings.denylist_channels)

    def _urls(self, channels: Iterable[Setting[str]]) -> dict[str, Setting[str]]:
        return {each.url: channel for channel in channels for each in self._names.locate(channel)}

    def resolve(self, written: Setting[str], location: Location) -> ResolvedChannel:
        self._check_allowlist(written, location.url)
        url = self._canonical(location.url)
        sources = tuple(self._sources(written, location, url))
        is_mirrored = bool(self._own_mirrors(written))
        for source in sources:
            self._check_denylist(written, source.url)
            # A folder of this machine that its settings call a mirror of a channel is one.
            is_folder = is_mirrored and source.is_local
            self._check_policy(written, url if is_folder else source.url, is_mirrored=is_mirrored)
        name = public_name(written.value)
        return ResolvedChannel(
            name=name,
            variables=variables_in(name),
            url=url,
            label=parse_channel(url).label,
            subdirs=location.subdirs,
            sources=sources,
            origin=written.origin,
        )

    def _canonical(self, url: str) -> str:
        """The channel that `url` is a mirror of, as the policy has it; else `url` itself."""
        channel = self._mirrors.read(url)
        if channel.base == parse_channel(url).base:
            return url
        return f"https://{channel.base}" + (f"/label/{channel.label}" if channel.label else "")

    def _sources(self, written: Setting[str], location: Location, url: str) -> Iterator[Source]:
        """The machine's own mirrors alone, or where its settings point to and all the others."""
        own = self._own_mirrors(written)
        found = {location.url: location.credential} if location.url != url else {}
        for each in own or self._mirrors.of(url):
            for mirror in self._names.locate(Setting(each, written.origin)):
                found.setdefault(mirror.url, mirror.credential)
        if not own:
            found.setdefault(url, location.credential if location.url == url else None)
        for each, credential in found.items():
            yield Source(each, credential or self._stored(each))

    def _own_mirrors(self, written: Setting[str]) -> list[str]:
        """What `mirrored_channels` says, which holds for all labels of a channel."""
        text = written.value.strip()
        for name, mirrors in self._settings.mirrored_channels.items():
            if f"{text}/".startswith(f"{name}/"):
                return [each.value.rstrip("/") + text[len(name) :] for each in mirrors]
        return []

    def _stored(self, url: str) -> Credential | None:
        return None if url.startswith("file://") else self._find(url)

    def _check_allowlist(self, written: Setting[str], url: str) -> None:
        if self._allowlist and url not in self._allowlist:
            origin = next(iter(self._allowlist.values())).origin
            hint = f"ask who keeps the `allowlist_channels` of {origin}, or use another channel"
            raise _refused(written, "is not among the channels that conda may use here", hint)

    def _check_denylist(self, written: Setting[str], url: str) -> None:
        for denied, entry in self._denylist.items():
            if f"{_bare(url)}/".startswith(f"{_bare(denied)}/"):
                hint = f"ask who keeps the `denylist_channels` of {entry.origin}"
                raise _refused(written, f"is denied: `{url}`", f"{hint}, or use another channel")

    def _check_policy(self, written: Setting[str], url: str, *, is_mirrored: bool) -> None:
        channel = self._mirrors.read(url)
        if self._allowed and not any(each.covers(channel) for each in self._allowed):
            if is_mirrored:
                why = f"has a mirror that is not allowed by the policy: `{url}`"
                hint = f"say under `channels.mirrors` of the policy that `{url}` is one, or take it"
                raise _refused(
                    written, why, f"{hint} out of `mirrored_channels` in your `.condarc`"
                )
            hint = (
                f"use {self._allowed_names}, or say under `channels.mirrors` of the policy of which"
                f" channel `{url}` is a mirror"
            )
            raise _refused(written, f"is not allowed by the policy: `{url}`", hint)


def _mirrors(urls: Iterable[str], machine: Machine) -> Iterator[str]:
    """The policy's mirrors; one whose variables are not set here is another machine's."""
    for url in urls:
        if all(name in machine.variables for name in variables_in(url)):
            yield expand(url, machine.variables)


def _bare(url: str) -> str:
    return url.partition("://")[2]


def _refused(written: Setting[str], why: str, hint: str) -> UsageError:
    where = "" if written.origin == "default" else f"{written.origin}: "
    return UsageError(f"{where}the channel `{public_name(written.value)}` {why}", hints=(hint,))


_NONE = "list one under `channels:`, for example `conda-forge`"
