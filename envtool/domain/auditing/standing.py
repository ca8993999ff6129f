"""What an audit says: one standing for each package, and how much could be audited."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from envtool.domain.auditing.identify import NO_SOURCE
from envtool.domain.auditing.identity import Certainty, Coordinate, Identity
from envtool.domain.auditing.standings import Hit, Lookup, Standing, State
from envtool.domain.auditing.subjects import Subject
from envtool.domain.auditing.vulnerabilities import fix_of, hits_of, urgency

_PERCENT = 100


class Coverage(NamedTuple):
    """How much could be audited.

    Attributes:
        audited: packages that a source was asked about and answered.
        total: all packages.
        guessed: those of the audited ones that are known by a guess.
        reasons: why others were not, and how many; the most frequent first.
    """

    audited: int
    total: int
    guessed: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def percent(self) -> int:
        """How much of it in percent, rounded down: 100 is all of it."""
        return self.audited * _PERCENT // self.total if self.total else 0

    def reaches(self, percent: int) -> bool:
        """Whether it is as much as `percent` of all."""
        return self.audited * _PERCENT >= percent * self.total

    def __str__(self) -> str:
        """As headlines have it."""
        return f"audited {self.audited} of {self.total} package{'s' if self.total != 1 else ''}"


def standings_of(
    packages: Iterable[tuple[Subject, Identity]], lookup: Lookup
) -> tuple[Standing, ...]:
    """What `lookup` says of each package, worst first."""
    errors = {each.name: each.error for each in lookup.sources}
    found = (_standing(subject, identity, lookup, errors) for subject, identity in packages)
    return tuple(sorted(found, key=order))


def with_hits(standing: Standing, hits: Sequence[Hit]) -> Standing:
    """`standing` with `hits` in place of its own, of which some may be suppressed now."""
    counted = [each for each in hits if not each.suppressed]
    if any(not each.unconfirmed for each in counted):
        state = State.VULNERABLE
    elif counted:
        state = State.UNCONFIRMED
    else:
        state = State.NOT_AUDITED if standing.reason else State.NO_KNOWN
    return standing._replace(state=state, hits=tuple(sorted(hits, key=urgency)))


def coverage_of(standings: Sequence[Standing]) -> Coverage:
    """How much of what `standings` are about could be audited."""
    left = [each for each in standings if each.state is State.NOT_AUDITED]
    reasons = Counter(map(kind, left))
    guessed = sum(
        each.identity.certainty is Certainty.GUESSED and each.state is not State.NOT_AUDITED
        for each in standings
    )
    return Coverage(
        len(standings) - len(left),
        len(standings),
        guessed,
        tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )


def kind(standing: Standing) -> str:
    """Why it was not audited, without the name of the product."""
    no_source = standing.reason.startswith(NO_SOURCE)
    return f"{NO_SOURCE} them" if no_source else standing.reason


def _standing(
    subject: Subject, identity: Identity, lookup: Lookup, errors: Mapping[str, str]
) -> Standing:
    reason = identity.reason if subject.version else "its version is not recorded"
    if reason:
        return Standing(subject, identity, State.NOT_AUDITED, reason=reason)
    answers = {
        each: lookup.advisories[each] for each in identity.coordinates if each in lookup.advisories
    }
    hits = hits_of(subject.version, answers, lookup.exploitation, identity.part)
    certain = [each for each in hits if not each.unconfirmed]
    missing = next((each for each in identity.coordinates if each not in answers), None)
    plain = Standing(
        subject,
        identity,
        State.NO_KNOWN,
        reason=_unanswered(missing, errors) if missing else "",
        fixed=fix_of(subject.version, certain, answers),
    )
    return with_hits(plain, hits)


def _unanswered(coordinate: Coordinate, errors: Mapping[str, str]) -> str:
    source = coordinate.ecosystem.source
    error = errors.get(source)
    return f"`{source}` gave no answer: {error}" if error else f"`{source}` gave no answer"


def order(standing: Standing) -> tuple[object, ...]:
    """What standings are sorted by, worst first.

    What is exploited and severe, direct before transitive, what can be mended before what not.
    """
    worst = urgency(standing.hits[0])[:-2] if standing.hits else ()
    subject = standing.subject
    return (
        _RANKS[standing.state],
        worst,
        not subject.is_direct,
        standing.fixed is None,
        subject.name,
        subject.manager,
        subject.version,
    )


_RANKS = {state: rank for rank, state in enumerate(State)}
