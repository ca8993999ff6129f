"""Rules on the licences of locked packages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.license_check import LockedLicense

_LOOK = "let `envtool audit` look them up"
_REACH = "audit again with the channels in reach"
_STATE = "state it in the policy under `licenses.packages`"


@rule("licenses.deny", "error", "error", Scope.EITHER, has_line=False)
def deny(project: Project) -> Iterator[Violation]:
    """A locked package has a licence that the policy denies.

    `licenses.deny` names SPDX identifiers, or patterns like `AGPL-*`. Where a package offers a
    choice (OR) one licence that is fine is enough; where several hold at once (AND) each has to
    be. A licence with an exception is judged as the licence itself, unless a pattern names the
    exception: `allow = ["GPL-3.0-only WITH GCC-exception-3.1"]`.
    """
    for each in _judged(project, "DENIED"):
        yield _violation(
            each, f"which the policy denies{_by(each)}", f"replace `{each.package.name}`"
        )


@rule("licenses.review", "warning", "error", Scope.EITHER, has_line=False)
def review(project: Project) -> Iterator[Violation]:
    """A locked package has a licence that somebody has to look at.

    `licenses.review` names them. A waiver with reason and owner says that somebody did.
    """
    for each in _judged(project, "REVIEW"):
        fix = f"look at its terms, then waive `licenses.review` for `{each.package.name}`"
        yield _violation(each, f"which the policy wants reviewed{_by(each)}", fix)


@rule("licenses.not-allowed", "error", "error", Scope.EITHER, has_line=False)
def not_allowed(project: Project) -> Iterator[Violation]:
    """A locked package has a licence that the policy does not allow.

    With `licenses.allow` in the policy everything that it does not name is refused, unless
    `licenses.review` names it. Without that list the rule has nothing to say.
    """
    for each in _judged(project, "NOT_ALLOWED"):
        fix = f"replace `{each.package.name}`, or add its licence to `licenses.allow`"
        yield _violation(each, "which the policy does not allow", fix)


@rule("licenses.unknown", "error", "error", Scope.EITHER, has_line=False)
def unknown(project: Project) -> Iterator[Violation]:
    """What stands for a licence is none.

    `custom`, a file name or a slip of the pen says nothing about duties. Names that are in use
    for well-known licences (`Apache 2.0`, `GPL (>= 2)`) are understood. Judged only where the
    policy lists licences.
    """
    for each in _judged(project, "UNKNOWN"):
        yield _violation(each, "which names no licence", _STATE)


@rule("licenses.ambiguous", "error", "error", Scope.EITHER, has_line=False)
def ambiguous(project: Project) -> Iterator[Violation]:
    """A licence can mean several, and the policy treats them differently.

    `BSD`, `GPL`, `LGPL` and `PSF` are families. Where all members come to the same under the
    policy, that is the answer; otherwise somebody has to look which one it is.
    """
    for each in _judged(project, "AMBIGUOUS"):
        candidates = ", ".join(f"`{name}`" for name in each.judged.reasons)
        yield _violation(each, f"which can mean {candidates}", _STATE)


def _judged(project: Project, verdict: str) -> "Iterator[LockedLicense]":
    """The licences on which the policy's verdict is `verdict`."""
    if not project.policy.licenses.ask:
        return
    from envtool.domain.license_check import judged_licenses

    for each in judged_licenses(project):
        if each.judged.verdict.name == verdict:
            yield each


def _by(each: "LockedLicense") -> str:
    return f" ({', '.join(f'`{pattern}`' for pattern in each.judged.reasons)})"


def _violation(each: "LockedLicense", why: str, fix: str) -> Violation:
    package, operands = each.package, each.judged.operands
    stated = ", as the policy states," if each.stated else ""
    part = "" if operands == (each.license,) else f": {_listing(operands)}"
    licensed = f"is licensed{stated} under `{each.license}`{part}, {why}"
    return Violation(
        f"`{package.name} {package.version}` {licensed}",
        each.lock.place(package),
        package=package.name,
        version=package.version,
        fix=fix,
        summary=f"packages are licensed under what {_SUMMARIES[each.judged.verdict.name]}",
        reason=f"`{package.name}` {licensed}",
    )


def _listing(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)


_SUMMARIES = {
    "DENIED": "the policy denies",
    "REVIEW": "the policy wants reviewed",
    "NOT_ALLOWED": "the policy does not allow",
    "UNKNOWN": "names no licence",
    "AMBIGUOUS": "can mean several licences",
}


@rule("licenses.no-data", "error", "error", Scope.EITHER, has_line=False)
def no_data(project: Project) -> Iterator[Violation]:
    """The policy lists licences, and the lock does not record them.

    `conda-lock.yml` and `@EXPLICIT` lists have no field for a licence, and pip packages have
    none in any lock; a `pixi.lock` or `recovery/records.lock` beside them counts for the same
    files. `envtool audit` looks further: in the channels, installed environments and caches. What
    is not known is not compliant; one finding for each lock says how much of it. Without a licence
    policy it is a line in the summary.
    """
    if not project.policy.licenses.ask:
        return
    from envtool.domain.license_records import LicenseRecords

    records = LicenseRecords(project)
    for lock in project.locks:
        known = records.known(lock.foreign())
        if known.missing:
            shown = ", ".join(f"`{each.name}`" for each in known.missing[:3])
            more = len(known.missing) - len(known.missing[:3])
            yield Violation(
                f"no licence is known for {len(known.missing)} of {known.total} packages: {shown}"
                + (f" and {more} more" if more else ""),
                lock.place(known.missing[0]),
                fix=f"{_LOOK if project.audit is None else _REACH}, or state them in the policy"
                " under `licenses.packages`",
                reason="no licence is known",
                number=len(known.missing),
            )


RULES = (
    deny,
    review,
    not_allowed,
    unknown,
    ambiguous,
    no_data,
)
