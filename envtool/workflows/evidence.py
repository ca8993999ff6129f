"""`envtool evidence`: collects what other machines have tested."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from envtool.domain.evidence import Evidence, lock_hash
from envtool.domain.results import Json, Result
from envtool.errors import UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.candidate import FOLDER as CANDIDATE
from envtool.workflows.evidence_files import find_evidence, kept, read_evidence
from envtool.workflows.finder import join
from envtool.workflows.projects import find_targets
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT
from envtool.workflows.turn import project_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to collect.

    Attributes:
        folder: of the project, or below it.
        paths: files that `envtool test` has written elsewhere.
        today: the day on which the policy is read.
        say: is told on whom it waits.
    """

    folder: str
    paths: tuple[str, ...]
    today: date
    say: Callable[[str], None]


def import_evidence(tools: Tools, request: ImportRequest) -> Result:
    """Keep evidence of other machines beside that of this one, all of it or none.

    Raises `IntegrityError` for evidence that was edited, `UsageError` for that of another lock.
    """
    folder = find_targets(tools, (request.folder,), recursive=False)[0].folder
    found = [(path, read_evidence(tools, path)) for path in request.paths]
    locks = set(_locks(tools, folder))
    for path, evidence in found:
        if evidence.subject.lock not in locks:
            raise UsageError(
                f"`{path}` is about another lock: {evidence.subject.lock[:12]}",
                hints=("test the lock of this project there: `envtool test`",),
            )
    with project_turn(tools, folder, request.say) as notes:
        texts: dict[str, str] = {}
        for _, evidence in found:
            subject = evidence.subject
            known = find_evidence(tools, folder, subject.lock, subject.platform)
            texts |= kept(evidence.on_top_of(known))
        tools.changes().commit(folder, texts)
    names = ", ".join(each.subject.platform for _, each in found)
    failed = sum(len(each.failed) for _, each in found)
    words = f"{failed} failed checks" if failed > 1 else "1 failed check"
    return Result(
        command="evidence import",
        headline=f"Imported evidence of {names}" + (f", with {words}" if failed else ""),
        notes=notes,
        data={"imported": [_described(each) for _, each in found]},
    )


def _locks(tools: Tools, folder: str) -> Iterator[str]:
    """The SHA-256 of the lock, and of that of the candidate."""
    for name in (LOCK_FILE, f"{CANDIDATE}/{LOCK_FILE}"):
        path = join(folder, name)
        if tools.files.kind(path) is not FileKind.MISSING:
            yield lock_hash(tools.files.read(path, LOCK_LIMIT))


def _described(evidence: Evidence) -> Json:
    return {
        "lock": evidence.subject.lock,
        "platform": evidence.subject.platform,
        "environments": [each.environment for each in evidence.environments],
        "failed": len(evidence.failed),
    }
