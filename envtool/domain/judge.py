"""Runs the rules over a project: severities, waivers, masked credentials, one order."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from envtool.domain.findings import Finding, Place, Severity, Violation, Waived
from envtool.domain.policy.records import Waiver
from envtool.domain.policy.waiving import barred, covers
from envtool.domain.project import Project
from envtool.domain.results import Coverage, Skip
from envtool.domain.rules import RULES
from envtool.domain.rules.channels import url_outside_channel
from envtool.domain.rules.rule import Rule, Scope
from envtool.domain.secrets import is_secret_variable, mask


class Selection(NamedTuple):
    """Which rules to run.

    `select` and `ignore` hold ids and families; an empty `select` is every rule. `whole` says
    that all files of the project are there, `alone` that no other project shares its policy.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    whole: bool = True
    alone: bool = True

    def wants(self, rule: Rule) -> bool:
        """Whether the user asked for `rule`."""
        if rule.id in self.ignore or (rule.family in self.ignore and rule.id not in self.select):
            return False
        return not self.select or rule.id in self.select or rule.family in self.select


class Judgement(NamedTuple):
    """What the rules found, how many ran, which could not, and which had little to go by."""

    findings: tuple[Finding, ...]
    rules: int
    skipped: tuple[Skip, ...]
    coverage: tuple[Coverage, ...] = ()


NOT_JUDGED = Judgement((), 0, ())


def judge(project: Project, selection: Selection) -> Judgement:
    """Every finding of the selected rules, in the order of the files, then of the lines.

    Of a project that is, or where there is one, of its prefix, of what its audit found, of what is
    to be committed, or of its services.
    """
    bench = _Bench(project)
    wanted = [
        rule
        for rule in RULES
        if selection.wants(rule)
        and project.policy.severities[rule.id] is not None
        and _is_about(rule, project)
    ]
    obstacles = {rule.id: _obstacle(rule, selection) for rule in wanted}
    possible = [rule for rule in wanted if obstacles[rule.id] is None]
    findings: list[Finding] = []
    for rule in possible:
        if rule.scope is not Scope.LAST:
            findings += bench.run(rule, project)
    last = replace(project, used=frozenset(bench.used))
    for rule in possible:
        if rule.scope is Scope.LAST:
            findings += bench.run(rule, last)
    files = {path: index for index, path in enumerate(dict.fromkeys(_paths(project)))}
    findings.sort(key=lambda each: _position(each, files))
    skipped = [Skip(what=id_, reason=why) for id_, why in obstacles.items() if why]
    skipped += _nameless(project) if url_outside_channel in possible else ()
    families = {rule.family for rule in possible}
    coverage = tuple(_licenses(project)) if "licenses" in families else ()
    return Judgement(tuple(findings), len(possible), tuple(skipped), coverage)


def _is_about(rule: Rule, project: Project) -> bool:
    """Whether `rule` is about what is judged."""
    if project.audit is not None:
        last = rule.scope is Scope.LAST and project.audit.is_whole
        return rule.scope in {Scope.AUDIT, Scope.EITHER} or last
    if project.proposal is not None:
        return rule.scope is Scope.COMMIT
    if project.inspection is not None:
        return rule.scope is Scope.PREFIX
    if project.services is not None:
        return rule.scope is Scope.SERVICE
    return not rule.elsewhere


def _nameless(project: Project) -> Iterator[Skip]:
    """Says so when there is nothing to compare the packages of a lock with."""
    for lock in project.locks:
        from envtool.domain.lock_sources import named_channels

        if lock.packages and not named_channels(lock, project):
            yield Skip(url_outside_channel.id, "a lock names no channel, and no policy does")
            return


def _licenses(project: Project) -> Iterator[Coverage]:
    """How many licences are known, where the policy asks for none and so no rule says it."""
    if project.locks and not project.policy.licenses.ask:
        from envtool.domain.license_records import LicenseRecords

        packages = (each for lock in project.locks for each in lock.foreign())
        known = LicenseRecords(project).known(packages)
        if known.found < known.total:
            yield Coverage("licenses", "licences known", known.found, known.total)


def _obstacle(rule: Rule, selection: Selection) -> str | None:
    """Why `rule` can not be judged; None when it can."""
    if rule.scope in {Scope.PROJECT, Scope.LAST} and not selection.whole:
        return "files were named"
    if rule.scope is Scope.LAST and (selection.select or selection.ignore):
        return "not all rules were run"
    if rule.scope is Scope.LAST and not selection.alone:
        return "other projects may share the policy"
    return None


def _paths(project: Project) -> Iterator[str]:
    yield from (spec.path for spec in project.specs)
    yield from (broken.path for broken in project.broken)
    yield from (lock.path for lock in project.locks)
    if project.dependabot is not None:
        yield project.dependabot.path


def _position(finding: Finding, files: dict[str, int]) -> tuple[int, str, int, int, int]:
    place = finding.place
    rank = finding.severity.rank
    return (files.get(place.path, -1), place.path, rank, place.line, place.column)


class _Bench:
    """Turns violations into findings and remembers which waivers were of use."""

    def __init__(self, project: Project) -> None:
        self.used: set[Waiver | Place] = set()
        self._project = project
        self._lines = {spec.path: spec.lines for spec in project.specs}
        self._lines |= {broken.path: broken.lines for broken in project.broken}
        if project.dependabot is not None:
            self._lines[project.dependabot.path] = project.dependabot.lines
        # Split only when a message shows a line: a lock has a hundred thousand.
        self._texts = {lock.path: lock.text for lock in project.locks} | dict(project.policy_texts)
        self._secrets = frozenset(variable_secrets(project))
        counting = project.ignores if project.policy.inline_ignores else ()
        self._ignores = {
            (each.place.path, each.place.line): each for each in counting if each.counts
        }

    def run(self, rule: Rule, project: Project) -> Iterator[Finding]:
        severity = project.policy.severities[rule.id]
        for violation in rule.check(project) if severity is not None else ():
            yield self._finding(rule, severity or Severity.ERROR, violation)

    def _finding(self, rule: Rule, severity: Severity, violation: Violation) -> Finding:
        return Finding(
            rule=rule.id,
            severity=max(severity, violation.most or severity, key=lambda each: each.rank),
            message=self._masked(violation.message),
            place=violation.place,
            source=self._source(violation.place),
            package=violation.package and self._masked(violation.package),
            version=violation.version and self._masked(violation.version),
            fix=violation.fix and self._masked(violation.fix),
            summary=violation.summary,
            brief=violation.brief and self._masked(violation.brief),
            reason=violation.reason and self._masked(violation.reason),
            number=violation.number,
            waived=None if self._is_barred(rule) else self._waived(rule, violation),
            cause=rule.cause,
            exposures=violation.exposures,
        )

    def _masked(self, text: str) -> str:
        return mask(text, self._secrets)

    def _source(self, place: Place) -> str | None:
        if place.path not in self._lines:
            self._lines[place.path] = tuple(self._texts.get(place.path, "").splitlines())
        lines = self._lines[place.path]
        if not 0 < place.line <= len(lines):
            return None
        return self._masked(lines[place.line - 1])

    def _is_barred(self, rule: Rule) -> bool:
        return bool(barred(self._project.policy, rule.id))

    def _waived(self, rule: Rule, violation: Violation) -> Waived | None:
        for place in (violation.place, violation.listed or violation.place):
            ignore = self._ignores.get((place.path, place.line))
            if ignore is not None and ignore.covers(rule.id):
                self.used.add(ignore.place)
                return Waived(reason=ignore.reason, place=ignore.place)
        for waiver in self._project.policy.waivers:
            if self._covers(waiver, rule, violation) and waiver.expires >= self._project.today:
                self.used.add(waiver)
                return Waived(
                    reason=waiver.reason,
                    place=self._project.waiver_places[waiver],
                    owner=waiver.owner,
                    expires=waiver.expires.isoformat(),
                )
        return None

    def _covers(self, waiver: Waiver, rule: Rule, violation: Violation) -> bool:
        if waiver.advisory is not None and waiver.advisory != violation.advisory:
            return False
        package, path = violation.package, violation.place.path
        return covers(waiver, rule.id, package, path, self._project.root)


def variable_secrets(project: Project) -> Iterable[str]:
    """The credentials that stand under `variables:`."""
    for spec in project.specs:
        for name, value in spec.variables:
            if is_secret_variable(name.text, value.text):
                yield value.text
