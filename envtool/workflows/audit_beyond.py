"""What an audit asks besides vulnerabilities, as far as a rule wants to know it."""

from typing import NamedTuple

from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.subjects import Subject
from envtool.domain.judge import Selection
from envtool.domain.locks import Lock
from envtool.domain.policy.model import Policy
from envtool.domain.project import Project
from envtool.domain.results import Skip
from envtool.domain.rules import RULES
from envtool.domain.rules.rule import Scope
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Entry
from envtool.ports import FileKind, Tools
from envtool.workflows.audit_material import Material
from envtool.workflows.finder import LOCK_FILES, join

_RECORDS = LOCK_FILES[-1]
_LIMIT = 1 << 28


class Beyond(NamedTuple):
    """The facts with what was found, the locks that record licences, what was not looked at."""

    facts: AuditFacts
    locks: tuple[Lock, ...]
    skipped: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()


def beyond(tools: Tools, material: Material, facts: AuditFacts, selection: Selection) -> Beyond:
    """Signatures, ages, what the channels list, licences; raises as `audit_trust.trust_of`."""
    project = material.project
    if not _is_wanted(selection, project.policy):
        return Beyond(facts, project.locks)
    from envtool.workflows.audit_trust import TrustRequest, trust_lines, trust_of, trusting

    trust = trust_of(
        tools,
        TrustRequest(
            folder=project.root,
            policy=project.policy,
            subjects=material.subjects,
            channels=_channels(project),
            known=_known(tools, material),
            prefixes=material.prefixes,
            standings=facts.standings,
        ),
    )
    found = _licensed(trusting(facts, trust), trust.subjects)
    return Beyond(found, trust.licensed, trust.skipped, trust_lines(found, project.policy))


def _is_wanted(selection: Selection, policy: Policy) -> bool:
    """Whether a rule on something else than vulnerabilities is run."""
    return any(
        rule.scope in {Scope.AUDIT, Scope.EITHER}
        and rule.family != "advisories"
        and selection.wants(rule)
        and policy.severities[rule.id] is not None
        for rule in RULES
    )


def _licensed(facts: AuditFacts, subjects: tuple[Subject, ...]) -> AuditFacts:
    """The facts with the licences that were found."""
    known = {each.key: each for each in subjects}
    standings = (each._replace(subject=known[each.subject.key]) for each in facts.standings)
    return facts._replace(standings=tuple(standings))


def _channels(project: Project) -> tuple[Entry, ...]:
    """In the order of their priority, as the environment files name them, else the lock."""
    for spec in project.specs:
        if spec.channels:
            return tuple(spec.channels)
    return tuple(Entry(name, lock.whole) for lock in project.locks[:1] for name in lock.channels)


def _known(tools: Tools, material: Material) -> dict[str, CondaRecord]:
    """What was recorded when the project was locked, by URL."""
    if material.memory is None:
        return {}
    path = join(material.memory, _RECORDS)
    if tools.files.kind(path) is not FileKind.FILE:
        return {}
    text = tools.files.read(path, _LIMIT).decode("utf-8", "replace")
    platforms = tools.solver().read_records(text)
    return {each.url: each for records in platforms.values() for each in records}
