"""Rules on known vulnerabilities, and on how much an audit can know."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, ends_with, rule
from envtool.errors import ExitCode

if TYPE_CHECKING:
    from envtool.domain.auditing.facts import AuditFacts

_UPDATE = "fetch it anew: `envtool audit db update`"


@rule("advisories.vulnerable", "error", "error", Scope.AUDIT, has_line=False)
def vulnerable(project: Project) -> Iterator[Violation]:
    """A package has a known vulnerability.

    An advisory on its product names its version: one of OSV for what is on PyPI, those of
    OpenSSL and of curl, OSV's Bitnami records for what is neither. Versions are compared as the
    advisory's source orders them, never as conda does. All vulnerabilities of a package are one
    finding; a waiver with `advisory = "CVE-..."` accepts one of them (by any of its ids), and the
    others still count. What a VEX document says not to matter is shown and not counted. Below
    `audit.min-score` it is a note, unless it is known to be exploited.
    """
    for facts in _facts(project):
        from envtool.domain.auditing.violations import vulnerable as find

        yield from find(project, facts, "advisories.vulnerable")


@rule("advisories.unconfirmed", "info", "warning", Scope.AUDIT, has_line=False)
def unconfirmed(project: Project) -> Iterator[Violation]:
    """An advisory may be about a package, and it can not be told whether it is.

    Its range of versions has no end, it was withdrawn, the version of the package has no order
    there, or the package is only a part of the product, as `libpq` is of PostgreSQL. Somebody has
    to read it; a waiver with `advisory = "CVE-..."` says that somebody did.
    """
    for facts in _facts(project):
        from envtool.domain.auditing.violations import unconfirmed as find

        yield from find(project, facts, "advisories.unconfirmed")


@rule("advisories.not-covered", "error", "error", Scope.AUDIT, has_line=False)
def not_covered(project: Project) -> Iterator[Violation]:
    """Fewer packages were audited than the policy asks for.

    Of most native libraries (zlib, libxml2, expat) no source publishes advisories with versions,
    and "no known vulnerability" says nothing about what nobody looked at. How much has to be
    known is set under `audit.min-coverage`, or by `--min-coverage`; `--strict` asks for all.
    """
    for facts in _facts(project):
        from envtool.domain.auditing.violations import not_covered as find

        yield from find(project, facts)


@rule("advisories.stale-data", "warning", "error", Scope.AUDIT, has_line=False)
def stale_data(project: Project) -> Iterator[Violation]:
    """The data that an audit rests on is old.

    What was published since then is not known to it. How old it may be is set under
    `audit.max-age-days`.
    """
    for facts in _facts(project):
        from envtool.domain.auditing.violations import stale_data as find

        yield from find(project, facts, _UPDATE)


@ends_with(ExitCode.UNAVAILABLE)
@rule("advisories.unavailable", "error", "error", Scope.AUDIT, has_line=False)
def unavailable(project: Project) -> Iterator[Violation]:
    """A source of advisories could not be asked, and no data of it is on this machine.

    What only it knows about was not audited. The exit status is 5, unless something else is
    found that counts more. A source that fails while the database has data of it is no finding:
    that data is used, and its age is told.
    """
    for facts in _facts(project):
        from envtool.domain.auditing.violations import unavailable as find

        yield from find(facts)


def _facts(project: Project) -> "tuple[AuditFacts, ...]":
    return (project.audit,) if project.audit is not None else ()


RULES = (vulnerable, unconfirmed, not_covered, stale_data, unavailable)
