"""Rules on the lock: whether it is there, satisfies the files, and can be trusted."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule
from envtool.domain.specs import Spec

if TYPE_CHECKING:
    from envtool.domain.lock_check import Reason
    from envtool.domain.locks import Lock, LockedPackage

_ARCHIVE = re.compile(r"(?:direct\+)?(?:https?|s3|oci|file)://(?!.*\.git(?:[@#]|$))")


@rule("lock.present", "off", "error", Scope.PROJECT, has_line=False)
def present(project: Project) -> Iterator[Violation]:
    """There is no lock.

    An environment file says what is wanted; a lock says what was installed and tested, package
    by package, for every platform. Without one each install is a new solve, and there is
    nothing to go back to.
    """
    if project.specs and all(lock.isolated for lock in project.locks):
        yield Violation(
            "there is no `conda-lock.yml`",
            project.specs[0].whole,
            fix="make one: `envtool lock`",
        )


@rule("lock.in-sync", "error", "error", Scope.PROJECT)
def in_sync(project: Project) -> Iterator[Violation]:
    """The lock does not satisfy the environment files.

    Somebody changed a file and did not lock again, so what is installed is not what is written.
    Each line that is not met is named, with the platforms and what is locked instead, and so is
    each locked package that nothing asks for anymore; no solver is needed for that. A `pixi.lock`
    is made from another file and not held against these.
    """
    for lock in (each for each in project.locks if not each.isolated):
        from envtool.domain.lock_check import out_of_sync
        from envtool.domain.lock_sync import unfounded

        meant = _meant(project, lock)
        for reason in out_of_sync(lock, meant, project.catalog):
            yield _violation(reason, "lines are not met by the lock")
        for reason in unfounded(lock, meant, project.catalog):
            yield _violation(reason, "locked packages are there, and nothing asks for them")


def _meant(project: Project, lock: "Lock") -> tuple[Spec, ...]:
    """The files that `lock` is for: those that `envtool lock` takes, and those that it names."""
    names = {each.rpartition("/")[2] for each in lock.sources}
    return tuple(
        spec
        for spec in project.specs
        if project.locked is None
        or spec.path in project.locked
        or spec.path.rpartition("/")[2] in names
    )


@rule("lock.inconsistent", "error", "error", has_line=False)
def consistent(project: Project) -> Iterator[Violation]:
    """A locked package contradicts its address, or lacks what it needs.

    A lock is installed as it is, without a solver that would notice: something edited by hand
    or merged badly breaks when it runs. Virtual packages like `__glibc` are looked
    at where it is known what machine the lock is for: pixi writes it down, and for conda-lock
    `virtual-packages.yml` says it.
    """
    for lock in project.locks:
        from envtool.domain.lock_check import inconsistent

        for reason in inconsistent(lock):
            yield _violation(reason, "locked packages contradict the lock")


def _violation(reason: "Reason", summary: str) -> Violation:
    return Violation(
        reason.text,
        reason.place,
        package=reason.package or None,
        fix=reason.fix,
        summary=summary if reason.package else None,
        brief=reason.brief,
        reason=reason.plain or reason.brief,
    )


@rule("lock.complete", "error", "error", has_line=False)
def complete(project: Project) -> Iterator[Violation]:
    """The lock has nothing for a platform that it is for.

    The platforms are those of the lock's own head and of `platforms:` in the environment files;
    a platform without a single package can not be installed. An environment without packages
    is complete, and so is one of pixi, which has platforms of its own.
    """
    for lock in (each for each in project.locks if not each.isolated):
        wanted = dict.fromkeys(lock.platforms)
        for spec in project.specs:
            wanted |= dict.fromkeys(entry.text for entry in spec.platforms)
        there = {package.platform for package in lock.packages}
        for platform in wanted if lock.packages else ():
            if platform not in there:
                message = f"no package is locked for {platform}"
                yield Violation(message, lock.whole, fix=lock.again)


@rule("lock.hashes", "error", "error", has_line=False)
def hashes(project: Project) -> Iterator[Violation]:
    """Packages are locked without any hash.

    Without a hash the lock names an address, and whatever stands there on the day is installed.
    """
    for lock in project.locks:
        bare = [each for each in lock.packages if not each.sha256 and not each.md5]
        # Folders and repositories are no files that could be hashed.
        bare = [each for each in bare if _ARCHIVE.match(each.url)]
        yield from _counted(lock, bare, "have no hash")


@rule("lock.md5-only", "info", "error", has_line=False)
def md5_only(project: Project) -> Iterator[Violation]:
    """Packages are locked by MD5 alone.

    MD5 has been broken since 2004: two files with one MD5 can be made at will. Every channel
    gives SHA-256, too.
    """
    for lock in project.locks:
        weak = [each for each in lock.packages if each.md5 and not each.sha256]
        yield from _counted(lock, weak, "have an MD5 and no SHA-256")


def _counted(lock: "Lock", packages: "list[LockedPackage]", what: str) -> Iterator[Violation]:
    """One finding for all of them, at the first."""
    names = dict.fromkeys(each.name for each in packages)
    if names:
        shown = ", ".join(f"`{name}`" for name in list(names)[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004
        yield Violation(
            f"{len(names)} of {len({each.name for each in lock.packages})} packages {what}:"
            f" {shown}{more}",
            lock.place(packages[0]),
            fix=lock.again,
            reason=f"packages {what}",
            number=len(names),
        )


@rule("lock.same-url-two-hashes", "error", "error", has_line=False)
def same_url_two_hashes(project: Project) -> Iterator[Violation]:
    """One address has two hashes.

    One of the two is wrong, or the file was replaced between two locks; either way one of the
    installs fails or is not what was tested.
    """
    for lock in project.locks:
        seen: dict[str, LockedPackage] = {}
        for package in lock.packages:
            first = seen.setdefault(package.url, package)
            if first.sha256 != package.sha256 and first.sha256 and package.sha256:
                other = f"`{package.name}` has another SHA-256"
                yield Violation(
                    f"{other} in line {first.line}",
                    lock.place(package),
                    package=package.name,
                    version=package.version,
                    fix=lock.again,
                    reason=other,
                )


@rule("lock.conda-pip-duplicate", "warning", "error", has_line=False)
def conda_pip_duplicate(project: Project) -> Iterator[Violation]:
    """One distribution is locked for conda and for pip.

    Both are installed into one folder, the later over the earlier, and neither manager knows.
    conda-lock lets pip win without a word.
    """
    for lock in project.locks:
        conda = {
            (lock.environment(each), project.catalog.distribution(each.name)): each
            for each in lock.packages
            if each.manager == "conda"
        }
        found: dict[str, tuple[LockedPackage, LockedPackage, list[str]]] = {}
        for package in lock.packages:
            name = package.name.replace("_", "-").replace(".", "-")
            other = (
                conda.get((lock.environment(package), name)) if package.manager == "pip" else None
            )
            if other is not None:
                found.setdefault(name, (package, other, []))[2].append(package.platform)
        for package, other, platforms in found.values():
            yield Violation(
                f"`{package.name}` is locked for pip ({package.version}) and for conda"
                f" ({other.version}) on {', '.join(dict.fromkeys(platforms))}",
                lock.place(package),
                package=package.name,
                version=package.version,
                fix="ask for it in one place only, then lock again",
                reason=f"`{package.name}` is locked for pip and for conda",
            )


RULES = (
    present,
    in_sync,
    consistent,
    complete,
    hashes,
    md5_only,
    same_url_two_hashes,
    conda_pip_duplicate,
)
