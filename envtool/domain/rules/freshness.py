"""Rules on how old packages are, and whether they are still where they came from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.auditing.facts import AuditFacts
    from envtool.domain.auditing.subjects import Subject
    from envtool.domain.auditing.upstream import Upstream

_GONE = (
    ("BROKEN", "was marked as broken by its channel"),
    ("REMOVED", "was removed from its channel"),
)


@rule("freshness.age", "warning", "error", Scope.AUDIT, has_line=False)
def age(project: Project) -> Iterator[Violation]:
    """A build is older than the policy lets it be.

    `freshness.max-age-days` is the limit; without it the rule has nothing to say, and `envtool
    audit` names the oldest build in one line. What has no newer version may be finished, or
    abandoned: the message says which of the two cases it is. Builds whose age nobody states are
    one finding together.
    """
    limit = project.policy.max_age_days
    if limit is None:
        return
    for facts, subject, group in _packages(project):
        built = min((each.built for each in group if each.built is not None), default=None)
        if built is None or (days := (facts.now - built).days) <= limit:
            continue
        is_last = any(each.newest == subject.version for each in group)
        last = "and its channel has no newer version" if is_last else ""
        yield Violation(
            f"`{subject.label}` was built {days} days ago, more than {limit}"
            + (f", {last}" if last else ""),
            subject.place,
            package=subject.name,
            version=subject.version,
            fix="find out whether anybody still maintains it"
            if is_last
            else f"`envtool update {subject.name}`",
            summary=f"packages were built more than {limit} days ago",
            brief=f"{subject.label} ({days} days)",
            reason=f"`{subject.name}` was built more than {limit} days ago",
        )
    yield from _without(project, "built", "the age")


@rule("freshness.majors-behind", "warning", "error", Scope.AUDIT, has_line=False)
def majors_behind(project: Project) -> Iterator[Violation]:
    """A package is further behind its channel than the policy lets it be.

    `freshness.max-majors-behind` is how many there may be up to the newest one of its channel;
    without it the rule has nothing to say. Compared is what the channel has for the same platform,
    without pre-releases; of python, r-base and perl the minor number counts, as for `envtool
    update`. Packages whose channel could not be asked are one finding together.
    """
    limit = project.policy.max_majors_behind
    if limit is None:
        return
    for _, subject, group in _packages(project):
        last = max(group, key=lambda each: each.behind)
        if last.behind > limit:
            versions = "major version" if last.behind == 1 else "major versions"
            yield Violation(
                f"`{subject.label}` is {last.behind} {versions} behind {last.newest}",
                subject.place,
                package=subject.name,
                version=subject.version,
                fix=f"read its migration notes, then `envtool update {subject.name}`",
                summary="packages are too many major versions behind",
                brief=f"{subject.label} ({last.newest})",
                reason=f"`{subject.name}` is more than {limit} major versions behind",
            )
    yield from _without(project, "newest", "the newest version")


@rule("freshness.cooldown", "warning", "warning", Scope.AUDIT, has_line=False)
def cooldown(project: Project) -> Iterator[Violation]:
    """A build is younger than the policy wants it to be.

    What was published with bad intent is mostly found out within days. `updates.cooldown-days`
    keeps `envtool update` from such builds; one that is locked all the same came in otherwise,
    as a security fix perhaps: then waive it until it is old enough.
    """
    days = project.policy.cooldown_days
    for facts, subject, group in _packages(project):
        built = max((each.built for each in group if each.built is not None), default=None)
        if built is not None and (old := max((facts.now - built).days, 0)) < days:
            yield Violation(
                f"`{subject.label}` was built {old} days ago, less than {days}",
                subject.place,
                package=subject.name,
                version=subject.version,
                fix="look at what changed, or go back to the build before",
                summary=f"packages were built less than {days} days ago",
                brief=f"{subject.label} ({old} days)",
                reason=f"`{subject.name}` was built less than {days} days ago",
            )


@rule("freshness.removed-upstream", "warning", "error", Scope.AUDIT, has_line=False)
def removed_upstream(project: Project) -> Iterator[Violation]:
    """A package is not in its channel anymore.

    Whoever keeps the channel took the build back, or moved it to the label `broken`: for a bug, a
    licence, or worse. It can be installed as long as somebody still serves the file, and nobody
    looks after it. Channels that could not be asked are named among what was skipped.
    """
    for _, subject, group in _packages(project):
        for word, what in _GONE:
            gone = [each for each in group if each.presence.name == word]
            if gone:
                yield Violation(
                    f"`{subject.label}`{_build(gone)} {what} (`{gone[0].channel}`)",
                    subject.place,
                    package=subject.name,
                    version=subject.version,
                    fix=f"take another build: `envtool update {subject.name}`",
                    summary=f"packages were {what.partition(' ')[2]}",
                    brief=subject.label,
                    reason=f"`{subject.name}` {what}",
                )


@rule("freshness.archived", "off", "warning", Scope.AUDIT, has_line=False)
def archived(project: Project) -> Iterator[Violation]:
    """Nobody looks after the project behind a package anymore.

    The index of Python projects says that it is archived (no release will come), deprecated
    (something else took its place) or quarantined (it may be malicious): the status markers of
    PEP 792. No channel says anything of the kind, so this is known of Python packages alone. An
    audit asks the index for each of them, which takes a request each: off unless you want it.
    """
    if project.audit is None:
        return
    for standing in project.audit.standings:
        subject, name = standing.subject, standing.identity.project
        status = project.audit.projects.known.get(name or "")
        if name and status is not None and status.state.name != "ACTIVE":
            because = f": {status.reason}" if status.reason else ""
            yield Violation(
                f"`{subject.label}` is a release of `{name}`, which is {status.state}{because}",
                subject.place,
                package=subject.name,
                version=subject.version,
                fix="look for what took its place",
                summary="projects are not looked after anymore",
                brief=f"{subject.label} ({status.state})",
                reason=f"`{name}` is {status.state}",
            )


def _build(group: "list[Upstream]") -> str:
    """The builds, which tell one archive of a version from the next."""
    builds = dict.fromkeys(each.artifact.build for each in group if each.artifact.build)
    return f" ({', '.join(builds)})" if builds else ""


def _without(project: Project, field: str, what: str) -> Iterator[Violation]:
    """One finding for all packages of which something is not known that the policy asks for."""
    every = list(_packages(project))
    silent = [each for each in every if not any(getattr(one, field) for one in each[2])]
    if silent:
        reason = next((each.reason for _, _, group in silent for each in group if each.reason), "")
        yield Violation(
            f"{what} of {len(silent)} of {len(every)} packages is not known"
            + (f": {reason}" if reason else ""),
            silent[0][0].place,
            fix="audit again with the channels in reach"
            if reason
            else "nobody states it: waive this rule, or take the limit out of the policy",
            reason=f"{what} of packages is not known",
            number=len(silent),
        )


def _packages(project: Project) -> "Iterator[tuple[AuditFacts, Subject, list[Upstream]]]":
    """Each package with its archives, and what else was found out."""
    if project.audit is not None:
        from envtool.domain.auditing.upstream import by_subject

        for group in by_subject(project.audit.upstream).values():
            yield project.audit, group[0].subject, group


RULES = (age, majors_behind, cooldown, removed_upstream, archived)
