"""Rules on who signed packages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Severity, Violation
from envtool.domain.policy.records import SignatureMode
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.auditing.facts import AuditFacts
    from envtool.domain.auditing.signatures import Signature


@rule("signatures.missing", "error", "error", Scope.AUDIT, has_line=False)
def missing(project: Project) -> Iterator[Violation]:
    """A package is not signed, and the policy asks for signatures of its channel.

    `signatures.channels` says for which channels, and of whom. A signature is a Sigstore bundle
    beside the archive that states in which channel it is published (CEP 27); the index names it
    by its hash (CEP 50). conda-forge does not sign yet, so without such a policy an unsigned
    package is no finding. With `mode = "require"` nothing unsigned is installed, either; with
    `mode = "warn"` this is a warning at most.
    """
    yield from _violations(
        project,
        "MISSING",
        "is not signed",
        "lock a build that is signed, or change `signatures.channels` in the policy",
        "packages are not signed",
    )


@rule("signatures.invalid", "error", "error", Scope.AUDIT, has_line=False)
def invalid(project: Project) -> Iterator[Violation]:
    """The signature of a package is wrong.

    It was tampered with, is one of another archive or of another channel, or nobody vouches for
    it under the trust root. What is signed wrongly is worse than what is not signed at all: do
    not install it. With `mode = "warn"` this is a warning at most.
    """
    yield from _violations(
        project,
        "INVALID",
        "is signed wrongly",
        "do not use it; ask whoever keeps that channel",
        "packages are signed wrongly",
    )


@rule("signatures.wrong-publisher", "error", "error", Scope.AUDIT, has_line=False)
def wrong_publisher(project: Project) -> Iterator[Violation]:
    """A package is signed by somebody whom the policy does not trust.

    The signature itself is good. `publisher` in `signatures.channels` is a pattern of the
    identity in the certificate, like `https://github.com/OWNER/*`, and `issuer` who vouched for
    that identity. With `mode = "warn"` this is a warning at most.
    """
    yield from _violations(
        project,
        "UNTRUSTED",
        "is signed by somebody else than the policy names",
        "find out who signed it before you add them to `signatures.channels`",
        "packages are signed by somebody else than the policy names",
    )


@rule("signatures.unavailable", "error", "error", Scope.AUDIT, has_line=False)
def unavailable(project: Project) -> Iterator[Violation]:
    """Signatures that the policy asks for can not be looked at.

    The channel is out of reach, or does not give a signature that its index names. What was not
    verified is not trusted: one finding for each channel says how many packages it is about.
    With `mode = "warn"` this is a warning at most.
    """
    for signatures, facts in _signatures(project):
        channels = dict.fromkeys(each.channel for each in signatures)
        for channel in channels:
            mine = [each for each in signatures if each.channel == channel]
            failed = [each for each in mine if each.state.name == "RETRIEVAL_FAILED"]
            if failed:
                yield Violation(
                    f"the signatures of {len(failed)} of {len(mine)} packages of `{channel}` can"
                    f" not be looked at: {failed[0].reason}",
                    facts.place,
                    fix="audit again with the channel in reach",
                    reason=f"signatures of `{channel}` can not be looked at",
                    number=len(failed),
                    most=_most(failed[0]),
                )


def _violations(
    project: Project, state: str, what: str, fix: str, summary: str
) -> Iterator[Violation]:
    """One for each package and version that is in `state`."""
    for signatures, facts in _signatures(project):
        places = {
            each.subject.key[1:]: each.subject.place
            for each in facts.standings
            if each.subject.manager == "conda"
        }
        for each in signatures:
            if each.state.name == state:
                because = "" if state == "MISSING" else f": {each.reason}"
                yield Violation(
                    f"`{each.name} {each.version}` of `{each.channel}` {what}{because}",
                    places.get((each.name, each.version), facts.place),
                    package=each.name,
                    version=each.version,
                    fix=fix,
                    summary=summary,
                    brief=f"{each.name} {each.version}",
                    reason=f"`{each.name}` {what}",
                    most=_most(each),
                )


def _most(signature: "Signature") -> Severity | None:
    """How bad it can be where the policy only wants to be told."""
    return Severity.WARNING if signature.signing.mode is SignatureMode.WARN else None


def _signatures(project: Project) -> "Iterator[tuple[tuple[Signature, ...], AuditFacts]]":
    """One signature for each package and version, and what else was found out."""
    if project.audit is not None:
        from envtool.domain.auditing.signatures import worst

        yield worst(project.audit.signatures), project.audit


RULES = (missing, invalid, wrong_publisher, unavailable)
