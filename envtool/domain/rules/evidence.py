"""Rules on what `envtool commit` is about to record: whether it was tested, and approved."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.proposal import Proposal

_TEST = "`envtool test`; from another machine: `envtool evidence import FILE`"


@rule("evidence.untested", "error", "error", Scope.COMMIT, has_line=False)
def untested(project: Project) -> Iterator[Violation]:
    """A lock that nobody has tested is about to be committed.

    `envtool test` keeps evidence of every lock that it tries, `envtool evidence import` collects
    that of other platforms; `test.platforms` of the policy names those that count, without it the
    one of this machine. Every environment of the lock has to be there, and the policy has to say
    the same of what is tested as it did then.
    """
    for proposal in _proposals(project):
        for platform in proposal.platforms:
            if why := _untested(proposal, platform):
                yield Violation(why, proposal.lock, fix=_TEST)


def _untested(proposal: "Proposal", platform: str) -> str:
    """Why the evidence does not do; empty when it does."""
    evidence = proposal.of(platform)
    if evidence is None:
        return f"the lock was not tested on {platform}"
    if evidence.subject.policy != proposal.policy:
        return f"what the policy wants tested has changed since the lock was tested on {platform}"
    missing = evidence.missing(proposal.environments)
    named = " and ".join(f"`{each}`" for each in missing)
    return f"{named} of the lock was not tested on {platform}" if missing else ""


@rule("evidence.failed", "error", "error", Scope.COMMIT, has_line=False)
def failed(project: Project) -> Iterator[Violation]:
    """A lock that has failed a test is about to be committed.

    Mend what fails, or hold the package back (`[constraints]`) and update again; a test that is
    wrong is mended in the policy. The log of the test lies beside the evidence.
    """
    for proposal in _proposals(project):
        fix = "mend it, or hold the package back, and `envtool test` again" + _undoing(
            project, proposal
        )
        for platform in proposal.platforms:
            evidence = proposal.of(platform)
            for environment, check in evidence.failed if evidence else ():
                yield Violation(
                    f"{check.kind} `{check.name}` of {environment} failed on {platform}:"
                    f" {check.said}",
                    proposal.lock,
                    fix=fix,
                )


def _undoing(project: Project, proposal: "Proposal") -> str:
    """How the files become what they were; nothing where the last commit has no lock."""
    if proposal.first:
        return ""
    from shlex import quote

    from envtool.domain.proposal import approving
    from envtool.domain.way_back import way_back

    lock = proposal.lock.path
    if proposal.is_committed:
        return (
            f"; the last commit has this lock, too: `git log --oneline -- {quote(lock)}` names"
            " those before it"
        )
    back = way_back(lock, (each.path for each in project.specs))
    names = [
        f"`{each.name}`" for each in proposal.changes if approving(each, project.policy.approvals)
    ]
    approved = f", and take the approval of {', '.join(names)} out of the policy" if names else ""
    return f"; or go back to the last commit: `{back}`{approved}"


@rule("evidence.unapproved-major", "error", "error", Scope.COMMIT, has_line=False)
def unapproved_major(project: Project) -> Iterator[Violation]:
    """A change that needs a review is about to be committed without an approval.

    Which ones do is up to `updates.auto` and `updates.review` of the policy, as for `envtool
    update`: major versions, downgrades and new packages unless that says otherwise. An approval
    is a line of the policy for one package and one exact version, reviewed like code; `envtool
    approve` writes it. Where the last commit has no lock there is nothing to compare with.
    """
    for proposal in _proposals(project):
        from envtool.domain.proposal import in_words, version_of, waiting

        for change in waiting(proposal.changes, project.policy.approvals):
            yield Violation(
                f"`{change.name}` {in_words(change)} ({change.kind}) needs a review",
                proposal.lock,
                package=change.name,
                version=version_of(change),
                fix=f"`envtool approve {change.name} --reason TEXT` when somebody has looked at it",
                summary="changes need a review: `envtool approve PACKAGE... --reason TEXT`",
                brief=f"{change.name} {in_words(change)} ({change.kind})",
            )


def _proposals(project: Project) -> "tuple[Proposal, ...]":
    return (project.proposal,) if project.proposal is not None else ()


RULES = (untested, failed, unapproved_major)
