"""CVSS ratings: the base score of a vector."""

from collections.abc import Iterable

from envtool.domain.auditing.advisories import Rating

_LONGEST = 400


def ratings_of(vectors: Iterable[str]) -> tuple[Rating, ...]:
    """What `vectors` say, the newest version of CVSS first; those that are none are left out."""
    found = [each for each in map(_rating, dict.fromkeys(vectors)) if each]
    return tuple(sorted(found, key=lambda each: each.version, reverse=True))


def _rating(vector: str) -> Rating | None:
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    if len(vector) > _LONGEST:
        return None
    start, _, version = vector.partition("/")[0].rpartition(":")
    kind = {"4": CVSS4, "3": CVSS3}.get(version[:1], CVSS3) if start == "CVSS" else CVSS2
    try:
        score = kind(vector).base_score
    except CVSSError:
        return None
    return Rating(vector, float(score), version if start == "CVSS" else "2.0")
