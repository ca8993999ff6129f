"""`envtool audit`: looks up every package in the advisories on it; runs nothing of any."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from envtool.domain.auditing.coverage import brief, missing
from envtool.domain.auditing.described import described, described_news
from envtool.domain.auditing.described_trust import described_trust
from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.headline import audit_headline
from envtool.domain.auditing.hits import worst_first
from envtool.domain.auditing.identify import own_products
from envtool.domain.auditing.since import Before, described_open, kept, news
from envtool.domain.auditing.sources import Engine, Sources
from envtool.domain.auditing.standing import coverage_of
from envtool.domain.findings import Finding, Severity
from envtool.domain.judge import Judgement, Selection, judge
from envtool.domain.policy.model import Policy
from envtool.domain.policy.records import Profile
from envtool.domain.project import Project
from envtool.domain.results import Failure, Json, Result, Skip
from envtool.domain.rules import RULES
from envtool.domain.rules.rule import Scope
from envtool.errors import ExitCode, UsageError
from envtool.ports import Tools
from envtool.workflows.audit_answers import Answers, answers_of
from envtool.workflows.audit_beyond import Beyond, beyond
from envtool.workflows.audit_material import Material, Wanted, load_material
from envtool.workflows.audit_memory import before_of, remember
from envtool.workflows.audit_vex import Said, with_vex
from envtool.workflows.finder import LOCK_FILE
from envtool.workflows.prefixes import Where
from envtool.workflows.verify import named_rules

_STRICT = ("advisories.not-covered", "advisories.unconfirmed", "advisories.stale-data")
_ALL = 100
_FETCH = "where there is a network: `envtool audit db update`; then `envtool audit --offline`"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to audit, and how.

    Attributes:
        path: a lock, or the folder of a project; None is the project around here.
        now: the moment by which waivers and ages are judged.
        where: the prefix to audit instead of a lock.
        strict: fail on incomplete coverage, old data, and what is in doubt.
        coverage: instead of the policy's own least coverage, in percent.
        fail_on: instead of the policy's own threshold.
        select: ids or families of the only rules to run.
        ignore: ids or families of rules not to run.
        profile: instead of the policy's own.
        policy_from: a git revision or `FILE@sha256:HASH` whose policy judges.
        engine: who looks up what is on PyPI.
        since: a JSON report of the audit to compare with; None is the one of last time.
        vex: VEX documents besides those of the policy.
        keep: whether to keep what is open, for the next time.
    """

    now: datetime
    path: str | None = None
    where: Where | None = None
    strict: bool = False
    coverage: int | None = None
    fail_on: Severity | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: Profile | None = None
    policy_from: str | None = None
    engine: Engine = Engine.ENVTOOL
    since: str | None = None
    vex: tuple[str, ...] = ()
    keep: bool = True


class Audited(NamedTuple):
    """All that an audit found out, before it is judged."""

    material: Material
    facts: AuditFacts
    said: Said
    failures: tuple[Failure, ...] = ()


def audit(tools: Tools, request: AuditRequest) -> Result:
    """Every finding in what `request` names, under the policy of its project.

    A source that can not be asked is a finding, and what only it knows is not audited; an audit
    of nothing is a failure. Raises `EnvtoolError` when there is nothing that could be audited.
    """
    selection = _selection(request)
    found = look_up(tools, request)
    before, notes = before_of(tools, request.since, found.material.memory)
    more = beyond(tools, found.material, found.facts, selection)
    facts = more.facts._replace(is_whole=_is_whole(found, more, request))
    found = found._replace(facts=facts)
    project = replace(found.material.project, audit=facts, locks=more.locks)
    result = _result(found, judge(project, selection), request, before)
    result = replace(result, skipped=(*more.skipped, *result.skipped))
    notes += (*found.material.notes, *found.said.notes, *more.notes)
    if coverage_of(found.facts.standings).audited and request.keep and request.since is None:
        entries = kept(found.facts.standings, before)
        notes += remember(tools, found.material.memory, described_open(entries, request.now))
    return replace(result, notes=(*result.notes, *notes))


def _is_whole(found: Audited, more: Beyond, request: AuditRequest) -> bool:
    """Whether a waiver that covered nothing is of no use: nothing was left out of the project."""
    material = found.material
    is_complete = not (found.failures or material.failures or missing(found.facts.sources))
    # Other projects below may share the policy.
    is_own = material.memory is not None and material.memory == material.project.root
    return is_own and is_complete and not (more.skipped or request.select or request.ignore)


def _selection(request: AuditRequest) -> Selection:
    selection = Selection(named_rules(request.select), named_rules(request.ignore))
    judged = {Scope.AUDIT, Scope.EITHER}
    if not any(each.scope in judged and selection.wants(each) for each in RULES):
        raise UsageError(
            "no rule of an audit is left to run",
            hints=("`envtool explain advisories` lists those on vulnerabilities",),
        )
    return selection


def look_up(tools: Tools, request: AuditRequest) -> Audited:
    """What there is to know about what `request` names."""
    today = request.now.date()
    wanted = Wanted(request.path, request.where, today, request.profile, request.policy_from)
    material = load_material(tools, wanted)
    material = material._replace(project=_demanding(material.project, request))
    policy = material.project.policy
    own = own_products(policy.audited_products)
    sources = Sources.of(policy.audit_sources, request.engine)
    answers = answers_of(tools, material.subjects, sources, own)
    said = with_vex(tools, material, request.vex, answers.standings)
    named = _named(request)
    facts = AuditFacts(
        material.place,
        request.now,
        said.standings,
        answers.sources,
        named=named,
        fix=_fix(material, named),
    )
    failures = (*said.failures, *answers.failures, *_nothing(facts, answers))
    return Audited(material, facts, said, failures)


def _named(request: AuditRequest) -> str:
    """See `AuditFacts.named`."""
    from shlex import join

    path = (request.path,) if request.path and request.path != "." else ()
    return join((*path, *(request.where.words if request.where else ())))


def _fix(material: Material, named: str) -> str:
    """What mends what is audited: only a lock that is made of environment files can be."""
    lock = material.place.path
    is_ours = material.project.specs and posixpath.basename(lock) == LOCK_FILE
    # Without a memory a file was named, and `--fix` takes folders.
    if not is_ours or material.memory is None:
        return ""
    return f"envtool audit {named} --fix" if named else "envtool audit --fix"


def _demanding(project: Project, request: AuditRequest) -> Project:
    """The project under its policy with what is asked for on top."""
    policy = project.policy
    if request.strict:
        errors = dict.fromkeys(_STRICT, Severity.ERROR)
        severities = {**policy.severities, **errors}
        policy = replace(policy, audit_coverage=_ALL, severities=severities)
    if request.coverage is not None:
        policy = replace(policy, audit_coverage=request.coverage)
    return replace(project, policy=policy)


def _nothing(facts: AuditFacts, answers: Answers) -> Iterator[Failure]:
    """An audit that looked at nothing has no answer."""
    if coverage_of(facts.standings).audited or answers.failures:
        return
    if not facts.standings:
        message, hint = f"`{facts.place.path}` holds no package", "audit what has some"
        yield Failure(ExitCode.UNREADABLE, message, facts.place, (hint,))
        return
    failed = missing(facts.sources)
    if failed:
        why = brief(failed[0].error)
        same = [each.name for each in failed if brief(each.error) == why]
        more = f" (and {len(failed) - len(same)} more)" if len(failed) > len(same) else ""
        message = f"{', '.join(same)} could not be asked: {why}{more}"
        yield Failure(ExitCode.UNAVAILABLE, message, facts.place, (_FETCH,))
        return
    message = "no source of advisories knows any of them"
    hints = (f"{facts.explain('PACKAGE')} says who was asked",)
    yield Failure(ExitCode.UNREADABLE, message, facts.place, hints)


def _result(
    found: Audited, judgement: Judgement, request: AuditRequest, before: Before | None
) -> Result:
    facts, policy = found.facts, found.material.project.policy
    # Who looked at nothing can not say what is new, fixed or still open.
    since = before if coverage_of(facts.standings).audited else None
    result = Result(
        command="audit",
        headline="",
        findings=_ordered(judgement.findings, facts),
        failures=(*found.material.failures, *found.failures),
        skipped=(*judgement.skipped, *_coverage(judgement)),
        fail_on=request.fail_on or policy.fail_on,
        data={
            "files": [_file(each, policy) for each in found.material.files],
            "audit": {
                **described(facts),
                "trust": described_trust(facts),
                **described_open(kept(facts.standings, before), request.now),
                "since": described_news(news(since, facts.standings)) if since else None,
            },
        },
    )
    return replace(result, headline=audit_headline(result, facts))


def _file(path: str, policy: Policy) -> Json:
    return {"path": path, "role": "audited", "profile": policy.profile.value}


def _coverage(judgement: Judgement) -> Iterator[Skip]:
    for each in judgement.coverage:
        yield Skip(each.rules, f"{each.what} for {each.known} of {each.total}")


def _ordered(findings: tuple[Finding, ...], facts: AuditFacts) -> tuple[Finding, ...]:
    """The worst vulnerabilities first, then the rest, which keeps its order."""
    packages = (each.subject for each in worst_first(facts.standings))
    ranks = {(each.name, each.version): rank for rank, each in enumerate(packages)}
    last = len(ranks)

    def rank(finding: Finding) -> tuple[bool, int]:
        is_first = finding.rule == "advisories.vulnerable"
        place = ranks.get((finding.package or "", finding.version or ""), last)
        return (not is_first, place if finding.exposures else last)

    # The line of a lock says nothing that the message does not say.
    return tuple(sorted((each._replace(source=None) for each in findings), key=rank))
