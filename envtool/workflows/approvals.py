"""The approvals of a project: where they are written, and what waits for one."""

from collections.abc import Iterable
from typing import NamedTuple

from envtool.domain.approving import NotAppendedError, approvals_in, has_table, with_approval
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.plan import Plan, plan
from envtool.domain.policy.test_options import Approval
from envtool.domain.project import Project
from envtool.errors import EnvtoolError, ToolError, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.finder import POLICY_FILE, PYPROJECT, join
from envtool.workflows.security_note import noted
from envtool.workflows.spec_files import LOCK_FILE, parse_lock

_LIMIT = 1 << 20
_TABLE = ("tool", "envtool")


class PolicySource(NamedTuple):
    """The policy file of a folder, there or not: its name, its table, its text."""

    name: str
    table: tuple[str, ...]
    text: str


def policy_source(tools: Tools, home: str) -> PolicySource:
    """The file that the policy of `home` stands in, or would; raises `EnvtoolError`."""
    if tools.files.kind(join(home, POLICY_FILE)) is not FileKind.MISSING:
        return PolicySource(POLICY_FILE, (), _read(tools, join(home, POLICY_FILE)))
    path = join(home, PYPROJECT)
    if tools.files.kind(path) is not FileKind.MISSING:
        text = _read(tools, path)
        if has_table(text, _TABLE):
            return PolicySource(PYPROJECT, _TABLE, text)
    return PolicySource(POLICY_FILE, (), "")


def appended(source: PolicySource, approvals: Iterable[Approval], text: str) -> str:
    """`text` of that file with `approvals`; raises `UsageError` where that can not be done."""
    for each in approvals:
        try:
            text = with_approval(text, each, source.table)
        except NotAppendedError as error:
            raise UsageError(
                f"`{source.name}` writes `approvals` as an inline array, or itself as an inline"
                " table, and nothing can be added there",
                hints=("write each as `[[approvals]]`", f"or add it by hand: {error}"),
            ) from error
    return text


def with_new_approvals(
    source: PolicySource, committed: bytes | None, used: Iterable[Approval]
) -> tuple[str, tuple[Approval, ...]]:
    """The committed text of a policy with those of `used` that it lacks, and these."""
    before = (committed or b"").decode("utf-8", "replace")
    known = approvals_in(before, source.table)
    mine = approvals_in(source.text, source.table)
    wanted = [each for each in used if _as_toml(each) in mine and _as_toml(each) not in known]
    return appended(source, wanted, before), tuple(wanted)


def _as_toml(approval: Approval) -> dict[str, object]:
    return approval._asdict()


def changes_since(
    tools: Tools, folder: str, project: Project, packages: Iterable[LockedPackage]
) -> Plan:
    """What `packages` change since the last commit; nothing where that has no lock.

    Raises `EnvtoolError` when that lock can not be read.
    """
    before = committed_lock(tools, folder)
    if before is None:
        return Plan(())
    return plan(before.packages, packages, project, noted(tools, folder))


def committed_lock(tools: Tools, folder: str) -> Lock | None:
    """The lock of the last commit; None where that has none. Raises `EnvtoolError`."""
    data = committed(tools, folder, LOCK_FILE)
    if data is None:
        return None
    try:
        return parse_lock(tools, data, f"HEAD:{LOCK_FILE}")
    except EnvtoolError as error:
        raise UnreadableError(
            f"the lock of the last commit can not be read, so nothing can be compared with it:"
            f" {error.message}",
            hints=(f"commit a sound one by hand: `git commit {LOCK_FILE}`",),
        ) from error


def committed(tools: Tools, folder: str, name: str) -> bytes | None:
    """What the last commit has of a file; None without one, or without a repository."""
    try:
        if not tools.repository().head(folder).commit:
            return None
        return tools.git.blob(folder, "HEAD", name)
    except (UsageError, ToolError):
        return None


def _read(tools: Tools, path: str) -> str:
    return tools.files.read(path, _LIMIT).decode("utf-8")
