"""Which vulnerabilities of a package count."""

from collections.abc import Iterable

from envtool.domain.auditing.standing import order
from envtool.domain.auditing.standings import Hit, Standing


def certain(standing: Standing) -> tuple[Hit, ...]:
    """Those that the package has, worst first; what does not matter by a VEX document is none."""
    return tuple(each for each in standing.hits if not each.unconfirmed and not each.suppressed)


def doubtful(standing: Standing) -> tuple[Hit, ...]:
    """Those that it may have, worst first."""
    return tuple(each for each in standing.hits if each.unconfirmed and not each.suppressed)


def worst_first(standings: Iterable[Standing]) -> list[Standing]:
    """Exploited before likely before grave, direct before transitive, with a fix before none."""
    return sorted(standings, key=order)
