"""Which vulnerabilities count, and which of them first."""

from collections.abc import Iterable
from math import inf

from envtool.domain.auditing.standings import Hit, Standing, State


def certain(standing: Standing) -> tuple[Hit, ...]:
    """Those that the package has, worst first; what does not matter by a VEX document is none."""
    hits = (each for each in standing.hits if not each.unconfirmed and not each.suppressed)
    return tuple(sorted(hits, key=urgency))


def doubtful(standing: Standing) -> tuple[Hit, ...]:
    """Those that it may have, worst first."""
    hits = (each for each in standing.hits if each.unconfirmed and not each.suppressed)
    return tuple(sorted(hits, key=urgency))


def urgency(hit: Hit) -> tuple[bool, float, float, str]:
    """What vulnerabilities are ordered by: exploited (KEV), likely (EPSS), grave (CVSS)."""
    known, probability = hit.exploitation.known, hit.exploitation.probability
    return (
        not known,
        inf if probability is None else -probability,
        inf if hit.score is None else -hit.score,
        hit.id,
    )


def worst_first(standings: Iterable[Standing]) -> list[Standing]:
    """By their worst vulnerability; then direct before transitive, and with a fix before none."""
    return sorted(standings, key=_rank)


def _rank(standing: Standing) -> tuple[object, ...]:
    hits = certain(standing) or doubtful(standing)
    worst = urgency(hits[0])[:3] if hits else (True, inf, inf)
    has_fix = bool(hits) and all(each.fixed for each in hits)
    return (
        not certain(standing),
        not hits,
        worst,
        not standing.subject.is_direct,
        not has_fix,
        standing.subject.key,
    )


def settled(standing: Standing) -> Standing:
    """The same in the state that its vulnerabilities make, when some of them do not matter."""
    if standing.state is State.NOT_AUDITED:
        return standing
    state = State.UNCONFIRMED if doubtful(standing) else State.NO_KNOWN
    return standing._replace(state=State.VULNERABLE if certain(standing) else state)
