"""What an audit says of packages and vulnerabilities, in words."""

from collections.abc import Sequence
from urllib.parse import quote

from envtool.domain.auditing.standings import Hit
from envtool.domain.auditing.subjects import Subject
from envtool.domain.findings import Exposure

# So many vulnerabilities, or packages, are named in a message.
_NAMED = 5
_RARE = 0.001


def called(hit: Hit) -> str:
    """The id that people know it by: the CVE where there is one."""
    return next((each for each in hit.ids if each.startswith("CVE-")), hit.id)


def marks(hit: Hit) -> list[str]:
    """What there is to know of a vulnerability besides its id, the most urgent first."""
    said = []
    if hit.exploitation.known:
        said.append("known to be exploited")
    if hit.exploitation.probability is not None:
        said.append(f"EPSS {percent(hit.exploitation.probability)}")
    if hit.score is not None:
        said.append(f"CVSS {hit.score:.1f}")
    if hit.unconfirmed:
        said.append(hit.unconfirmed)
    elif hit.fixed:
        said.append(f"fixed in {hit.fixed}")
    else:
        said.append("no fix known")
    return said


def percent(probability: float) -> str:
    """A probability, with a digit behind the point where it is small."""
    if probability < _RARE:
        return "< 0.1 %"
    return f"{probability * 100:.{0 if probability >= 0.1 else 1}f} %"  # noqa: PLR2004 - a tenth


def listed(hits: Sequence[Hit]) -> str:
    """The first of `hits`, and how many more there are."""
    shown = ", ".join(f"{called(each)} ({', '.join(marks(each))})" for each in hits[:_NAMED])
    return shown + (f" and {len(hits) - _NAMED} more" if len(hits) > _NAMED else "")


def names(labels: Sequence[str], most: int = _NAMED) -> str:
    """The first of `labels`, and how many more there are."""
    shown = ", ".join(f"`{each}`" for each in labels[:most])
    return shown + (f" and {len(labels) - most} more" if len(labels) > most else "")


def through(subject: Subject) -> str:
    """How a package comes in, behind a message; empty for a direct one, and an unknown way."""
    if len(subject.path) < 2:  # noqa: PLR2004 - both ends
        return ""
    return f", through {' -> '.join(f'`{each}`' for each in subject.path)}"


def url(id_: str) -> str:
    """Where the vulnerability of this id is described."""
    if id_.startswith("CVE-"):
        return f"https://www.cve.org/CVERecord?id={quote(id_, safe='')}"
    return f"https://osv.dev/vulnerability/{quote(id_, safe='')}"


def exposures(hits: Sequence[Hit]) -> tuple[Exposure, ...]:
    """`hits` as a finding has them, worst first."""
    return tuple(
        Exposure(called(each), title(each), tuple(marks(each)), url(called(each)), each.score)
        for each in hits
    )


def title(hit: Hit) -> str:
    """What the vulnerability is, by the first advisory that says so."""
    return next((each.summary for each in hit.advisories if each.summary), "")
