"""`envtool test`: tries a candidate, or the lock, in prefixes of its own, and keeps evidence."""

import os.path
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from envtool import __version__
from envtool.domain.environments import DEVELOPMENT, environments_of
from envtool.domain.evidence import Check, Evidence, Examined, Outcome, Subject, digest, lock_hash
from envtool.domain.policy.model import Policy
from envtool.domain.results import Failure, Json, Result, Skip
from envtool.errors import EnvtoolError, ExitCode, ToolError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.candidate import FOLDER as CANDIDATE
from envtool.workflows.candidate import edited, edits_told, has_candidate, read_candidate
from envtool.workflows.evidence_files import FOLDER as EVIDENCE
from envtool.workflows.evidence_files import find_evidence, fresh_log, kept
from envtool.workflows.install_home import find_home
from envtool.workflows.install_source import Choice, Kind, read_source
from envtool.workflows.lock_environments import known_categories
from envtool.workflows.lock_inputs import read_project
from envtool.workflows.prefixes import shown
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, parse_lock
from envtool.workflows.stale_lock import stale_notes
from envtool.workflows.test_environment import Manner, Place, test_environment
from envtool.workflows.turn import project_turn

_SHORT = 12
# What else there is to do about a candidate that has failed.
_DROP = ("or hold the package back, or drop the candidate: `envtool update --discard`",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """What to test.

    Attributes:
        folder: of the project, or below it.
        manner: in which way.
        candidate: whether what `update` proposes is tested; None is that where it is there, and
            still fits the files that it was made from.
        environments: only these; none is all of the lock.
    """

    folder: str
    manner: Manner
    candidate: bool | None = None
    environments: tuple[str, ...] = ()


def test(tools: Tools, request: TrialRequest) -> Result:
    """Test every environment of a lock, and keep what came of it as evidence.

    Nothing of the project changes, nor of what is installed. Raises `EnvtoolError` when the
    question can not be answered.
    """
    project, target = read_project(tools, request.folder, request.manner.today)
    folder, home = target.folder, find_home(tools, request.folder)
    names = [posixpath.relpath(spec.path, folder) for spec in project.specs]
    lock, choice, passed = _lock(tools, folder, request, names)
    there = environments_of_lock(tools, folder, lock)
    platform = tools.desk().platform()
    # All are read before the first is built, which takes a while.
    sources = [
        read_source(tools, folder, choice, name, platform) for name in request.environments or there
    ]
    hashed = lock_hash(tools.files.read(lock, LOCK_LIMIT))
    subject = Subject(hashed, platform, policy_hash(project.policy), *_tree(tools, folder))
    tested = []
    for source in sources:
        name = source.environment
        log = _log(tools, folder, subject, name, request.manner)
        prefix = os.path.normpath(tools.files.absolute(f"{folder}/.envtool/envs/test-{name}"))
        place = Place(
            folder=folder,
            home=home,
            project=project,
            source=source,
            lock=lock,
            prefix=prefix,
            log=log,
            has_development=DEVELOPMENT in there,
        )
        tested.append(test_environment(tools, place, request.manner))
    evidence = Evidence(subject=subject, envtool=__version__, environments=tuple(tested))
    _keep(tools, folder, evidence, request.manner)
    answer = _answer(tools, folder, evidence, sources[0].origin)
    stale = stale_notes(sources[0].current, project.specs, project.catalog)
    return replace(answer, notes=(*passed, *answer.notes, *stale))


def environments_of_lock(tools: Tools, folder: str, path: str) -> tuple[str, ...]:
    """The environments that the lock at `path` of a project has; raises `EnvtoolError`."""
    if tools.files.kind(path) is FileKind.MISSING:
        raise UsageError(f"there is no `{path}`", hints=("make it: `envtool lock`",))
    lock = parse_lock(tools, tools.files.read(path, LOCK_LIMIT), path)
    return environments_of(known_categories(tools, folder, lock))


def policy_hash(policy: Policy) -> str:
    """The SHA-256 of what a policy says is to be tested."""
    return digest([
        policy.test_commands, policy.test_services, policy.test_benchmarks, policy.test_skip,
    ])  # fmt: skip


def _lock(
    tools: Tools, folder: str, request: TrialRequest, names: Sequence[str]
) -> tuple[str, Choice, tuple[str, ...]]:
    """The path of the lock that is tested, how it is called, and why it is not the candidate.

    Raises `EnvtoolError` when the candidate is wanted, and is none that could be accepted.
    """
    notes: tuple[str, ...] = ()
    is_there = has_candidate(tools, folder)
    is_candidate = is_there if request.candidate is None else request.candidate
    if is_candidate:
        candidate = read_candidate(tools, folder, names)
        if edits := edited(tools, folder, candidate, names):
            if request.candidate:
                raise UsageError(edits_told(edits), hints=(candidate.again,))
            is_candidate = False
            notes = (f"not from the candidate: {edits_told(edits)}; {candidate.again}",)
    name = f"{CANDIDATE}/{LOCK_FILE}" if is_candidate else LOCK_FILE
    kind = Kind.CANDIDATE if is_candidate else Kind.LOCK
    return posixpath.normpath(posixpath.join(folder, name)), Choice(kind), notes


def _tree(tools: Tools, folder: str) -> tuple[str, bool]:
    """The tree that is checked out, and whether files of it were changed; nothing without git."""
    try:
        head = tools.repository().head(folder)
    except (UsageError, ToolError):
        return "", False
    return head.tree, head.dirty


def _log(tools: Tools, folder: str, subject: Subject, name: str, manner: Manner) -> str:
    """The absolute path of the log of one environment, which is begun anew."""
    head = (
        f"envtool {__version__}: {name} of lock {subject.lock[:_SHORT]} on {subject.platform},"
        f" {manner.how.now.isoformat(timespec='seconds')}\n"
    )
    path, texts = fresh_log(f"{subject.lock[:_SHORT]}-{subject.platform}-{name}", head)
    with project_turn(tools, folder, manner.say):
        tools.changes().commit(folder, texts)
    return os.path.normpath(tools.files.absolute(f"{folder}/{path}"))


def _keep(tools: Tools, folder: str, evidence: Evidence, manner: Manner) -> None:
    """Write down what was found, beside what is known of other environments of the same."""
    with project_turn(tools, folder, manner.say):
        try:
            known = find_evidence(tools, folder, evidence.subject.lock, evidence.subject.platform)
        except EnvtoolError:
            # What can not be read is made anew.
            known = None
        tools.changes().commit(folder, kept(evidence.on_top_of(known)))


def _answer(tools: Tools, folder: str, evidence: Evidence, origin: str) -> Result:
    checks = [(each, check) for each in evidence.environments for check in each.checks]
    failed = [(each.environment, check) for each, check in checks if check in each.failed]
    tried = sum(check.outcome is not Outcome.SKIPPED for _, check in checks)
    names = " and ".join(each.environment for each in evidence.environments)
    head = f"Passed: {tried} checks of {names}, from {origin}"
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        head = f"Failed: {_named(*failed[0])}{more}"
    subject = evidence.subject
    stem = f"{folder}/{EVIDENCE}/{subject.lock[:_SHORT]}-{subject.platform}"
    logs = f"{shown(tools, os.path.normpath(tools.files.absolute(stem)))}-ENVIRONMENT.log"
    return Result(
        command="test",
        headline=head,
        failures=tuple(_failure(head, failed, logs, _DROP if origin == "candidate" else ())),
        skipped=tuple(_skips(evidence)),
        notes=tuple(_notes(subject)),
        data={
            "tested": [_described(each) for each in evidence.environments],
            "lock": subject.lock,
            "platform": subject.platform,
            "evidence": f"{EVIDENCE}/{evidence.name}",
        },
    )


def _named(environment: str, check: Check) -> str:
    return f"{check.kind} of {environment}: {check.name}: {check.said}"


def _failure(
    head: str, failed: list[tuple[str, Check]], logs: str, more: tuple[str, ...]
) -> Iterator[Failure]:
    """One for all: which checks they are is in the list of those; `more` are hints."""
    if failed:
        names = dict.fromkeys(environment for environment, _ in failed)
        hints = (
            f"read what was said: `less {logs.replace('ENVIRONMENT', each)}`" for each in names
        )
        yield Failure(ExitCode.NO, head.partition(": ")[2], hints=(*hints, *more))


def _skips(evidence: Evidence) -> Iterator[Skip]:
    """One line for each reason in each environment."""
    for each in evidence.environments:
        groups: dict[str, list[str]] = {}
        for check in each.checks:
            if check.outcome is Outcome.SKIPPED:
                groups.setdefault(check.said, []).append(check.name)
        for why, names in groups.items():
            listed = ", ".join(f"`{name}`" for name in names)
            yield Skip(f"{listed} in {each.environment}", why)


def _notes(subject: Subject) -> Iterator[str]:
    if not subject.tree:
        yield "no git repository, or no commit: the evidence names no state of the files"
    elif subject.dirty:
        yield "files differ from the commit that is checked out; the evidence says so"


def _described(tested: Examined) -> dict[str, Json]:
    return {
        "environment": tested.environment,
        "started": tested.started,
        "checks": [{**each._asdict(), "outcome": each.outcome.value} for each in tested.checks],
    }
