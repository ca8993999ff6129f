"""What somebody is about to commit: a lock, what changes with it, and what is known of it."""

from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.evidence import Evidence
from envtool.domain.findings import Place
from envtool.domain.plan import PlannedChange
from envtool.domain.policy.records import Decision
from envtool.domain.policy.test_options import Approval

# What stands for a version where a package goes away.
REMOVED = "removed"


class Proposal(NamedTuple):
    """A lock that is to be committed.

    Attributes:
        lock: where it stands.
        environments: that it has.
        platforms: that there has to be evidence for.
        policy: SHA-256 of what the policy says is to be tested.
        evidence: what is known of this lock, by platform.
        changes: since the last commit; none where that had no lock.
        first: how many packages the lock has, when the last commit had none; else 0.
        is_committed: whether the last commit has this very lock.
    """

    lock: Place
    environments: tuple[str, ...]
    platforms: tuple[str, ...]
    policy: str
    evidence: tuple[Evidence, ...]
    changes: tuple[PlannedChange, ...]
    first: int = 0
    is_committed: bool = False

    def of(self, platform: str) -> Evidence | None:
        """What is known of it on a platform."""
        return next((each for each in self.evidence if each.subject.platform == platform), None)


def version_of(change: PlannedChange) -> str:
    """What an approval names: the version to come, or that it goes."""
    return change.after or REMOVED


def in_words(change: PlannedChange) -> str:
    """From what to what."""
    if change.before is None or change.before == change.after:
        return change.after or ""
    return f"{change.before} -> {change.after}" if change.after else change.before


def waiting(
    changes: tuple[PlannedChange, ...], approvals: tuple[Approval, ...]
) -> Iterator[PlannedChange]:
    """The changes that need a review, and that nobody has approved."""
    for each in changes:
        if each.ruling.decision is Decision.REVIEW and not approving(each, approvals):
            yield each


def approving(change: PlannedChange, approvals: tuple[Approval, ...]) -> tuple[Approval, ...]:
    """Those of `approvals` that let a change pass."""
    return tuple(each for each in approvals if each.covers(change.name, version_of(change)))
