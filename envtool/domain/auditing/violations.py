"""What an audit found out, as the violations of its rules."""

from collections.abc import Iterator, Sequence

from envtool.domain.auditing.coverage import (
    age,
    brief,
    days_old,
    missing,
    not_audited,
    stale,
)
from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.hits import certain, doubtful, worst_first
from envtool.domain.auditing.standing import coverage_of
from envtool.domain.auditing.standings import Hit, Standing
from envtool.domain.auditing.words import called, exposures, listed, names, through
from envtool.domain.findings import Place, Severity, Violation
from envtool.domain.policy.records import Waiver
from envtool.domain.policy.waiving import barred, covers
from envtool.domain.project import Project

# What these know is of use, and says nothing about which package is vulnerable.
_AIDS = frozenset({"kev", "epss", "names"})
_OFFLINE = "fetch it where there is a network: `envtool audit db update`"


def vulnerable(project: Project, facts: AuditFacts, rule: str) -> Iterator[Violation]:
    """A violation for each vulnerable package, and one for what a waiver of its own accepts."""
    lines = _Lines(project)
    for standing in worst_first(facts.standings):
        for advisory, hits in _parts(project, rule, standing, certain(standing)):
            yield _violation(standing, hits, lines)._replace(
                message=f"`{standing.subject.label}` is vulnerable: {listed(hits)}"
                + through(standing.subject),
                fix=_fix(standing, hits, facts),
                most=None if _counts(hits, project.policy.audit_score) else Severity.INFO,
                summary="packages are vulnerable",
                reason=f"`{standing.subject.name}` is vulnerable",
                advisory=advisory,
            )


def unconfirmed(project: Project, facts: AuditFacts, rule: str) -> Iterator[Violation]:
    """The same for what is not certain."""
    lines = _Lines(project)
    for standing in worst_first(facts.standings):
        for advisory, hits in _parts(project, rule, standing, doubtful(standing)):
            yield _violation(standing, hits, lines)._replace(
                message=f"`{standing.subject.label}` may be affected: {listed(hits)}"
                + through(standing.subject),
                fix=f"read them, then waive them: {facts.explain(standing.subject.name)}",
                summary="packages may be affected",
                reason=f"`{standing.subject.name}` may be affected",
                advisory=advisory,
            )


def _violation(standing: Standing, hits: Sequence[Hit], lines: "_Lines") -> Violation:
    subject = standing.subject
    return Violation(
        "",
        subject.place,
        package=subject.name,
        version=subject.version,
        brief=f"{subject.label}: {', '.join(map(called, hits))}",
        listed=lines.of(standing),
        exposures=exposures(hits),
    )


def _counts(hits: Sequence[Hit], least: float) -> bool:
    """Whether one of them is as bad as the policy asks for; what is not known is."""
    return any(
        each.exploitation.known or each.score is None or each.score >= least for each in hits
    )


def _fix(standing: Standing, hits: Sequence[Hit], facts: AuditFacts) -> str:
    """What to do, and what to type where the lock of a project is audited."""
    typed = f"`{facts.fix}`" if facts.fix and standing.subject.place.line > 0 else ""
    if standing.fixed:
        return f"take {standing.fixed} or newer{': ' if typed else ''}{typed}"
    if any(each.fixed for each in hits):
        return f"{typed or 'a newer version'} mends some; of the others no fix is known"
    why = facts.explain(standing.subject.name)
    return f"no fix is known: replace it, or see what it takes: {why}"


class _Lines:
    """Where environment files ask for packages."""

    def __init__(self, project: Project) -> None:
        self._places: dict[str, Place] = {}
        for spec in project.specs:
            for each in project.requirements(spec):
                self._places.setdefault(each.name, each.dependency.place)

    def of(self, standing: Standing) -> Place | None:
        """The line of a direct dependency."""
        return self._places.get(standing.subject.name) if standing.subject.is_direct else None


def _parts(
    project: Project, rule: str, standing: Standing, hits: tuple[Hit, ...]
) -> Iterator[tuple[str | None, tuple[Hit, ...]]]:
    """`hits` by the waivers of single vulnerabilities that name them; then those of no waiver."""
    left = hits
    for waiver in _waivers(project, rule, standing):
        named = waiver.advisory or ""
        meant = tuple(each for each in left if named.upper() in map(str.upper, each.ids))
        if meant:
            yield waiver.advisory, meant
            left = tuple(each for each in left if each not in meant)
    if left:
        yield None, left


def _waivers(project: Project, rule: str, standing: Standing) -> Iterator[Waiver]:
    """The waivers of single vulnerabilities that count today for the package."""
    if barred(project.policy, rule):
        return
    subject = standing.subject
    for waiver in project.policy.waivers:
        if (
            waiver.advisory is not None
            and waiver.expires >= project.today
            and covers(waiver, rule, subject.name, subject.place.path, project.root)
        ):
            yield waiver


def not_covered(project: Project, facts: AuditFacts) -> Iterator[Violation]:
    """One violation when less was audited than is asked for."""
    known, least = coverage_of(facts.standings), project.policy.audit_coverage
    if known.reaches(least):
        return
    left = [each.subject.name for every in not_audited(facts.standings).values() for each in every]
    yield Violation(
        f"{known.percent} % of the packages were audited, and {least} % are asked for:"
        f" not {names(left)}",
        facts.place,
        fix=f"see why: {facts.explain(left[0])}" if left else None,
        reason="fewer packages were audited than are asked for",
        number=known.total - known.audited,
    )


def stale_data(project: Project, facts: AuditFacts, fix: str) -> Iterator[Violation]:
    """One violation for all old data."""
    days = project.policy.audit_age_days
    old = stale(facts.sources, facts.now, days)
    if old:
        told = ", ".join(f"{each.name} {days_old(age(each, facts.now) or 0)}" for each in old)
        yield Violation(
            f"the data of advisories is older than {days} day{'s' if days != 1 else ''}: {told}",
            facts.place,
            fix=fix,
            reason="the data of advisories is old",
        )


def unavailable(facts: AuditFacts) -> Iterator[Violation]:
    """A violation for each source that could not be asked."""
    for each in missing(facts.sources):
        yield Violation(
            f"`{each.name}` could not be asked: {each.error}",
            facts.place,
            fix=_OFFLINE,
            most=Severity.WARNING if each.name in _AIDS else None,
            summary="sources of advisories could not be asked",
            brief=f"{each.name}: {brief(each.error)}",
            reason=f"`{each.name}` could not be asked",
        )
