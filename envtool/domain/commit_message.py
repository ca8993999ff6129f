"""The message of a commit of an environment: what changes, what was tested, who approved it."""

from collections.abc import Iterable, Iterator

from envtool.domain.evidence import Outcome
from envtool.domain.plan import PlannedChange
from envtool.domain.policy.test_options import Approval
from envtool.domain.proposal import Proposal, in_words

# What git and its friends show of a subject.
_SUBJECT = 72
_ROWS = 100
_LOCK, _RECOVERY = "conda-lock.yml", "recovery/"


def message(
    proposal: Proposal, lock: str, approvals: tuple[Approval, ...], paths: Iterable[str]
) -> str:
    """The whole message of a commit of `paths`, relative to the project.

    `lock` is the SHA-256 of the lock, `approvals` what lets it pass.
    """
    parts = [_subject(proposal, tuple(paths)), "\n".join(_table(proposal.changes))]
    trailers = [f"Envtool-Lock: {lock}", *_tested(proposal)]
    trailers += [
        _line(f"Envtool-Approved: {each.package} {each.version} by {each.owner}: {each.reason}")
        for each in approvals
    ]
    return "\n\n".join([*filter(None, parts), "\n".join(trailers)]) + "\n"


def _subject(proposal: Proposal, paths: tuple[str, ...]) -> str:
    changes = proposal.changes
    if proposal.first:
        return f"Add the first lock of the environment: {counted(proposal.first)}"
    if not changes:
        return _line(f"Update {_files(paths)}")
    if len(changes) == 1:
        (change,) = changes
        text = f"Update {change.name} {in_words(change)}"
        if change.before is None:
            text = f"Add {change.name} {change.after}"
        elif change.after is None:
            text = f"Remove {change.name} {change.before}"
        if len(text) <= _SUBJECT:
            return _line(text)
    number = len({each.name for each in changes})
    return f"Update {counted(number)} of the environment"


def _files(paths: tuple[str, ...]) -> str:
    """What changes where no package does."""
    if _LOCK in paths:
        return "the lock of the environment"
    specs = [each for each in paths if not each.startswith(_RECOVERY)]
    parts = [specs[0] if len(specs) == 1 else "the environment files"] if specs else []
    parts += ["the recovery files of the environment"] if len(specs) < len(paths) else []
    return " and ".join(parts)


def counted(number: int) -> str:
    """`1 package`, `2 packages`."""
    return "1 package" if number == 1 else f"{number} packages"


def _table(changes: tuple[PlannedChange, ...]) -> Iterator[str]:
    """One line for each change, in columns."""
    shown = changes[:_ROWS]
    names = max((len(each.name) for each in shown), default=0)
    for each in shown:
        where = "" if each.standing.direct else f", through {' > '.join(each.standing.through)}"
        text = f"{each.kind.value:<9} {each.name:<{names}}  {in_words(each)}"
        yield _line(f"{text} ({', '.join(each.platforms)}{where if each.standing.through else ''})")
    if len(changes) > _ROWS:
        yield f"and {len(changes) - _ROWS} more"


def _tested(proposal: Proposal) -> Iterator[str]:
    """What was tried on each platform."""
    for each in proposal.evidence:
        checks = [check for one in each.environments for check in one.checks]
        number = sum(check.outcome is Outcome.PASSED for check in checks)
        names = " and ".join(one.environment for one in each.environments)
        tree = f" at tree {each.subject.tree[:12]}" if each.subject.tree else ""
        dirty = ", with changes" if each.subject.dirty else ""
        yield _line(
            f"Envtool-Tested: {each.subject.platform}, {number} of {len(checks)} checks passed"
            f" of {names}{tree}{dirty}"
        )


def _line(text: str) -> str:
    """`text` as one line, whatever is in it; a row keeps its columns."""
    return "".join(each if each.isprintable() else " " for each in text).rstrip()
