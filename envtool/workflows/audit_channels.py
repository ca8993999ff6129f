"""The channels of an audit, as this machine reaches them."""

from collections.abc import Iterable

from envtool.domain.auditing.upstream import BROKEN_LABEL
from envtool.domain.channel_names import public_name
from envtool.domain.channel_resolver import (
    ChannelRules,
    ResolvedChannel,
    named_channels,
    resolve_channels,
)
from envtool.domain.channels import channel_of
from envtool.domain.findings import Place
from envtool.domain.policy.model import Policy
from envtool.domain.specs import Entry
from envtool.errors import EnvtoolError
from envtool.ports import Tools


class AuditChannels:
    """Finds the channel of an archive, and those of lower priority.

    A channel that can not be used, for one because the policy does not allow it, is in `failed`
    with the reason: `verify` has a rule for that, and the audit goes on.
    """

    def __init__(self, tools: Tools, folder: str, policy: Policy, ordered: Iterable[Entry]) -> None:
        desk = tools.desk()
        self._machine = desk.machine(tools.files.absolute(folder))
        self._rules = ChannelRules(allowed=policy.allowed_channels, mirrors=policy.mirrors)
        self._find = desk.credentials().find
        self.failed: dict[str, str] = {}
        self._ordered: dict[str, ResolvedChannel] = {}
        for entry in named_channels(ordered):
            for each in self._resolved(entry):
                self._ordered.setdefault(each.url, each)
        self._others: dict[str, ResolvedChannel] = {}
        self._by_base: dict[str, ResolvedChannel | None] = {}

    @property
    def all(self) -> tuple[ResolvedChannel, ...]:
        """Every channel that was asked for, in the order of priority, then the others."""
        return (*self._ordered.values(), *self._others.values())

    def of(self, url: str, place: Place) -> ResolvedChannel | None:
        """The channel that an archive at `place` is published in; None when it can not be used."""
        base = channel_of(url)
        if base not in self._by_base:
            self._by_base[base] = self._served(base) or self._other(Entry(base, place))
        return self._by_base[base]

    def lower(self, channel: ResolvedChannel) -> tuple[ResolvedChannel, ...]:
        """Those of lower priority."""
        urls = tuple(self._ordered)
        if channel.url not in urls:
            return ()
        return tuple(self._ordered.values())[urls.index(channel.url) + 1 :]

    def broken(self, channel: str) -> ResolvedChannel | None:
        """Where builds of the channel with this URL go that should not be used."""
        if "/label/" in channel:
            return None
        entry = Entry(channel + BROKEN_LABEL, Place(channel))
        return next(iter(self._resolved(entry, is_asked=False)), None)

    def _served(self, base: str) -> ResolvedChannel | None:
        """The one in the order of priority that has this URL, or is served by it."""
        for each in self._ordered.values():
            if base in {each.url, *(source.url for source in each.sources)}:
                return each
        return None

    def _other(self, entry: Entry) -> ResolvedChannel | None:
        for each in self._resolved(entry):
            return self._ordered.get(each.url) or self._others.setdefault(each.url, each)
        return None

    def _resolved(self, entry: Entry, *, is_asked: bool = True) -> tuple[ResolvedChannel, ...]:
        try:
            return resolve_channels((entry,), self._machine, self._rules, self._find)
        except EnvtoolError as error:
            if is_asked:
                self.failed.setdefault(public_name(entry.text), error.message)
            return ()
