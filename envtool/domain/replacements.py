"""What can take the place of a build that its channel does not have anymore."""

from collections.abc import Iterable
from itertools import takewhile

from envtool.conda_versions import Version
from envtool.domain.solving import CondaRecord
from envtool.domain.wish_fit import nearest


def replacement(record: CondaRecord, listed: Iterable[CondaRecord]) -> CondaRecord | None:
    """The nearest of `listed` to `record`, which is not to be had; None when nothing is like it.

    Another build of the version first, then the next patch of `X.Y`, then the next version of
    `X`, then any; an older one only where there is no newer one. Of several builds that which is
    called most like the old one, for its name says what it was built for; then the last.
    """
    others = [each for each in listed if each.name == record.name and each.url != record.url]
    parts = record.version.split(".")
    for series in (record.version, ".".join(parts[:2]), parts[0], ""):
        near = [each for each in others if _is_of(each, series, record.version)]
        if near:
            below, above = nearest(record.version, near)
            builds = [each for each in near if each.version == (above or below)]
            return max(builds, key=lambda each: _likeness(record, each))
    return None


def _is_of(record: CondaRecord, series: str, version: str) -> bool:
    if series == version:
        return record.version == version
    return not series or Version(record.version).starts_with(Version(series))


def _likeness(record: CondaRecord, other: CondaRecord) -> tuple[int, int]:
    pairs = zip(record.build, other.build, strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return alike, other.timestamp or 0
