"""The vulnerabilities of one package: the advisories on it, folded by their aliases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.matching import Verdict, verdict
from envtool.domain.auditing.standings import Exploitation, Hit
from envtool.domain.auditing.versions import Key, key_of, release_of

# Which of the ids of a vulnerability it is called by, best first.
_PREFIXES = ("CVE-", "PYSEC-", "GHSA-")
_PYPI_PREFIXES = ("PYSEC-", "CVE-", "GHSA-")


class _Judged(NamedTuple):
    """What one advisory says of the version."""

    advisory: Advisory
    coordinate: Coordinate
    verdict: Verdict

    @property
    def rank(self) -> tuple[bool, bool]:
        """Those that stand before the withdrawn ones, the certain before those in doubt."""
        return (self.advisory.withdrawn is not None, bool(self.verdict.doubt))

    @property
    def doubt(self) -> str:
        """Why it is not certain; empty when it is."""
        if self.advisory.withdrawn:
            return f"withdrawn on {self.advisory.withdrawn:%Y-%m-%d}"
        return self.verdict.doubt


def hits_of(
    version: str,
    answers: Mapping[Coordinate, Sequence[Advisory]],
    exploitation: Mapping[str, Exploitation],
    part: str = "",
) -> tuple[Hit, ...]:
    """The vulnerabilities of a package in `version`, worst first.

    `answers` are all advisories on each product that it is; of a native one it may be a `part`
    only, and whether that has what is found in the product is not known. An advisory that was
    withdrawn counts only where none that stands is about the same vulnerability.
    """
    judged = [
        _Judged(each, coordinate, _partly(verdict(each, coordinate, version), coordinate, part))
        for coordinate, advisories in answers.items()
        for each in advisories
    ]
    if not any(each.verdict.is_hit for each in judged):
        return ()
    found = (_hit(group, version, exploitation) for group in _groups(judged))
    return tuple(sorted((each for each in found if each), key=urgency))


def _partly(judged: Verdict, coordinate: Coordinate, part: str) -> Verdict:
    """The same of what is only a `part` of the product, if it is."""
    if not part or coordinate.ecosystem is Ecosystem.PYPI or not _is_certain(judged):
        return judged
    doubt = f"the advisory is about all of {coordinate.name}, and this is only the {part}"
    return Verdict(is_hit=True, doubt=doubt)


def urgency(hit: Hit) -> tuple[bool | float | str, ...]:
    """What hits are sorted by: certain, exploited, likely to be, severe, with a fix."""
    known, _, probability = hit.exploitation
    return (
        bool(hit.suppressed),
        bool(hit.unconfirmed),
        not known,
        -(probability or 0.0),
        -(hit.score or 0.0),
        hit.fixed is None,
        hit.id,
    )


def _groups(judged: Sequence[_Judged]) -> Iterable[list[_Judged]]:
    """The advisories that share an id, directly or over others; each in the order given."""
    parents: dict[str, str] = {}
    for each in judged:
        for alias in each.advisory.aliases:
            parents[_root(parents, alias)] = _root(parents, each.advisory.id)
    groups: dict[str, list[_Judged]] = {}
    for each in judged:
        groups.setdefault(_root(parents, each.advisory.id), []).append(each)
    return groups.values()


def _root(parents: dict[str, str], name: str) -> str:
    """The id that stands for all that `name` is joined with."""
    while (parent := parents.setdefault(name, name)) != name:
        parents[name] = parents[parent]
        name = parent
    return name


def _hit(
    group: Sequence[_Judged], version: str, exploitation: Mapping[str, Exploitation]
) -> Hit | None:
    hits = sorted((each for each in group if each.verdict.is_hit), key=lambda each: each.rank)
    if not hits:
        return None
    if hits[0].advisory.withdrawn:
        if any(each.advisory.withdrawn is None for each in group):
            # One that stands is about it, and says that this version is not affected.
            return None
    else:
        hits = [each for each in hits if each.advisory.withdrawn is None]
    advisories = tuple(each.advisory for each in hits)
    coordinate = hits[0].coordinate
    return Hit(
        id=_id(advisories, coordinate),
        advisories=advisories,
        coordinate=coordinate,
        unconfirmed=hits[0].doubt,
        fixed=next(_fixes(version, coordinate, advisories), None),
        score=max((each.score for one in advisories for each in one.ratings), default=None),
        exploitation=_exploitation(advisories, exploitation),
    )


def _id(advisories: Sequence[Advisory], coordinate: Coordinate) -> str:
    """The id by which a vulnerability is called; see `Hit.id`."""
    is_python = coordinate.ecosystem is Ecosystem.PYPI
    prefixes = _PYPI_PREFIXES if is_python else _PREFIXES
    names = sorted({name for each in advisories for name in (each.id, *each.aliases)})
    found = (name for prefix in prefixes for name in names if name.startswith(prefix))
    return next(found, advisories[0].id)


def _exploitation(
    advisories: Iterable[Advisory], exploitation: Mapping[str, Exploitation]
) -> Exploitation:
    """The worst of what is known of the CVEs."""
    found = [exploitation[cve] for each in advisories for cve in each.cves if cve in exploitation]
    return Exploitation(
        any(each.known for each in found),
        min((each.due for each in found if each.due), default=None),
        max((each.probability for each in found if each.probability is not None), default=None),
    )


def fix_of(
    version: str, hits: Sequence[Hit], answers: Mapping[Coordinate, Sequence[Advisory]]
) -> str | None:
    """The lowest version above `version` that mends all `hits` and is affected by nothing else.

    Only versions that an advisory calls fixed are known. None when there is no such version,
    or the hits are of several products.
    """
    coordinates = {each.coordinate for each in hits}
    if len(coordinates) != 1:
        return None
    coordinate = coordinates.pop()
    standing = [each for each in answers[coordinate] if each.withdrawn is None]
    return next(_fixes(version, coordinate, standing), None)


def _fixes(version: str, coordinate: Coordinate, advisories: Sequence[Advisory]) -> Iterator[str]:
    """The versions above `version` that one of `advisories` calls fixed, and none affected."""
    keys: dict[str, Key] = {}
    for each in (one for advisory in advisories for one in advisory.affected):
        if each.coordinate == coordinate:
            present = key_of(each.scheme, version)
            ends = {release_of(each.scheme, span.fixed) for span in each.spans if span.fixed}
            for fixed in ends:
                key = key_of(each.scheme, fixed)
                if present is not None and key is not None and key > present:
                    keys[fixed] = key
    against: Sequence[Advisory] = ()
    for fixed in sorted(keys, key=keys.__getitem__):
        # What is about one version is about the next ones, most often, and is asked first.
        affected = (
            each
            for each in chain(against, advisories)
            if _is_certain(verdict(each, coordinate, fixed))
        )
        against = tuple(islice(affected, 1))
        if not against:
            yield fixed


def _is_certain(judged: Verdict) -> bool:
    return judged.is_hit and not judged.doubt
