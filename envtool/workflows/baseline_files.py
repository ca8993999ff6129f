"""Finds and reads the baseline of a project, and holds findings against it."""

import os
import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from envtool.domain.baseline import (
    BaselineError,
    Entries,
    Reach,
    Sight,
    changed,
    counted,
    marked,
    may_stand,
    pruned,
    read_baseline,
)
from envtool.domain.findings import Finding
from envtool.domain.judge import Selection
from envtool.domain.rules import RULES
from envtool.errors import UnreadableError
from envtool.ports import FileKind, Tools
from envtool.workflows.projects import Target, upward
from envtool.workflows.spec_files import STDIN, STDIN_SHOWN
from envtool.workflows.verify import Verdict, VerifyRequest

BASELINE_FILE = "envtool-baseline.json"
_LIMIT = 1 << 26
# More paths than these are not typed again in a hint.
_TYPED = 3


class BrokenBaselineError(UnreadableError):
    """What stands there is no baseline."""


class Baseline(NamedTuple):
    """A baseline in `folder`, to which the paths of its entries are relative."""

    folder: str
    entries: Entries

    @property
    def path(self) -> str:
        """Where it stands."""
        return baseline_in(self.folder)


def baseline_in(folder: str) -> str:
    """The path of the baseline in `folder`."""
    return posixpath.normpath(posixpath.join(folder, BASELINE_FILE))


def typed(verb: str, request: VerifyRequest) -> str:
    """The command `envtool baseline VERB` for what `request` judges."""
    from shlex import join

    paths = [path for path in request.paths if path != STDIN]
    paths = paths if len(paths) <= _TYPED else ["PATH..."]
    options = ["-r"] if request.recursive else []
    options += ["--profile", request.profile.value] if request.profile else []
    return join(["envtool", "baseline", verb, *options, *paths])


def find_baseline(tools: Tools, home: str) -> str | None:
    """The nearest folder from `home` upward that has a baseline."""
    folders = upward(tools, home)
    has = (each for each in folders if tools.files.kind(baseline_in(each)) is not FileKind.MISSING)
    return next(has, None)


def load_baseline(tools: Tools, request: VerifyRequest, home: str) -> Baseline:
    """The nearest baseline from `home` upward, in the revision that the policy comes from, too.

    Raises `UnreadableError` when there is none, or none that can be read.
    """
    revision = request.policy_from
    if revision is not None:
        for folder in upward(tools, home):
            data = tools.git.blob(folder, revision, BASELINE_FILE)
            if data is not None:
                shown = f"{revision}:{baseline_in(folder)}"
                return Baseline(folder, _entries(data, shown, request))
    elif (found := find_baseline(tools, home)) is not None:
        return read_from(tools, request, found)
    where = f" in `{revision}`" if revision else ""
    commit = f", then commit it to `{revision}`" if revision else ""
    raise UnreadableError(
        f"there is no baseline{where}: looked for `{BASELINE_FILE}` in"
        f" `{tools.files.absolute(home)}` and above",
        hints=(f"take in what is found today: `{typed('create', request)}`{commit}",),
    )


def read_from(tools: Tools, request: VerifyRequest, folder: str) -> Baseline:
    """The baseline that stands in `folder`; raises `UnreadableError`."""
    path = baseline_in(folder)
    data = tools.files.read(path, _LIMIT)
    return Baseline(folder, _entries(data, path, request))


def _entries(data: bytes, path: str, request: VerifyRequest) -> Entries:
    try:
        return read_baseline(data)
    except BaselineError as error:
        raise BrokenBaselineError(
            f"`{path}` is no baseline: {error}",
            hints=(
                "take it from git again, with merge conflicts settled",
                f"or write it anew with what is found today: `{typed('create', request)} --force`",
            ),
        ) from error


def name_in(tools: Tools, folder: str) -> Callable[[str], str]:
    """What gives a path of the run relative to `folder`, from wherever envtool runs."""
    root = tools.files.absolute(folder).replace(os.sep, "/")

    def name(path: str) -> str:
        if path == STDIN_SHOWN:
            return path
        return posixpath.relpath(tools.files.absolute(path).replace(os.sep, "/"), root)

    return name


def compared(
    tools: Tools, baseline: Baseline, target: Target, verdict: Verdict, selection: Selection
) -> Verdict:
    """`verdict` with what `baseline` says of each finding."""
    judgement = verdict.judgement
    name = name_in(tools, baseline.folder)
    findings = marked(judgement.findings, baseline.entries, unread(verdict), name)
    return replace(
        verdict,
        judgement=judgement._replace(findings=findings),
        sight=see(tools, baseline, target, verdict, selection),
    )


def see(
    tools: Tools, baseline: Baseline, target: Target, verdict: Verdict, selection: Selection
) -> Sight:
    """What `verdict` on `target` has to do with `baseline`."""
    name = name_in(tools, baseline.folder)
    reach = _reach(name, target, verdict, selection)
    return Sight(baseline.folder, baseline.entries, counted(takes(verdict), name), reach)


def missing(tools: Tools, sights: Sequence[Sight]) -> frozenset[str]:
    """The files that one baseline names and that are there no more."""
    folder, entries = sights[0].folder, sights[0].entries
    judged = {file for each in sights if each.reach is not None for file in each.reach.files}
    named = {key.path for key in entries} - judged
    kinds = ((each, tools.files.kind(posixpath.join(folder, each))) for each in named)
    return frozenset(each for each, kind in kinds if kind is FileKind.MISSING)


def gone(tools: Tools, sights: Iterable[Sight]) -> int:
    """How many entries of the baselines no longer occur, or not as often."""
    baselines: dict[str, list[Sight]] = {}
    for sight in sights:
        baselines.setdefault(sight.folder, []).append(sight)
    return sum(
        changed(group[0].entries, pruned(group[0].entries, group, missing(tools, group)))
        for group in baselines.values()
    )


def takes(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings of `verdict` that may stand in a baseline."""
    files = unread(verdict)
    findings = verdict.judgement.findings
    return tuple(each for each in findings if each.waived is None and may_stand(each, files))


def unread(verdict: Verdict) -> frozenset[str]:
    """The files that could not be judged."""
    paths = {each.place.path for each in verdict.failures if each.place is not None}
    config = verdict.project.dependabot if verdict.project else None
    return frozenset(paths | ({config.path} if config and config.problem else set()))


def _reach(
    name: Callable[[str], str], target: Target, verdict: Verdict, selection: Selection
) -> Reach | None:
    if verdict.project is None or unread(verdict):
        return None
    config = verdict.project.dependabot
    unwanted = frozenset(rule.id for rule in RULES if not selection.wants(rule))
    return Reach(
        files=frozenset(map(name, (*verdict.files, *((config.path,) if config else ())))),
        folder=name(target.folder) if target.files is None else None,
        left_out=unwanted | {skip.what for skip in verdict.judgement.skipped},
    )
