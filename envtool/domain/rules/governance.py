"""Rules on bans and secrets."""

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.conda_versions import InvalidVersion, VersionSpec, is_within
from envtool.domain.composition import allowed_versions
from envtool.domain.findings import Place, Violation
from envtool.domain.policy.records import Ban
from envtool.domain.project import Project, Requirement
from envtool.domain.rules.rule import rule
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

    seen: set[tuple[str, str, Ban]] = set()
    for lock in project.locks:
        for package, ban in _locked(lock, project.policy.bans):
            found = (package.name, package.version, ban)
            # The records beside a lock hold the same packages once more.
            is_new = not (lock.is_records and found in seen)
            seen.add(found)
            if is_new and package.name not in listed:
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


RULES = (deny, token_in_url, secret_in_variables)
