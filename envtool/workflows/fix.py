"""`envtool verify --fix`: mends what can be mended, and judges what remains.

All mends are planned and judged in memory; files are written only when that is done.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from envtool.domain.findings import Severity
from envtool.domain.judge import Selection, variable_secrets
from envtool.domain.mends.mend import mended_headline
from envtool.domain.patch import unified
from envtool.domain.results import Json, Result
from envtool.domain.secrets import mask
from envtool.domain.specs import Role
from envtool.errors import UnreadableError
from envtool.ports import FileKind, Tools
from envtool.workflows.mending import State, Workshop
from envtool.workflows.overlay import Overlay
from envtool.workflows.projects import Target
from envtool.workflows.spec_files import SPEC_LIMIT, STDIN, STDIN_SHOWN
from envtool.workflows.verify import Verdict, VerifyRequest, judge_target, prepared, report


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRequest:
    """What to mend.

    Attributes:
        verify: what to judge, and how; its findings are mended.
        unsafe: make the mends, too, that change what is installed.
        dry_run: write nothing, and answer whether something would be changed.
    """

    verify: VerifyRequest
    unsafe: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fixed:
    """What was mended, and what remains.

    Attributes:
        result: of judging what remains; with `dry_run` the findings that would be mended.
        diff: what was or would be changed, as a unified diff with credentials masked.
        stdin: standard input as it is now, where that is what was judged and could be read.
    """

    result: Result
    diff: str
    stdin: bytes | None = None


class _Changed(NamedTuple):
    """A file that is mended; `before` is None when it is created."""

    path: str
    before: bytes | None
    after: bytes


def fix(tools: Tools, request: FixRequest) -> Fixed:
    """Mend the findings of `request`, and write the files unless it is a dry run.

    Raises what `verify` raises, and `UnreadableError` when a file can not be written or was
    changed by somebody else in the meantime.
    """
    files = Overlay(tools.files)
    targets, selection = prepared(replace(tools, files=files), request.verify)
    states: list[State] = []
    for target in targets:
        states.append(_mended(tools, request, target, selection, files))
        files = states[-1].files
    changes = [_Changed(path, files.original(path), data) for path, data in files.changed.items()]
    if not request.dry_run:
        _write(tools, [each for each in changes if each.path != STDIN], _layers(states))
    diff = _diff(changes, states)
    result = _would(states, diff) if request.dry_run else _done(tools, request, states)
    stdin = files.current(STDIN) if STDIN in request.verify.paths else None
    return Fixed(result=result, diff=diff, stdin=stdin)


def _mended(
    tools: Tools, request: FixRequest, target: Target, selection: Selection, files: Overlay
) -> State:
    def judge(tools: Tools) -> Verdict:
        return judge_target(tools, request.verify, target, selection)

    whole = target.files is None
    return Workshop(tools, judge, whole=whole, unsafe=request.unsafe).mended(files)


def _layers(states: list[State]) -> frozenset[str]:
    """The paths of the development files."""
    specs = (spec for state in states for spec in state.verdict.specs)
    return frozenset(spec.path for spec in specs if spec.role is Role.DEVELOPMENT)


def _write(tools: Tools, changes: list[_Changed], layers: frozenset[str]) -> None:
    """Write every file; those that packages move to before those that they leave."""
    for each in changes:
        is_there = tools.files.kind(each.path) is not FileKind.MISSING
        now = tools.files.read(each.path, SPEC_LIMIT) if is_there else None
        if now != each.before:
            raise UnreadableError(
                f"`{each.path}` was changed in the meantime, so nothing was written",
                hints=("type the command again",),
            )
    for each in sorted(changes, key=lambda each: each.path not in layers):
        tools.files.write(each.path, each.after.decode("utf-8"))


def _diff(changes: list[_Changed], states: list[State]) -> str:
    parts = []
    for path, before, after in changes:
        shown = STDIN_SHOWN if path == STDIN else path
        old = None if before is None else before.decode("utf-8")
        parts.append(unified(shown, old, after.decode("utf-8")))
    projects = [each.verdict.project for each in states if each.verdict.project is not None]
    secrets = {secret for project in projects for secret in variable_secrets(project)}
    return mask("".join(parts), secrets)


def _done(tools: Tools, request: FixRequest, states: list[State]) -> Result:
    """The judgement on what remains."""
    result = report(tools, request.verify, [state.verdict for state in states])
    return replace(
        result,
        skipped=(*result.skipped, *(skip for state in states for skip in state.skipped)),
        data={**result.data, "mended": _list(states)},
    )


def _would(states: list[State], diff: str) -> Result:
    """The findings that would be mended, each of which makes the answer "no"."""
    findings = tuple(each.finding for state in states for each in state.done)
    paths = [each.place.path for each in findings]
    return Result(
        command="verify",
        headline=mended_headline("Would mend", paths) if paths else "Nothing to mend",
        findings=findings,
        failures=tuple(failure for state in states for failure in state.verdict.failures),
        skipped=tuple(skip for state in states for skip in state.skipped),
        fail_on=Severity.INFO,
        data={"mended": _list(states), "diff": diff},
    )


def _list(states: list[State]) -> list[Json]:
    """Every mend, in the order in which they were made."""
    return [
        {
            "rule": finding.rule,
            "path": finding.place.path,
            "line": finding.place.line,
            "package": finding.package,
            "what": mask(mend.what),
            "safe": safe,
        }
        for state in states
        for finding, mend, safe in state.done
    ]
