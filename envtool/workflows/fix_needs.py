"""Finds the versions that mend vulnerable packages, among those that are offered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from envtool.domain.auditing.fixing import Need, Package, need_of, newer, vulnerable
from envtool.domain.auditing.identify import own_products
from envtool.domain.auditing.sources import Sources
from envtool.domain.auditing.standings import Standing
from envtool.domain.auditing.subjects import Subject
from envtool.domain.solving import CondaRecord
from envtool.ports import Tools
from envtool.workflows.audit import Audited
from envtool.workflows.audit_answers import answers_of
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Held
from envtool.workflows.update_aim import is_young

# So many newer versions of a package are looked up; the fix is among the nearest.
_MOST = 60


class Offer(NamedTuple):
    """What channels have of one package: the newer versions, and their records by platform."""

    standing: Standing
    versions: tuple[str, ...]
    records: dict[str, tuple[CondaRecord, ...]]


class Needs(NamedTuple):
    """What has to move, most urgent first, and what channels have of it."""

    needs: tuple[Need, ...]
    offers: dict[Package, Offer]

    def exempt(self, exact: Mapping[Package, str], newest: datetime | None) -> Held:
        """The records of `exact` versions that are too new to count otherwise, by platform."""
        found: dict[str, tuple[CondaRecord, ...]] = {}
        for package, version in exact.items():
            offer = self.offers.get(package)
            for platform, records in (offer.records if offer else {}).items():
                young = _only_young([e for e in records if e.version == version], newest)
                found[platform] = (*found.get(platform, ()), *young)
        return found


def _only_young(records: Sequence[CondaRecord], newest: datetime | None) -> tuple[CondaRecord, ...]:
    """All builds of a version, when each is too new; else none has to be exempt."""
    if all(is_young(each, newest) for each in records):
        return tuple(records)
    return ()


def needs_of(tools: Tools, inputs: Inputs, audited: Audited, sources: Sources) -> Needs:
    """What of the audited lock has to move, and where to."""
    standings = vulnerable(audited.facts.standings)
    offers = {
        (each.subject.manager, each.subject.name): _offer(tools, inputs, each) for each in standings
    }
    judged = _judged(tools, audited, sources, offers.values())
    needs: dict[Package, Need] = {}
    for each in standings:
        package = (each.subject.manager, each.subject.name)
        versions = newer(each.subject.version, offers[package].versions)
        need = need_of(each, [judged[(*package, version)] for version in versions])
        needs[package] = needs[package].and_(need) if package in needs else need
    return Needs(tuple(needs.values()), offers)


def _offer(tools: Tools, inputs: Inputs, standing: Standing) -> Offer:
    """The versions that all platforms with the package can have.

    An index of pip packages is not listed: there the version that advisories name is the one.
    """
    subject = standing.subject
    if subject.manager == "pip":
        return Offer(standing, tuple(_named(standing)), {})
    platforms = dict.fromkeys(each.platform for each in subject.artifacts)
    channels = inputs.channels.everything
    records = {
        platform: tuple(tools.solver().listed(channels, platform, [subject.name]))
        for platform in platforms
        if platform in inputs.platforms
    }
    versions = [{each.version for each in found} for found in records.values()]
    common = set.intersection(*versions) if versions else set()
    return Offer(standing, newer(subject.version, common)[:_MOST], records)


def _named(standing: Standing) -> Iterator[str]:
    """The versions of which advisories say that they are fixed."""
    fixes = (standing.fixed, *(each.fixed for each in standing.hits))
    yield from newer(standing.subject.version, {each for each in fixes if each})


def _judged(
    tools: Tools, audited: Audited, sources: Sources, offers: Iterable[Offer]
) -> dict[tuple[str, str, str], Standing]:
    """What advisories say of each version that is offered, by manager, name and version."""
    subjects = tuple(_candidates(offers))
    if not subjects:
        return {}
    policy = audited.material.project.policy
    own = own_products(policy.audited_products)
    answers = answers_of(tools, subjects, sources, own)
    return {each.subject.key: each for each in answers.standings}


def _candidates(offers: Iterable[Offer]) -> Iterator[Subject]:
    for offer in offers:
        for version in offer.versions:
            yield offer.standing.subject._replace(version=version)
