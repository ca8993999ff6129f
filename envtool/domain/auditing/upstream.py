"""What the channels say today of the archives that are locked or installed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, Version
from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.solving import CondaRecord
from envtool.domain.update_kinds import series_of

# Of a version that is no release. A letter alone is one: `2025b`, `1.1.1w`, `9e`.
_PRE_RELEASE = re.compile(
    r"\d[abc]\d|(?:^|[^a-z])(?:rc|dev|alpha|beta|pre|preview)(?:[^a-z]|$)", re.IGNORECASE
)


# Where conda-forge and others move what should not be used.
BROKEN_LABEL = "/label/broken"


class Presence(StrEnum):
    """Whether a channel has an archive today."""

    # By its name, and by its SHA-256 where both are known.
    LISTED = "listed"
    # By its name, with another SHA-256.
    ALTERED = "altered"
    # Moved to the label `broken`, as conda-forge does with what should not be used.
    BROKEN = "broken"
    REMOVED = "removed"
    # The channel could not be asked.
    UNKNOWN = "unknown"


class Rival(NamedTuple):
    """A package of the same name and a greater version in a channel of lower priority."""

    channel: str
    version: str


class Upstream(NamedTuple):
    """One archive, and what its channel says of it.

    Attributes:
        subject: the package.
        artifact: the archive.
        channel: the URL of the channel that it is published in.
        presence: see there.
        reason: why that is not known; empty when it is.
        record: as a channel lists it, or as it was recorded when it was locked or installed.
        newest: the greatest version of the package in that channel, for the platform, that is no
            pre-release; empty when not known.
        behind: how many major versions there are above the one that is used.
        rival: see there.
    """

    subject: Subject
    artifact: Artifact
    channel: str
    presence: Presence
    reason: str = ""
    record: CondaRecord | None = None
    newest: str = ""
    behind: int = 0
    rival: Rival | None = None

    @property
    def built(self) -> datetime | None:
        """When the archive was built; None when nobody says."""
        if self.record is None or self.record.timestamp is None:
            return None
        return datetime.fromtimestamp(self.record.timestamp / 1000, UTC)

    @property
    def is_signed(self) -> bool:
        """Whether the record says that there is a signature, of whoever it is."""
        return self.record is not None and bool(self.record.attestations)

    @property
    def license(self) -> str | None:
        """The licence that the channel, or the record, states."""
        return self.record.license if self.record is not None else None


class Offers(NamedTuple):
    """What one channel offers of one package on one platform.

    Attributes:
        channel: its URL.
        records: every build.
    """

    channel: str
    records: tuple[CondaRecord, ...] = ()


class Searched(NamedTuple):
    """An archive, and where it was looked for.

    Attributes:
        subject: the package.
        artifact: the archive.
        own: what its channel offers under its name.
        lower: the same of the channels of lower priority.
    """

    subject: Subject
    artifact: Artifact
    own: Offers
    lower: tuple[Offers, ...] = ()


def compare(searched: Searched) -> Upstream:
    """What the channels say of one archive."""
    subject, artifact, own, lower = searched
    presence, record = _presence(artifact, own)
    newest, behind = _newest(subject.name, subject.version, own.records)
    return Upstream(
        subject=subject,
        artifact=artifact,
        channel=own.channel,
        presence=presence,
        record=record,
        newest=newest,
        behind=behind,
        rival=_rival(subject, lower),
    )


def marked(upstream: Upstream, broken: Iterable[CondaRecord]) -> Upstream:
    """The same, when the label of broken builds of its channel has `broken`."""
    found = next((each for each in broken if _same_build(upstream.artifact, each)), None)
    if upstream.presence is not Presence.REMOVED or found is None:
        return upstream
    return upstream._replace(presence=Presence.BROKEN, record=found)


def _presence(artifact: Artifact, own: Offers) -> tuple[Presence, CondaRecord | None]:
    name = _file(artifact.url)
    same = next((each for each in own.records if _file(each.url) == name), None)
    if same is None:
        # Of a build in both formats a reader of the index may be shown one.
        twin = next((each for each in own.records if _same_build(artifact, each)), None)
        return (Presence.REMOVED if twin is None else Presence.LISTED), twin
    if not is_of(same, artifact):
        return Presence.ALTERED, same
    return (Presence.BROKEN if own.channel.endswith(BROKEN_LABEL) else Presence.LISTED), same


def _file(url: str) -> str:
    """The subdir and the name of an archive."""
    return "/".join(url.partition("#")[0].rsplit("/", 2)[1:])


def _same_build(artifact: Artifact, record: CondaRecord) -> bool:
    return _stem(artifact.url) == _stem(record.url)


def _stem(url: str) -> str:
    return _file(url).removesuffix(".conda").removesuffix(".tar.bz2")


def _newest(name: str, version: str, records: Iterable[CondaRecord]) -> tuple[str, int]:
    """The greatest release, and how many series there are above that of `version`."""
    mine = _parsed(version)
    releases = {each.version: _parsed(each.version) for each in records if is_release(each.version)}
    known = [each for each in releases.values() if each is not None]
    if mine is None or not known:
        return "", 0
    above = {series_of(name, each) for each in known} - {series_of(name, mine)}
    return max(known).text, sum(each > series_of(name, mine) for each in above)


def _rival(subject: Subject, lower: Iterable[Offers]) -> Rival | None:
    mine = _parsed(subject.version)
    for offers in lower:
        newest, _ = _newest(subject.name, subject.version, offers.records)
        if newest and mine is not None and mine < Version(newest):
            return Rival(offers.channel, newest)
    return None


def is_release(version: str) -> bool:
    """Whether a version is neither alpha, beta, candidate nor of development."""
    return _PRE_RELEASE.search(version) is None


@lru_cache(maxsize=65536)
def _parsed(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def subdir_of(artifact: Artifact) -> str:
    """The subdir that a channel is asked for about it; `noarch` comes along."""
    return artifact.platform or _file(artifact.url).partition("/")[0]


def is_of(record: CondaRecord, artifact: Artifact) -> bool:
    """Whether a record is of this very archive: its name, and its SHA-256 where both are known."""
    is_same = not (artifact.sha256 and record.sha256) or artifact.sha256 == record.sha256
    return is_same and _file(record.url) == _file(artifact.url)


def unknown(
    subject: Subject, artifact: Artifact, channel: str, reason: str, record: CondaRecord | None
) -> Upstream:
    """What is known of an archive whose channel could not be asked."""
    return Upstream(subject, artifact, channel, Presence.UNKNOWN, reason, record)


def by_subject(upstream: Iterable[Upstream]) -> Mapping[tuple[str, str, str], list[Upstream]]:
    """The archives of each package, in their order."""
    found: dict[tuple[str, str, str], list[Upstream]] = {}
    for each in upstream:
        found.setdefault(each.subject.key, []).append(each)
    return found


def freshness_lines(upstream: Sequence[Upstream], now: datetime) -> tuple[str, ...]:
    """How old it all is, in a line or two, for those who set no limit."""
    built = [(each.built, each.subject.label) for each in upstream if each.built is not None]
    if not built:
        was_asked = any(each.presence is not Presence.UNKNOWN for each in upstream)
        return ("freshness: nobody says when the packages were built",) if was_asked else ()
    oldest, label = min(built)
    packages = by_subject(upstream)
    behind = sum(any(each.behind for each in group) for group in packages.values())
    asked = sum(any(each.newest for each in group) for group in packages.values())
    lines = [f"freshness: the oldest build is `{label}` ({(now - oldest).days} days)"]
    if asked:
        lines.append(f"freshness: {behind} of {asked} packages are a major version or more behind")
    return tuple(lines)
