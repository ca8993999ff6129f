"""What an audit asks besides vulnerabilities: channels, signatures, ages, licences.

`trust_of` is asked once for an audit; what it gives goes into `AuditFacts` by `trusting`, and for
the rules on licences into `Project.locks`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.project_status import ProjectsFound
from envtool.domain.auditing.signatures import (
    Signature,
    SignatureCount,
    SignatureState,
    worst,
)
from envtool.domain.auditing.standings import Standing
from envtool.domain.auditing.subjects import Subject
from envtool.domain.auditing.upstream import Presence, Upstream, by_subject, freshness_lines, is_of
from envtool.domain.installed import Installed
from envtool.domain.locks import Lock
from envtool.domain.policy.model import Policy
from envtool.domain.policy.signatures import signing_of
from envtool.domain.results import Skip
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Entry
from envtool.ports import Tools
from envtool.workflows.audit_licenses import LicenseRequest, completed, licensed_locks
from envtool.workflows.audit_upstream import (
    UpstreamFound,
    UpstreamRequest,
    not_asked,
    upstream_of,
)
from envtool.workflows.signatures import is_asked, signatures_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRequest:
    """What to look at.

    Attributes:
        folder: of the project, with its policy.
        policy: the one in force.
        subjects: the packages.
        channels: in the order of their priority, as the environment files or the lock name them;
            none when no order is known, as for a prefix.
        known: what was recorded of archives when they were locked, by URL: those of
            `recovery/records.lock`.
        prefixes: installed environments that may tell licences.
        standings: who the packages are, for what an index says of the projects behind them.
    """

    folder: str
    policy: Policy
    subjects: tuple[Subject, ...]
    channels: tuple[Entry, ...] = ()
    known: Mapping[str, CondaRecord] = field(default_factory=dict)
    prefixes: tuple[Installed, ...] = ()
    standings: tuple[Standing, ...] = ()


class Trust(NamedTuple):
    """What was found.

    Attributes:
        upstream: for `AuditFacts`.
        signatures: the same.
        signature_count: the same.
        projects: the same.
        subjects: with the licences that were found.
        licensed: the packages as locks that record licences, for `Project.locks`.
        skipped: what could not be looked at, and why.
    """

    upstream: tuple[Upstream, ...]
    signatures: tuple[Signature, ...]
    signature_count: SignatureCount | None
    projects: ProjectsFound
    subjects: tuple[Subject, ...]
    licensed: tuple[Lock, ...]
    skipped: tuple[Skip, ...]


def trust_of(tools: Tools, request: TrustRequest) -> Trust:
    """All that there is to know of the packages besides vulnerabilities.

    A channel that can not be asked is among what was skipped; it is none of the errors. Offline
    the channels are looked at as they were fetched before, and only where the policy demands
    something of them. Raises `EnvtoolError` when settings, credentials or the trust root of the
    policy can not be read.
    """
    asked = UpstreamRequest(
        folder=request.folder,
        policy=request.policy,
        subjects=request.subjects,
        channels=request.channels,
        known=request.known,
    )
    is_offline = tools.desk().machine(tools.files.absolute(request.folder)).settings.offline.value
    is_spared = is_offline and not _demands(request.policy)
    found = not_asked(asked, "this is offline") if is_spared else upstream_of(tools, asked)
    signatures = _signatures(tools, request, found)
    subjects = completed(
        tools, LicenseRequest(request.subjects, found.upstream, request.known, request.prefixes)
    )
    projects = _projects(tools, request) if _wants_projects(request.policy) else ProjectsFound({})
    return Trust(
        upstream=found.upstream,
        signatures=tuple(signatures),
        signature_count=_count(request.policy, found.upstream),
        projects=projects,
        subjects=subjects,
        licensed=licensed_locks(subjects),
        skipped=(*found.skipped, *_unasked(request, projects)),
    )


def trusting(facts: AuditFacts, trust: Trust) -> AuditFacts:
    """What was found out of the packages, with what was found here."""
    return facts._replace(
        upstream=trust.upstream,
        signatures=trust.signatures,
        signature_count=trust.signature_count,
        projects=trust.projects,
    )


def _projects(tools: Tools, request: TrustRequest) -> ProjectsFound:
    """What the index says of the Python projects behind the packages."""
    names = sorted({name for each in request.standings if (name := each.identity.project)})
    if not names:
        return ProjectsFound({})
    return tools.project_index(request.policy.project_index).statuses(names)


def _wants_projects(policy: Policy) -> bool:
    return policy.severities.get("freshness.archived") is not None


def _unasked(request: TrustRequest, projects: ProjectsFound) -> Iterator[Skip]:
    if _wants_projects(request.policy) and request.subjects and not request.standings:
        yield Skip("freshness.archived", "it is not known which projects are behind the packages")
    if projects.unknown:
        total = len(projects.unknown) + len(projects.known)
        reason = next(iter(projects.unknown.values()))
        yield Skip("freshness.archived", f"{len(projects.unknown)} of {total} projects: {reason}")


def _demands(policy: Policy) -> bool:
    """Whether the policy asks for anything that the channels know."""
    limits = (policy.max_age_days, policy.max_majors_behind)
    has_limit = any(each is not None for each in limits) or policy.cooldown_days > 0
    return has_limit or bool(policy.signatures) or policy.licenses.ask


def trust_lines(facts: AuditFacts, policy: Policy) -> tuple[str, ...]:
    """What there is to tell in a line each, besides findings."""
    lines = []
    if facts.signature_count is not None:
        lines.append(str(facts.signature_count))
    if facts.signatures:
        found = worst(facts.signatures)
        verified = sum(each.state is SignatureState.VERIFIED for each in found)
        lines.append(f"signatures: {verified} of {len(found)} packages verified")
    if policy.max_age_days is None and policy.max_majors_behind is None:
        lines += freshness_lines(facts.upstream, facts.now)
    return tuple(lines)


def _signatures(tools: Tools, request: TrustRequest, found: UpstreamFound) -> Iterator[Signature]:
    """One for each archive of a channel that the policy asks for signatures of."""
    records = []
    for each in found.upstream:
        if is_asked(request.policy, each.channel):
            own = _own(each, request.known)
            if own is None or (not own.attestations and each.presence is Presence.UNKNOWN):
                yield _unverified(each, request.policy)
            else:
                records.append(own)
    yield from signatures_of(tools, request.folder, request.policy, records, found.channels)


def _own(each: Upstream, known: Mapping[str, CondaRecord]) -> CondaRecord | None:
    """The record of this very archive, whatever the channel lists today."""
    records = (each.record, known.get(each.artifact.url))
    return next((one for one in records if one is not None and is_of(one, each.artifact)), None)


_WHY = {
    Presence.ALTERED: (SignatureState.INVALID, "its channel lists another file under its name"),
    Presence.UNKNOWN: (SignatureState.RETRIEVAL_FAILED, ""),
}


def _unverified(each: Upstream, policy: Policy) -> Signature:
    nothing = (SignatureState.MISSING, "its channel does not list it")
    state, why = _WHY.get(each.presence, nothing)
    return Signature(
        each.subject.name,
        each.subject.version,
        each.artifact.url,
        each.channel,
        signing_of(policy.signatures, each.channel),
        state,
        why or each.reason,
    )


def _count(policy: Policy, upstream: tuple[Upstream, ...]) -> SignatureCount | None:
    """How many packages their channels say to have signatures of, where nobody asks for them."""
    listed = [each for each in upstream if each.presence is Presence.LISTED]
    if not listed or policy.signatures:
        return None
    groups = by_subject(listed).values()
    signed = [group for group in groups if all(each.is_signed for each in group)]
    return SignatureCount(len(signed), len(groups))
