"""Which versions of a vulnerable package are worth to be tried, the least change first."""

from collections.abc import Iterable
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, Version
from envtool.domain.auditing.hits import certain, doubtful
from envtool.domain.auditing.standings import Hit, Standing, State
from envtool.domain.auditing.subjects import Subject

# Manager and name.
Package = tuple[str, str]


class Need(NamedTuple):
    """A package that has to move.

    Attributes:
        standing: what is wrong with it.
        versions: those to try, the nearest first; none when no version mends anything.
        remaining: of each version the ids of what it does not mend.
        reason: why there is none to try.
    """

    standing: Standing
    versions: tuple[str, ...] = ()
    remaining: dict[str, frozenset[str]] = {}  # noqa: RUF012 - never written to
    reason: str = ""

    @property
    def subject(self) -> Subject:
        """The package as it is."""
        return self.standing.subject

    @property
    def package(self) -> Package:
        """Its manager and name."""
        return (self.subject.manager, self.subject.name)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """What is to be mended, worst first."""
        return certain(self.standing)

    def and_(self, other: "Need") -> "Need":
        """This, and the same package as other platforms have it: one version for all."""
        versions = tuple(each for each in self.versions if each in other.versions)
        remaining = {each: self.remaining[each] | other.remaining[each] for each in versions}
        reason = "" if versions else "no version mends it on all platforms"
        return Need(self.standing, versions, remaining, reason)

    def mended(self, version: str) -> tuple[str, ...]:
        """The ids of what `version` mends."""
        left = self.remaining.get(version, frozenset())
        return tuple(each.id for each in self.hits if each.id not in left)


def vulnerable(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """What has to move: packages with a vulnerability that is certain."""
    return tuple(each for each in standings if each.state is State.VULNERABLE)


def newer(version: str, offered: Iterable[str]) -> tuple[str, ...]:
    """The versions above `version` in conda's order, the nearest first.

    What is safe is for advisories to say, in their order; this one is that of the solver.
    """
    try:
        present = Version(version)
    except InvalidVersion:
        return ()
    readable = {each: parsed for each in offered if (parsed := _parsed(each)) is not None}
    above = [each for each, parsed in readable.items() if parsed > present]
    return tuple(sorted(above, key=lambda each: readable[each]))


def _parsed(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def need_of(standing: Standing, candidates: Iterable[Standing]) -> Need:
    """The versions to try of a package: `candidates` are its newer versions, the nearest first.

    Those that mend everything go first; where none does those that mend the most. What brings a
    vulnerability that the package does not have now is none.
    """
    before = {each.id for each in certain(standing)}
    open_ = {each.id for each in (*certain(standing), *doubtful(standing))}
    remaining: dict[str, frozenset[str]] = {}
    for each in candidates:
        left = {hit.id for hit in certain(each)}
        doubts = {hit.id for hit in doubtful(each)}
        if left < before and doubts <= open_ and each.state is not State.NOT_AUDITED:
            remaining[each.subject.version] = frozenset(left)
    versions = tuple(sorted(remaining, key=lambda each: len(remaining[each])))
    reason = "" if versions else "no newer version that is offered mends it"
    return Need(standing, versions, remaining, reason)
