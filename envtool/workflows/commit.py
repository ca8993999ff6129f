"""`envtool commit`: records what was tested and approved, and nothing else."""

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from envtool.domain.commit_message import counted, message
from envtool.domain.evidence import lock_hash
from envtool.domain.findings import Place
from envtool.domain.headline import headline
from envtool.domain.judge import Selection, judge
from envtool.domain.plan import Plan
from envtool.domain.policy.records import Decision
from envtool.domain.policy.test_options import Approval
from envtool.domain.project import Project
from envtool.domain.proposal import Proposal, approving
from envtool.domain.results import Result
from envtool.errors import ExitCode, UsageError
from envtool.ports import FileKind, Tools
from envtool.ports_testing import Commit, Head
from envtool.workflows.approvals import (
    changes_since,
    committed,
    committed_lock,
    policy_source,
    with_new_approvals,
)
from envtool.workflows.candidate import WAITS, has_candidate, refused
from envtool.workflows.evidence_files import find_evidence
from envtool.workflows.finder import join
from envtool.workflows.lock_inputs import read_project
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.policy_files import load_policy
from envtool.workflows.projects import Target
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, parse_lock
from envtool.workflows.test import environments_of_lock, policy_hash
from envtool.workflows.turn import project_turn
from envtool.workflows.verify import VerifyRequest, verify

_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRequest:
    """What to commit, and how.

    Attributes:
        folder: of the project, or below it.
        today: the day on which the policy is read.
        say: is told on whom it waits.
        branch: a new one for the commit; empty for the one that is checked out.
        sign: sign the commit, whatever git's own settings say.
        dry_run: commit nothing.
    """

    folder: str
    today: date
    say: Callable[[str], None]
    branch: str = ""
    sign: bool = False
    dry_run: bool = False


def commit(tools: Tools, request: CommitRequest) -> Result:
    """Commit environment files, lock, recovery files and approvals, when they have passed.

    The answer is no when the lock was not tested, a change is not approved, or `verify` fails.
    What is staged, and what else was changed, stays as it is. Raises `EnvtoolError`.
    """
    project, target = read_project(tools, request.folder, request.today)
    if request.dry_run:
        return _commit(tools, request, project, target)
    with project_turn(tools, target.folder, request.say) as notes:
        result = _commit(tools, request, project, target)
        return replace(result, notes=(*notes, *result.notes))


def _commit(tools: Tools, request: CommitRequest, project: Project, target: Target) -> Result:
    folder = target.folder
    repository = tools.repository()
    path = join(folder, LOCK_FILE)
    if tools.files.kind(path) is FileKind.MISSING:
        raise UsageError(f"there is no `{path}`", hints=("make it: `envtool lock`",))
    lock = tools.files.read(path, LOCK_LIMIT)
    packages = parse_lock(tools, lock, path).packages
    made = changes_since(tools, folder, project, packages)
    specs = [posixpath.relpath(spec.path, folder) for spec in project.specs]
    # One that the lock is made from no more may have been deleted.
    owned = {*specs, *_sources(tools, folder), LOCK_FILE, posixpath.dirname(RECORDS_FILE)}
    paths = repository.changed(folder, sorted(owned))
    used = tuple(dict.fromkeys(_used(project, made)))
    texts = dict(_policy_texts(tools, target, used))
    if not paths and not texts:
        return _nothing(tools, folder, specs)
    head = repository.ready(folder, request.branch)
    proposal = _proposal(tools, folder, project, lock, made)
    if committed_lock(tools, folder) is None:
        proposal = proposal._replace(first=len({(each.manager, each.name) for each in packages}))
    judged = _judged(tools, request, project, target, proposal)
    if judged.exit_code is not ExitCode.YES:
        return judged
    digest = lock_hash(lock)
    wanted = Commit(
        paths=paths,
        texts=texts,
        message=message(proposal, digest, used, paths),
        branch=request.branch,
        sign=request.sign,
    )
    name = "" if request.dry_run else repository.commit(folder, wanted)
    answer = _answer(wanted, head, judged, name)
    return replace(
        answer,
        headline=f"{answer.headline}: {_told(proposal, made, used)}",
        notes=(*_elsewhere(proposal, head), *answer.notes),
    )


def _sources(tools: Tools, folder: str) -> list[str]:
    """The environment files that the lock of the last commit was made from."""
    lock = committed_lock(tools, folder)
    names = [posixpath.normpath(each) for each in lock.sources] if lock else []
    # What lies elsewhere belongs to somebody else.
    return [each for each in names if not each.startswith(("../", "/"))]


def _used(project: Project, made: Plan) -> Iterator[Approval]:
    """The approvals that let a change of this commit pass."""
    for change in made.changes:
        yield from approving(change, project.policy.approvals)


def _policy_texts(
    tools: Tools, target: Target, used: tuple[Approval, ...]
) -> Iterator[tuple[str, bytes]]:
    """The policy as it is committed: as it was, and the new approvals of this commit."""
    source = policy_source(tools, target.home)
    path = posixpath.relpath(join(target.home, source.name), target.folder)
    text, new = with_new_approvals(source, committed(tools, target.folder, path), used)
    if new:
        yield path, text.encode()


def _nothing(tools: Tools, folder: str, specs: Sequence[str]) -> Result:
    notes: tuple[str, ...] = ()
    if has_candidate(tools, folder):
        why = refused(tools, folder, specs)
        then = f", but {why}" if why else f": {WAITS}"
        notes = (f"a candidate waits{then}",)
    return Result(
        command="commit",
        headline="Nothing to commit: environment files and lock are as in the last commit",
        notes=notes,
        data={"commit": None, "files": []},
    )


def _proposal(tools: Tools, folder: str, project: Project, lock: bytes, made: Plan) -> Proposal:
    """What is known of the lock; raises for evidence that was edited."""
    platforms = project.policy.test_platforms or (tools.desk().platform(),)
    digest = lock_hash(lock)
    found = (find_evidence(tools, folder, digest, each) for each in platforms)
    path = join(folder, LOCK_FILE)
    return Proposal(
        lock=Place(path),
        environments=environments_of_lock(tools, folder, path),
        platforms=platforms,
        policy=policy_hash(project.policy),
        evidence=tuple(each for each in found if each is not None),
        changes=made.changes,
        is_committed=lock_hash(committed(tools, folder, LOCK_FILE) or b"") == digest,
    )


def _judged(
    tools: Tools, request: CommitRequest, project: Project, target: Target, proposal: Proposal
) -> Result:
    """What the rules on commits say, and what `verify` does."""
    resolved = load_policy(tools, target.home)
    asked = replace(project, proposal=proposal, waiver_places=resolved.waiver_places)
    own = judge(asked, Selection()).findings
    verified = verify(tools, VerifyRequest(paths=(target.folder,), today=request.today))
    result = replace(
        verified,
        command="commit",
        findings=(*own, *verified.findings),
        notes=(*verified.notes, "nothing was committed"),
        data={"commit": None, "files": []},
    )
    text = headline(result, (target.folder,))
    return replace(result, headline=f"Not committed: {text.partition(': ')[2]}")


def _elsewhere(proposal: Proposal, head: Head) -> Iterator[str]:
    """Says so when something else was checked out when the lock was tested."""
    for each in proposal.evidence:
        if each.subject.tree not in {"", head.tree}:
            yield f"tested on {each.subject.platform} with another commit checked out"


def _told(proposal: Proposal, made: Plan, used: tuple[Approval, ...]) -> str:
    """`3 changes: 2 auto, 1 approved`, or `first lock, 6 packages`."""
    if proposal.first:
        return f"first lock, {counted(proposal.first)}"
    number = len(made.changes)
    if not number:
        return "no change of a package"
    kinds = {
        "auto": made.count(Decision.AUTO),
        "approved": sum(bool(approving(each, used)) for each in made.changes),
    }
    words = ", ".join(f"{count} {word}" for word, count in kinds.items() if count)
    noun = "1 change" if number == 1 else f"{number} changes"
    return f"{noun}: {words}" if words else noun


def _answer(wanted: Commit, head: Head, judged: Result, name: str) -> Result:
    """What was committed, or would be."""
    branch = wanted.branch or head.branch or "a branch of its own"
    verb = f"Committed {name[:_SHORT]} on" if name else "Would commit on"
    files = sorted((*wanted.paths, *wanted.texts))
    notes = () if name else ("nothing was committed (`--dry-run`)",)
    return Result(
        command="commit",
        headline=f"{verb} `{branch}`",
        findings=judged.findings,
        skipped=judged.skipped,
        notes=notes,
        fail_on=judged.fail_on,
        data={
            "commit": name or None,
            "branch": branch,
            "files": list(files),
            "message": wanted.message,
        },
    )
