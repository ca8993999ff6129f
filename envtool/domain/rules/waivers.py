"""Rules on waivers and on the policy itself."""

from collections.abc import Iterator
from datetime import date, timedelta

from envtool.domain.findings import Place, Violation
from envtool.domain.ignores import Ignore
from envtool.domain.policy.records import Waiver
from envtool.domain.policy.shapes import closest
from envtool.domain.policy.waiving import barred
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule


@rule("waivers.expired", "warning", "error")
def expired(project: Project) -> Iterator[Violation]:
    """A waiver has run out, and its findings count again.

    A waiver counts up to and including its day `expires`. Mend what it covered, or decide
    anew and give it a later day.
    """
    for waiver, place in _waivers(project):
        if waiver.expires < project.today:
            yield Violation(
                f"the waiver of {waiver} expired on {waiver.expires}",
                place,
                package=waiver.package,
                fix=f"mend it, or ask {waiver.owner} for a new day",
            )


@rule("waivers.expires-soon", "info", "warning")
def expires_soon(project: Project) -> Iterator[Violation]:
    """A waiver is about to run out.

    How long before is set in the policy under `waiving.notice-days`.
    """
    limit = _later(project.today, project.policy.waiver_notice_days)
    for waiver, place in _waivers(project):
        if project.today <= waiver.expires <= limit:
            yield Violation(
                f"the waiver of {waiver} ends on {waiver.expires}",
                place,
                package=waiver.package,
                fix=f"mend it, or ask {waiver.owner} for a new day",
            )


@rule("waivers.unused", "warning", "error", Scope.LAST)
def unused(project: Project) -> Iterator[Violation]:
    """A waiver or an inline ignore covers nothing.

    The finding is gone, or the rule, package or path is misspelled; what is left would hide
    the next one. An inline ignore stands at the end of its line, and says which rules and why:
    `# envtool: ignore[pins.direct] pinned by the image`.
    """
    for waiver, place in _waivers(project):
        if (
            waiver.expires >= project.today
            and waiver not in project.used
            and waiver.rule not in barred(project.policy, waiver.rule)
            and _is_judged(waiver.rule, project)
        ):
            yield Violation(
                f"the waiver of {waiver} covers no finding",
                place,
                package=waiver.package,
                fix="delete it",
            )
    for ignore in project.ignores if project.audit is None else ():
        yield from _idle(project, ignore)


def _is_judged(name: str, project: Project) -> bool:
    """Whether it can be told that nothing of the rule or family `name` was found.

    Some rules are judged by files, and others by a prefix or by an audit alone.
    """
    from envtool.domain.rules import RULES

    meant = [each for each in RULES if name in {each.id, each.family}]
    if project.audit is not None:
        return bool(meant) and all(each.scope is Scope.AUDIT for each in meant)
    return not meant or not all(each.elsewhere for each in meant)


def _idle(project: Project, ignore: Ignore) -> Iterator[Violation]:
    """What keeps an inline ignore from covering anything."""
    ids = tuple(project.policy.severities)
    known = (*ids, *dict.fromkeys(each.partition(".")[0] for each in ids))
    named = [each for each in ignore.rules if each in known]
    if not ignore.counts:
        message = "this ignore does not count: it has to name its rules and a reason"
        yield Violation(message, ignore.place, fix="write `# envtool: ignore[family.rule] reason`")
        return
    for each in ignore.rules:
        if each not in known:
            fix = closest(each, known) or "`envtool explain` lists all rules"
            yield Violation(f"this ignore names no rule: `{each}`", ignore.place, fix=fix)
    if ignore.is_alone:
        message = "this ignore stands on a line of its own, where it covers nothing"
        yield Violation(message, ignore.place, fix="put it at the end of the line that it is for")
    elif ignore.place not in project.used and any(
        each not in barred(project.policy, each) and _is_judged(each, project) for each in named
    ):
        message = f"`ignore[{', '.join(named)}]` covers no finding"
        yield Violation(message, ignore.place, fix="delete it")


@rule("waivers.too-long", "warning", "error")
def too_long(project: Project) -> Iterator[Violation]:
    """A waiver runs longer than the policy lets it.

    A waiver is for now. The longest time is set under `waiving.max-days`.
    """
    limit = _later(project.today, project.policy.waiver_days)
    for waiver, place in _waivers(project):
        if waiver.expires > limit:
            yield Violation(
                f"the waiver of {waiver} runs until {waiver.expires}, more than"
                f" {project.policy.waiver_days} days",
                place,
                package=waiver.package,
                fix=f"end it on {limit} or before",
            )


@rule("waivers.not-allowed", "error", "error")
def not_allowed(project: Project) -> Iterator[Violation]:
    """A waiver, or an inline ignore, is for a rule that nobody may waive.

    It does not count. `waiving.never` in the policy names such rules and families; in a shared
    policy it binds every project that extends it. What the families `waivers` and `policy` find
    can never be waived.
    """
    for waiver, place in _waivers(project):
        for rule_ in barred(project.policy, waiver.rule):
            what = f"the waiver of {waiver}"
            yield _barred(what, rule_, place, is_whole=rule_ == waiver.rule)
    for ignore in project.ignores:
        for name in ignore.rules if ignore.counts else ():
            for rule_ in barred(project.policy, name):
                yield _barred(f"`ignore[{name}]`", rule_, ignore.place, is_whole=rule_ == name)


def _barred(what: str, rule_: str, place: Place, *, is_whole: bool) -> Violation:
    if is_whole:
        message = f"{what} does not count: nobody may waive that"
        return Violation(message, place, fix="delete it, and mend what it is for")
    message = f"{what} does not count for `{rule_}`: nobody may waive that"
    return Violation(message, place, fix="name the rules of the family that it is for")


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days) if days < (date.max - day).days else date.max


def _waivers(project: Project) -> Iterator[tuple[Waiver, Place]]:
    for waiver in project.policy.waivers:
        yield waiver, project.waiver_places[waiver]


@rule("policy.weakened", "error", "error")
def weakened(project: Project) -> Iterator[Violation]:
    """The policy permits what the one above it does not.

    Reported when a policy that `extends` a shared one loosens it (the stricter value stays in
    force), and under `--policy-from` when the policy in the checkout is weaker than the one
    that judges: a change may not soften the policy that it is judged by.
    """
    yield from project.weakened


@rule("policy.unknown-key", "error", "error")
def unknown_key(project: Project) -> Iterator[Violation]:
    """The policy has a key, or names a rule, that does not exist.

    A misspelled key would silently demand nothing, so it fails.
    """
    yield from project.unknown_keys


RULES = (
    expired,
    expires_soon,
    unused,
    too_long,
    not_allowed,
    weakened,
    unknown_key,
)
