"""`envtool approve`: a line of the policy that lets one change of a package pass."""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from envtool.domain.plan import PlannedChange
from envtool.domain.policy.test_options import Approval
from envtool.domain.project import Project
from envtool.domain.proposal import version_of, waiting
from envtool.domain.results import Result
from envtool.errors import UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.approvals import appended, changes_since, policy_source
from envtool.workflows.candidate import FOLDER as CANDIDATE
from envtool.workflows.candidate import edited, edits_told, has_candidate, read_candidate
from envtool.workflows.finder import join
from envtool.workflows.lock_inputs import read_project
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, parse_lock
from envtool.workflows.turn import project_turn

_NOTHING = "nothing waits for an approval, so go on: `envtool commit`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRequest:
    """What to approve.

    Attributes:
        folder: of the project, or below it.
        packages: names.
        reason: why that is fine.
        today: the day that is written down.
        say: is told on whom it waits.
        version: instead of what is about to be committed; only for one package.
        owner: who looked at it; None is whoever commits here.
    """

    folder: str
    packages: tuple[str, ...]
    reason: str
    today: date
    say: Callable[[str], None]
    version: str | None = None
    owner: str | None = None


def approve(tools: Tools, request: ApproveRequest) -> Result:
    """Write approvals of changes to exactly one version into the policy.

    The versions are those of the candidate, or of the lock where there is none. Raises
    `UsageError` when nothing waits for an approval, when the candidate is not of these files, and
    when nobody knows who approves.
    """
    if request.version is not None and len(request.packages) > 1:
        raise UsageError(
            "`--version` is the version of one package", hints=("approve them one by one",)
        )
    if not request.reason.strip():
        raise UsageError("an approval has a reason", hints=('say it: `--reason "read the notes"`',))
    project, target = read_project(tools, request.folder, request.today)
    owner = request.owner or _owner(tools, target.folder)
    versions = dict(_versions(tools, target.folder, project, request))
    wanted = [
        Approval(name, version, request.reason.strip(), owner, request.today)
        for name, version in versions.items()
        if not any(each.covers(name, version) for each in project.policy.approvals)
    ]
    with project_turn(tools, target.home, request.say) as notes:
        source = policy_source(tools, target.home)
        if wanted:
            text = appended(source, wanted, source.text)
            tools.changes().commit(target.home, {source.name: text})
    names = ", ".join(f"`{name} {version}`" for name, version in versions.items())
    path = posixpath.join(target.home, source.name) if target.home != "." else source.name
    answer = f"Approved {names} in `{path}`" if wanted else f"Approved already: {names}"
    return Result(
        command="approve",
        headline=answer,
        notes=(*notes, "`envtool commit` takes the approval along"),
        data={
            "approved": [
                {"package": name, "version": version} for name, version in versions.items()
            ],
            "policy": path,
        },
    )


def _owner(tools: Tools, folder: str) -> str:
    """Who commits here; raises `UsageError` and `ToolError` where git does not know."""
    try:
        return tools.repository().author(folder)
    except UsageError as error:
        mine = 'say who looked at it: `--owner "Ada Lovelace <ada@example.org>"`'
        always = 'or once for all: `git config --global user.name "Ada Lovelace"`, and `user.email`'
        raise UsageError(error.message, hints=(mine, always)) from error


def _versions(
    tools: Tools, folder: str, project: Project, request: ApproveRequest
) -> Iterator[tuple[str, str]]:
    """The packages with the version that is approved."""
    if request.version is not None:
        yield request.packages[0], request.version
        return
    open_ = _waiting(tools, folder, project)
    for name in request.packages:
        found = {version_of(each) for each in open_ if each.name.lower() == name.lower()}
        if not found:
            named = ", ".join(f"`{each}`" for each in dict.fromkeys(c.name for c in open_))
            raise UsageError(
                f"no change of `{name}` needs a review",
                hints=(f"these do: {named}" if named else _NOTHING,),
            )
        if len(found) > 1:
            listed = ", ".join(sorted(found))
            raise UsageError(
                f"`{name}` comes in several versions: {listed}",
                hints=("approve each: `--version V`",),
            )
        yield name, found.pop()


def _waiting(tools: Tools, folder: str, project: Project) -> tuple[PlannedChange, ...]:
    """The changes that need a review, approved or not; raises `EnvtoolError`."""
    is_candidate = has_candidate(tools, folder)
    if is_candidate:
        names = [posixpath.relpath(spec.path, folder) for spec in project.specs]
        candidate = read_candidate(tools, folder, names)
        if edits := edited(tools, folder, candidate, names):
            hints = (candidate.again, "or say what is approved: `--version V`")
            raise UsageError(edits_told(edits), hints=hints)
    path = join(folder, f"{CANDIDATE}/{LOCK_FILE}" if is_candidate else LOCK_FILE)
    if tools.files.kind(path) is FileKind.MISSING:
        raise UsageError(f"there is no `{path}`", hints=("make it: `envtool lock`",))
    lock = parse_lock(tools, tools.files.read(path, LOCK_LIMIT), path)
    return tuple(waiting(changes_since(tools, folder, project, lock.packages).changes, ()))
