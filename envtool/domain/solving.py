"""What a solver is asked, and what it answers; no solver here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from envtool.domain.findings import Place
from envtool.domain.locks import VirtualPackage

if TYPE_CHECKING:
    # Loads slowly, and who only reads environment files needs none.
    from envtool.domain.channel_resolver import ResolvedChannel


class CondaRecord(NamedTuple):
    """One build of a package, as a channel lists it.

    Attributes:
        name: normalized.
        version: exact.
        build: the build string.
        subdir: where its archive lies: `linux-64`, `noarch`.
        url: of the archive, as published, whoever served it; without credentials.
        channel: the URL of the channel that lists it, the same.
        md5: hexadecimal digits, empty when the channel lists none.
        sha256: the same.
        depends: match specs.
        constrains: match specs of what need not be there.
        license: as the channel wrote it; None when it lists none.
        size: of the archive in bytes; None when it is not known.
        timestamp: when it was built, in milliseconds since 1970; None when it is not known.
        handle: the adapter's own form of the record, for the adapter alone.
        attestations: the SHA-256 of the file of signatures beside the archive (CEP 50); empty
            when the channel says of none.
    """

    name: str
    version: str
    build: str
    subdir: str
    url: str
    channel: str
    md5: str
    sha256: str
    depends: tuple[str, ...]
    constrains: tuple[str, ...]
    license: str | None
    size: int | None
    timestamp: int | None
    handle: object
    attestations: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it another package: name, version, build."""
        return (self.name, self.version, self.build)


class Wish(NamedTuple):
    """One line of an environment file, or of the policy, as a solver is asked for it.

    Attributes:
        name: of the package.
        text: the match spec, channel included.
        written: as the user wrote it.
        layer: that it is installed with.
        place: where it is written.
    """

    name: str
    text: str
    written: str
    layer: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is to be solved for one platform.

    Attributes:
        platform: the subdir; `noarch` comes along.
        channels: highest priority first.
        wishes: what has to be there.
        constraints: match specs for what need not be there.
        machine: the virtual packages.
        held: records that are kept where that is possible.
        pinned: records that may not change; left out where nothing needs them.
        exclude_newer: builds after this moment do not count, but for those held or pinned.
        strict_priority: whether a package comes from the first channel that has its name.
        limit: for so long an answer is looked for; the largest real one takes 5 s.
    """

    platform: str
    channels: "tuple[ResolvedChannel, ...]"
    wishes: tuple[Wish, ...]
    constraints: tuple[str, ...] = ()
    machine: tuple[VirtualPackage, ...] = ()
    held: tuple[CondaRecord, ...] = ()
    pinned: tuple[CondaRecord, ...] = ()
    exclude_newer: datetime | None = None
    strict_priority: bool = True
    limit: timedelta = timedelta(minutes=5)


class Solution(NamedTuple):
    """Everything that is to be installed, sorted by name."""

    records: tuple[CondaRecord, ...]


class Conflict(NamedTuple):
    """No environment satisfies the problem; `reason` is the solver's account of why."""

    reason: str
