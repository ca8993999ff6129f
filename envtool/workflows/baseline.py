"""`envtool baseline`: takes in the findings of today, and lets go of those that are gone."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from envtool.domain.baseline import (
    Entries,
    Sight,
    changed,
    may_stand,
    pruned,
    renewed,
    write_baseline,
)
from envtool.domain.findings import Finding, Severity
from envtool.domain.judge import Selection
from envtool.domain.results import Failure, Json, Result
from envtool.errors import ExitCode, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.baseline_files import (
    Baseline,
    BrokenBaselineError,
    baseline_in,
    find_baseline,
    load_baseline,
    missing,
    name_in,
    read_from,
    see,
    takes,
    typed,
    unread,
)
from envtool.workflows.projects import Target, has_policy
from envtool.workflows.spec_files import STDIN
from envtool.workflows.verify import Verdict, VerifyRequest, judge_target, prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRequest:
    """Whose baseline to write.

    Attributes:
        verify: what to judge, and how.
        force: replace what a baseline that is there says of the judged files.
        dry_run: write nothing.
    """

    verify: VerifyRequest
    force: bool = False
    dry_run: bool = False


class _Judged(NamedTuple):
    target: Target
    verdict: Verdict


class _Draft(NamedTuple):
    """A baseline as it was, and as it is to be."""

    path: str
    before: Entries
    after: Entries


def create(tools: Tools, request: BaselineRequest) -> Result:
    """Write the open findings to the baseline beside the policy of each project.

    What no baseline takes are the findings of the result, and make the answer "no". Raises what
    `verify` raises, and `UsageError` when a baseline is there and `force` is not set.
    """
    if STDIN in request.verify.paths:
        raise UsageError(
            "what comes from standard input has no place in a baseline",
            hints=("name the file: `envtool baseline create path/to/environment.yml`",),
        )
    judged, selection = _judged(tools, request)
    groups: dict[str, list[_Judged]] = {}
    for each in judged:
        if each.verdict.project is not None:
            groups.setdefault(_home(tools, request.verify, each.target), []).append(each)
    drafts = []
    for folder, group in groups.items():
        old = _old(tools, request, folder)
        sights = [see(tools, old, *each, selection) for each in group]
        drafts.append(
            _Draft(old.path, old.entries, renewed(old.entries, sights, missing(tools, sights)))
        )
    _write(tools, request, drafts)
    return _created(request, drafts, judged)


def prune(tools: Tools, request: BaselineRequest) -> Result:
    """Remove from the baselines what no longer occurs in what was judged; add nothing.

    What could not be judged, and a baseline that can not be read, are failures of the result.
    """
    judged, selection = _judged(tools, request)
    failures = [failure for each in judged for failure in each.verdict.failures]
    baselines: dict[str, Baseline] = {}
    sights: dict[str, list[Sight]] = {}
    for each in judged:
        if each.verdict.project is not None:
            try:
                found = load_baseline(tools, request.verify, each.target.home)
            except UnreadableError as error:
                failures.append(Failure.of(error))
                continue
            baselines[found.path] = found
            sights.setdefault(found.path, []).append(see(tools, found, *each, selection))
    drafts = [
        _Draft(
            path,
            found.entries,
            pruned(found.entries, sights[path], missing(tools, sights[path])),
        )
        for path, found in baselines.items()
    ]
    _write(tools, request, drafts)
    return Result(
        command="baseline prune",
        headline=_pruned_headline(request, drafts, failures),
        failures=tuple(dict.fromkeys(failures)),
        data=_data(request, drafts),
    )


def _judged(tools: Tools, request: BaselineRequest) -> tuple[list[_Judged], Selection]:
    targets, selection = prepared(tools, request.verify)
    verdicts = (judge_target(tools, request.verify, each, selection) for each in targets)
    return [_Judged(*each) for each in zip(targets, verdicts, strict=True)], selection


def _home(tools: Tools, request: VerifyRequest, target: Target) -> str:
    """The folder for the baseline of `target`: where `verify` finds it again.

    Beside the policy; without one where a baseline is, or else at the top of what was named.
    """
    if has_policy(tools, target.home):
        return target.home
    if (found := find_baseline(tools, target.home)) is not None:
        return found
    if request.recursive:
        tops = [posixpath.normpath(path) for path in request.paths] or ["."]
        return next(each for each in tops if _is_within(tools, target.folder, each))
    return target.home


def _is_within(tools: Tools, folder: str, top: str) -> bool:
    return name_in(tools, top)(folder).partition("/")[0] != ".."


def _old(tools: Tools, request: BaselineRequest, folder: str) -> Baseline:
    """The baseline in `folder` as far as it can be kept."""
    path = baseline_in(folder)
    if tools.files.kind(path) is FileKind.MISSING:
        return Baseline(folder, {})
    if not request.force:
        raise UsageError(
            f"`{path}` is there already",
            hints=(
                f"let go of what is gone: `{typed('prune', request.verify)}`",
                f"or take in what is found today: `{typed('create', request.verify)} --force`",
            ),
        )
    try:
        return read_from(tools, request.verify, folder)
    except BrokenBaselineError:
        return Baseline(folder, {})


def _write(tools: Tools, request: BaselineRequest, drafts: Iterable[_Draft]) -> None:
    for path, before, after in drafts:
        is_there = tools.files.kind(path) is not FileKind.MISSING
        if not request.dry_run and not (is_there and before == after):
            tools.files.write(path, write_baseline(after))


def _created(request: BaselineRequest, drafts: list[_Draft], judged: list[_Judged]) -> Result:
    taken = sum(len(takes(each.verdict)) for each in judged)
    left = tuple(finding for each in judged for finding in _left_out(each.verdict))
    result = Result(
        command="baseline create",
        headline="",
        findings=left,
        failures=tuple(failure for each in judged for failure in _failures(each.verdict)),
        fail_on=Severity.INFO,
        data=_data(request, drafts),
    )
    if not drafts:
        return replace(result, headline=f"Wrote nothing: {result.failures[0].message}")
    verb = "Would write" if request.dry_run else "Wrote"
    text = f"{verb} {_number(taken, 'finding', 'findings')} to {_where(drafts)}"
    names = _number(len(left), "finding that no baseline takes", "findings that no baseline takes")
    text += f"; left out {names}" if left else ""
    hint = "read it, commit it, then type `envtool verify --new-only`"
    return replace(result, headline=text, notes=() if request.dry_run else (hint,))


def _left_out(verdict: Verdict) -> tuple[Finding, ...]:
    files = unread(verdict)
    opened = (each for each in verdict.judgement.findings if each.waived is None)
    return tuple(each for each in opened if not may_stand(each, files))


def _failures(verdict: Verdict) -> Iterable[Failure]:
    """What was not judged; beside files that were, one that can not be read is a plain "no"."""
    for failure in verdict.failures:
        is_one_file = verdict.project is not None
        yield failure._replace(code=ExitCode.NO) if is_one_file else failure


def _pruned_headline(
    request: BaselineRequest, drafts: list[_Draft], failures: list[Failure]
) -> str:
    if not drafts:
        return f"Removed nothing: {failures[0].message}"
    left = sum(len(each.after) for each in drafts)
    removed = [each for each in drafts if each.before != each.after]
    if not removed:
        return f"Nothing to remove: {_number(left, 'entry', 'entries')} in {_where(drafts)}"
    number = sum(changed(each.before, each.after) for each in removed)
    verb = "Would remove" if request.dry_run else "Removed"
    text = f"{verb} {_number(number, 'entry', 'entries')} from {_where(removed)}"
    return f"{text}; {_number(left, 'is', 'are')} left"


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _where(drafts: list[_Draft]) -> str:
    return f"`{drafts[0].path}`" if len(drafts) == 1 else f"{len(drafts)} baselines"


def _data(request: BaselineRequest, drafts: list[_Draft]) -> dict[str, Json]:
    baselines: list[Json] = [
        {"path": each.path, "before": len(each.before), "after": len(each.after)} for each in drafts
    ]
    return {"dry_run": request.dry_run, "baselines": baselines}
