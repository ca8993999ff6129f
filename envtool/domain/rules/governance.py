"""Rules on bans, secrets, waivers and the policy itself."""

import fnmatch
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from envtool.conda_versions import InvalidVersion, VersionSpec, is_within
from envtool.domain.composition import allowed_versions
from envtool.domain.findings import Place, Violation
from envtool.domain.policy.records import Ban, Waiver
from envtool.domain.project import Project, Requirement
from envtool.domain.rules.rule import Scope, rule
from envtool.domain.secrets import is_secret_variable, secrets_in
from envtool.domain.specs import Spec

if TYPE_CHECKING:
    from envtool.domain.locks import Lock, LockedPackage


@rule("bans.deny", "error", "error")
def deny(project: Project) -> Iterator[Violation]:
    """A package is listed, or locked, that the policy bans.

    `[[bans]]` in the policy names a package (or a pattern), the versions that are banned
    (without them: all), the reason, and what to use instead. A dependency is reported when
    every version that it allows is banned; ranges that leave a way out are the solver's. What
    came in through another package is reported at its line of the lock.
    """
    listed: set[str] = set()
    for spec in project.specs:
        for requirement in project.requirements(spec):
            for ban in project.policy.bans:
                if _is_banned(requirement, ban):
                    listed.add(requirement.name)
                    yield Violation(
                        f"`{requirement.dependency.text}` is banned: {ban.reason}",
                        requirement.dependency.place,
                        package=requirement.name,
                        version=ban.versions,
                        fix=ban.instead or f"remove `{requirement.name}`",
                    )

    for lock in project.locks:
        for package, ban in _locked(lock, project.policy.bans):
            if package.name not in listed:
                yield Violation(
                    f"`{package.name} {package.version}` is locked and banned: {ban.reason}",
                    lock.place(package),
                    package=package.name,
                    version=package.version,
                    fix=ban.instead or f"ask for a release without it, then {lock.again}",
                    reason=f"`{package.name}` is locked and banned: {ban.reason}",
                )


def _locked(lock: "Lock", bans: tuple[Ban, ...]) -> "Iterator[tuple[LockedPackage, Ban]]":
    """The banned packages of `lock`, each version once."""
    if not bans:
        return
    versions: dict[str, dict[str, LockedPackage]] = {}
    for package in lock.packages:
        versions.setdefault(package.name, {}).setdefault(package.version, package)
    for ban in bans:
        pattern = ban.package.lower()
        wanted = VersionSpec(ban.versions) if ban.versions else None
        for name in fnmatch.filter(versions, pattern):
            for version, package in versions[name].items():
                if wanted is None or _matches(wanted, version):
                    yield package, ban


def _matches(wanted: VersionSpec, version: str) -> bool:
    try:
        return wanted.matches(version)
    except InvalidVersion:
        return False


def _is_banned(requirement: Requirement, ban: Ban) -> bool:
    if not fnmatch.fnmatchcase(requirement.name, ban.package.lower()):
        return False
    if ban.versions is None:
        return True
    has = allowed_versions(requirement.dependency)
    return has is not None and is_within(has, VersionSpec(ban.versions))


@rule("secrets.token-in-url", "error", "error")
def token_in_url(project: Project) -> Iterator[Violation]:
    """A URL in the file holds a token or a password.

    It is in the history of the repository for good. Replace the credential at the server
    first; then refer to it: pip expands `${TOKEN}` in requirement lines. The credential
    itself is never printed. (Channel URLs are `channels.credential`.)
    """
    for spec in project.specs:
        lines = [(each.text, each.place) for each in spec.pip]
        lines += [(each.text, each.place) for each in spec.dependencies if not each.spec.channel]
        # What conda or pip could not read may hold one, too.
        lines += [(_line(spec, each.place), each.place) for each in spec.problems]
        for text, place in lines:
            if secrets_in(text):
                yield Violation(
                    f"`{text}` holds a credential",
                    place,
                    fix="replace it at the server, then write `${TOKEN}` in its place",
                )


def _line(spec: Spec, place: Place) -> str:
    return spec.lines[place.line - 1].strip("- ") if 0 < place.line <= len(spec.lines) else ""


@rule("secrets.secret-in-variables", "error", "error")
def secret_in_variables(project: Project) -> Iterator[Violation]:
    """A variable of the environment holds a credential.

    conda writes `variables:` in clear into the prefix and sets them for every program that
    runs there. Keep secrets in the service's own configuration, in a file that is named by a
    variable (`..._FILE`), or in a secret store. The value is never printed.
    """
    for spec in project.specs:
        for name, value in spec.variables:
            if is_secret_variable(name.text, value.text):
                yield Violation(
                    f"the variable `{name.text}` holds a credential",
                    value.place,
                    fix=f"replace it where it was issued, then delete `{name.text}` here",
                )


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
    the next one. An inline ignore also has to say which rules and why:
    `# envtool: ignore[pins.direct] pinned by the image`.
    """
    for waiver, place in _waivers(project):
        if waiver.expires >= project.today and waiver not in project.used:
            yield Violation(
                f"the waiver of {waiver} covers no finding",
                place,
                package=waiver.package,
                fix="delete it",
            )
    for ignore in project.ignores:
        if not ignore.counts:
            message = "this ignore does not count: it has to name its rules and a reason"
            fix = "write `# envtool: ignore[family.rule] reason`"
            yield Violation(message, ignore.place, fix=fix)
        elif ignore.place not in project.used:
            names = ", ".join(ignore.rules)
            yield Violation(f"`ignore[{names}]` covers no finding", ignore.place, fix="delete it")


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
    deny,
    token_in_url,
    secret_in_variables,
    expired,
    expires_soon,
    unused,
    too_long,
    weakened,
    unknown_key,
)
