"""What the channels list today of the packages that are audited."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.auditing.upstream import (
    Offers,
    Presence,
    Searched,
    Upstream,
    compare,
    marked,
    subdir_of,
    unknown,
)
from envtool.domain.channel_names import public_name
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.channels import channel_of
from envtool.domain.policy.model import Policy
from envtool.domain.results import Skip
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Entry
from envtool.errors import EnvtoolError
from envtool.ports import Tools
from envtool.workflows.audit_channels import AuditChannels

_CHECK = "channel check"
# So long a channel is waited for, for each platform.
_PATIENCE = 120.0
_ByName = Mapping[str, tuple[CondaRecord, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRequest:
    """What to look for.

    Attributes:
        folder: of the project, which the settings of this machine are read for.
        policy: its mirrors and its allowed channels hold.
        subjects: the packages; those of pip are left out.
        channels: in the order of their priority, as the environment files or the lock name them;
            none when no order is known, as for a prefix.
        known: what was recorded of archives when they were locked or installed, by URL.
    """

    folder: str
    policy: Policy
    subjects: tuple[Subject, ...]
    channels: tuple[Entry, ...] = ()
    known: Mapping[str, CondaRecord] = field(default_factory=dict)


class UpstreamFound(NamedTuple):
    """What was found.

    Attributes:
        upstream: one for each archive of a conda package.
        channels: those that they are published in, and those of `UpstreamRequest.channels`.
        skipped: what could not be asked, and why.
    """

    upstream: tuple[Upstream, ...]
    channels: tuple[ResolvedChannel, ...]
    skipped: tuple[Skip, ...]


class _Archive(NamedTuple):
    """An archive, and who publishes it; None when that can not be asked."""

    subject: Subject
    artifact: Artifact
    channel: ResolvedChannel | None


def upstream_of(tools: Tools, request: UpstreamRequest) -> UpstreamFound:
    """What the channels list of every archive that is audited.

    A channel that can not be asked is no error: it is named in what was skipped, and its archives
    are `UNKNOWN` with the reason. Raises `EnvtoolError` when the settings of this machine can not
    be read.
    """
    channels = AuditChannels(tools, request.folder, request.policy, request.channels)
    archives = list(_archives(request, channels))
    index = _Index(tools)
    for each in archives:
        index.want(each, channels)
    compared = [_compared(each, index, channels, request) for each in archives]
    upstream = tuple(_marked(tools, compared, channels))
    failed = {**channels.failed, **index.failed}
    skipped = [Skip(_CHECK, f"`{name}`: {why}") for name, why in failed.items()]
    if upstream and not request.channels:
        skipped.append(Skip("channels.shadowed", "no order of channels is known"))
    return UpstreamFound(upstream, channels.all, tuple(skipped))


def not_asked(request: UpstreamRequest, why: str) -> UpstreamFound:
    """What is known when no channel is asked: what was recorded."""
    # Most archives are of one channel.
    named = cache(public_name)
    upstream = tuple(
        unknown(
            subject,
            artifact,
            named(channel_of(artifact.url)),
            why,
            request.known.get(artifact.url),
        )
        for subject in request.subjects
        for artifact in (subject.artifacts if subject.manager == "conda" else ())
    )
    return UpstreamFound(upstream, (), (Skip(_CHECK, why),) if upstream else ())


def _archives(request: UpstreamRequest, channels: AuditChannels) -> Iterator[_Archive]:
    for subject in request.subjects:
        for artifact in subject.artifacts if subject.manager == "conda" else ():
            channel = channels.of(artifact.url, subject.place) if artifact.url else None
            yield _Archive(subject, artifact, channel)


class _Index:
    """What channels list of the names that are wanted; each is asked once for each platform."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._wanted: dict[tuple[str, str], set[str]] = {}
        self._listed: dict[tuple[str, str], _ByName] = {}
        # Those that could not be asked, and why.
        self.failed: dict[str, str] = {}

    def want(self, archive: _Archive, channels: AuditChannels) -> None:
        """Note the name of an archive for its channel, and for those below."""
        if archive.channel is not None:
            for channel in (archive.channel, *channels.lower(archive.channel)):
                names = self._wanted.setdefault((channel.url, subdir_of(archive.artifact)), set())
                names.add(archive.subject.name)

    def offers(self, channel: ResolvedChannel, archive: _Archive) -> Offers:
        """Every build of the archive's name; none when the channel could not be asked."""
        key = (channel.url, subdir_of(archive.artifact))
        if key not in self._listed:
            self._listed[key] = self._ask(channel, subdir_of(archive.artifact))
        return Offers(channel.url, self._listed[key].get(archive.subject.name, ()))

    def _ask(self, channel: ResolvedChannel, platform: str) -> _ByName:
        if channel.url in self.failed:
            return {}
        try:
            return _listed(self._tools, channel, platform, self._wanted[channel.url, platform])
        except EnvtoolError as error:
            self.failed[channel.url] = error.message
            return {}


def _listed(tools: Tools, channel: ResolvedChannel, platform: str, names: Iterable[str]) -> _ByName:
    found: dict[str, list[CondaRecord]] = {}
    for each in tools.solver().listed((channel,), platform, sorted(names), _PATIENCE):
        found.setdefault(each.name, []).append(each)
    return {name: tuple(each) for name, each in found.items()}


def _compared(
    archive: _Archive, index: _Index, channels: AuditChannels, request: UpstreamRequest
) -> Upstream:
    subject, artifact, channel = archive
    recorded = request.known.get(artifact.url)
    if channel is None:
        base = public_name(channel_of(artifact.url))
        why = channels.failed.get(base, "nobody recorded where it came from")
        return unknown(subject, artifact, base, why, recorded)
    own = index.offers(channel, archive)
    if channel.url in index.failed:
        return unknown(subject, artifact, channel.url, index.failed[channel.url], recorded)
    lower = tuple(index.offers(each, archive) for each in channels.lower(channel))
    found = compare(Searched(subject, artifact, own, lower))
    return found if found.record is not None else found._replace(record=recorded)


def _marked(tools: Tools, upstream: list[Upstream], channels: AuditChannels) -> Iterator[Upstream]:
    """The same; of those that are gone it is known whether they were marked as broken.

    As far as the channel has such a label, which most do not: then they are just gone.
    """
    gone: dict[tuple[str, str], set[str]] = {}
    for each in upstream:
        if each.presence is Presence.REMOVED:
            key = (each.channel, subdir_of(each.artifact))
            gone.setdefault(key, set()).add(each.subject.name)
    broken: dict[tuple[str, str], _ByName] = {}
    for (url, platform), names in gone.items():
        label = channels.broken(url)
        try:
            broken[url, platform] = _listed(tools, label, platform, names) if label else {}
        except EnvtoolError:
            broken[url, platform] = {}
    for each in upstream:
        found = broken.get((each.channel, subdir_of(each.artifact)), {})
        yield marked(each, found.get(each.subject.name, ()))
