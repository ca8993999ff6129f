"""`envtool verify`: judges environment files against the policy; writes nothing, runs nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from envtool.domain.findings import Severity
from envtool.domain.headline import headline
from envtool.domain.ignores import find_ignores
from envtool.domain.judge import NOT_JUDGED, Judgement, Selection, judge
from envtool.domain.policy.model import Policy
from envtool.domain.policy.records import Profile
from envtool.domain.policy.resolve import Resolved
from envtool.domain.policy.shapes import closest
from envtool.domain.project import Project
from envtool.domain.results import Failure, Json, Result, Skip
from envtool.domain.rules import BY_ID, FAMILIES, RULES
from envtool.domain.secrets import mask
from envtool.domain.specs import CondaDependency, Spec
from envtool.errors import EnvtoolError, NoProjectError, UnreadableError, UsageError
from envtool.ports import Tools
from envtool.workflows.bare_project import lost_files, nothing_found
from envtool.workflows.dependabot_file import load_dependabot
from envtool.workflows.policy_files import PolicyError, is_pinned, load_policy
from envtool.workflows.projects import (
    Target,
    find_targets,
    lock_files,
    locked_files,
    spec_files,
)
from envtool.workflows.spec_files import Outcome, load_spec

if TYPE_CHECKING:
    from envtool.domain.artifacts.state import ArtifactState
    from envtool.domain.baseline import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """What to judge, and how.

    Attributes:
        paths: files, folders or `-`; none is the project around the working directory.
        today: the day on which waivers are judged.
        recursive: judge every project below the paths.
        profile: instead of the policy's own.
        select: ids or families of the only rules to run.
        ignore: ids or families of rules not to run.
        fail_on: instead of the policy's own threshold.
        policy_from: a git revision or `FILE@sha256:HASH` whose policy judges.
        new_only: do not count what stands in the baseline, that of `policy_from` when given.
    """

    paths: tuple[str, ...]
    today: date
    recursive: bool = False
    profile: Profile | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    policy_from: str | None = None
    new_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """What came out of one target; `sight` is what it has to do with its baseline."""

    specs: tuple[Spec, ...] = ()
    files: tuple[str, ...] = ()
    judgement: Judgement = NOT_JUDGED
    failures: tuple[Failure, ...] = ()
    resolved: Resolved | None = None
    project: Project | None = None
    sight: "Sight | None" = None


def verify(tools: Tools, request: VerifyRequest) -> Result:
    """Every finding in what `request` names, under the policy of each project.

    Raises `UsageError` for unknown rules or when nothing is found to judge; what goes wrong
    with one file or one policy is a failure of the result.
    """
    targets, selection = prepared(tools, request)
    return report(
        tools, request, [judge_target(tools, request, each, selection) for each in targets]
    )


def prepared(tools: Tools, request: VerifyRequest) -> tuple[tuple[Target, ...], Selection]:
    """What is to be judged, and by which rules; raises as `verify` does."""
    selection = Selection(named_rules(request.select), named_rules(request.ignore))
    if request.new_only and request.policy_from and is_pinned(request.policy_from):
        raise UsageError(
            "`--policy-from` names a file, and a file brings no baseline for `--new-only`",
            hints=("name a git revision: `--policy-from origin/main`",),
        )
    left = [rule for rule in RULES if selection.wants(rule)]
    if all(rule.elsewhere for rule in left):
        hint = "`--ignore` takes away what `--select` names"
        if left:
            hint = f"`{left[0].id}` {left[0].elsewhere}"
        raise UsageError("no rule is left to run", hints=(hint,))
    try:
        targets = find_targets(tools, request.paths, recursive=request.recursive)
    except NoProjectError as error:
        raise NoProjectError(error.message, hints=(*error.hints, _OTHERS)) from error
    if not targets:
        raise UsageError(
            "no environment file in any folder below",
            hints=("name a file: `envtool verify path/to/environment.yml`",),
        )
    return targets, selection


_OTHERS = "`envtool verify FILE` judges one file, `envtool verify -r` every project below"


def named_rules(names: tuple[str, ...]) -> frozenset[str]:
    """`names` of rules and families; raises `UsageError` when there is none of such a name."""
    known = (*FAMILIES, *BY_ID)
    for name in names:
        if name not in known:
            hint = closest(name, known)
            raise UsageError(
                f"there is no rule or family `{name}`",
                hints=(hint,) if hint else ("`envtool explain` lists all rules",),
            )
    return frozenset(names)


def judge_target(
    tools: Tools, request: VerifyRequest, target: Target, selection: Selection
) -> Verdict:
    """Judge one project, or the files that were named below one policy."""
    if target.failure is not None:
        return Verdict(failures=(target.failure,))
    try:
        resolved = load_policy(tools, target.home, request.profile, request.policy_from)
        files = spec_files(tools, target, resolved.policy)
    except PolicyError as error:
        return Verdict(failures=error.failures)
    except UsageError:
        raise
    except EnvtoolError as error:
        return Verdict(failures=(Failure.of(error),))
    if not files and not lock_files(tools, target):
        return Verdict(resolved=resolved, failures=(nothing_found(target, resolved.policy),))
    outcomes = [load_spec(tools, file) for file in (*files, *lock_files(tools, target))]
    if target.files is None and any(each.lock for each in outcomes):
        from envtool.workflows.machine_files import with_machines

        outcomes = with_machines(tools, target.folder, outcomes)
        locks = tuple(each.lock for each in outcomes if each.lock is not None)
        why = None if files else lost_files(tools, target, resolved.policy, locks)
        if why is not None:
            return Verdict(resolved=resolved, failures=(why,))
    project = _project(tools, target, resolved, outcomes, request.today)
    owns_policy = target.home == target.folder and not request.recursive
    judgement = judge(
        project,
        selection._replace(whole=target.files is None, alone=owns_policy),
    )
    verdict = Verdict(
        specs=project.specs,
        files=tuple(file.shown for file in (*files, *lock_files(tools, target))),
        judgement=judgement,
        failures=tuple(each.failure for each in outcomes if each.failure),
        resolved=resolved,
        project=project,
    )
    return _compared(tools, request, target, selection, verdict) if request.new_only else verdict


def _compared(
    tools: Tools, request: VerifyRequest, target: Target, selection: Selection, verdict: Verdict
) -> Verdict:
    """`verdict` by the baseline of its project; not judged when there is none."""
    from envtool.workflows.baseline_files import compared, load_baseline

    try:
        baseline = load_baseline(tools, request, target.home)
    except UnreadableError as error:
        return Verdict(resolved=verdict.resolved, failures=(Failure.of(error),))
    return compared(tools, baseline, target, verdict, selection)


def _project(
    tools: Tools, target: Target, resolved: Resolved, outcomes: list[Outcome], today: date
) -> Project:
    specs = tuple(each.spec for each in outcomes if each.spec is not None)
    locks = tuple(each.lock for each in outcomes if each.lock is not None)
    catalog = tools.shipped.catalog()
    in_sync: Iterable[str] = ()
    if locks and target.files is None:
        from envtool.domain.lock_check import synced

        in_sync = synced(locks, specs, catalog)
    names = tools.shipped.licenses() if locks and resolved.policy.licenses.ask else None
    config = None
    if target.files is None:
        config = load_dependabot(tools, target.folder, tuple(spec.path for spec in specs))
    texts = [(spec.path, spec.lines) for spec in specs]
    texts += [(config.path, config.lines)] if config else []
    return Project(
        root=target.home,
        specs=specs,
        broken=tuple(each.broken for each in outcomes if each.broken is not None),
        locks=locks,
        synced=frozenset(in_sync),
        locked=_locked(tools, target, resolved.policy) if locks else None,
        policy=resolved.policy,
        dependabot=config,
        waiver_places=resolved.waiver_places,
        policy_texts=resolved.texts,
        unknown_keys=resolved.unknown,
        weakened=resolved.weakened,
        catalog=catalog,
        licenses=names,
        today=today,
        ignores=tuple(each for path, lines in texts for each in find_ignores(lines, path)),
        artifacts=_artifacts(tools, target) if locks else None,
    )


def _artifacts(tools: Tools, target: Target) -> "ArtifactState | None":
    if target.files is not None:
        return None
    from envtool.workflows.artifact_state import artifact_state

    return artifact_state(tools, target.folder)


def _locked(tools: Tools, target: Target, policy: Policy) -> frozenset[str] | None:
    try:
        return frozenset(each.path for each in locked_files(tools, target, policy))
    except UsageError:
        return None


def report(tools: Tools, request: VerifyRequest, verdicts: list[Verdict]) -> Result:
    """What came out of all targets together."""
    policies = [each.resolved.policy for each in verdicts if each.resolved is not None]
    strictest = max(
        (each.fail_on for each in policies), key=lambda each: each.rank, default=Severity.ERROR
    )
    result = Result(
        command="verify",
        headline="",
        findings=tuple(finding for each in verdicts for finding in each.judgement.findings),
        failures=tuple(failure for each in verdicts for failure in each.failures),
        skipped=_skipped(verdicts),
        fail_on=request.fail_on or strictest,
        notes=_gone(tools, request, verdicts) if request.new_only else (),
        data={"files": [each for verdict in verdicts for each in _files(verdict)]},
    )
    files = [path for each in verdicts for path in each.files]
    return replace(result, headline=headline(result, files))


def _gone(tools: Tools, request: VerifyRequest, verdicts: list[Verdict]) -> tuple[str, ...]:
    """Says so when entries of the baselines no longer occur."""
    from envtool.workflows.baseline_files import gone, typed

    number = gone(tools, (each.sight for each in verdicts if each.sight is not None))
    if not number:
        return ()
    entries, are = ("entries", "are") if number > 1 else ("entry", "is")
    where = f" in `{request.policy_from}`" if request.policy_from else ""
    return (f"{number} {entries} of the baseline{where} {are} gone: `{typed('prune', request)}`",)


def _skipped(verdicts: list[Verdict]) -> tuple[Skip, ...]:
    """Each rule that was not run, once, however many targets there were; then the coverage."""
    skipped = dict.fromkeys(skip for each in verdicts for skip in each.judgement.skipped)
    covered = [each for verdict in verdicts for each in verdict.judgement.coverage]
    for rules, what in dict.fromkeys((each.rules, each.what) for each in covered):
        same = [each for each in covered if (each.rules, each.what) == (rules, what)]
        known, total = sum(each.known for each in same), sum(each.total for each in same)
        skipped[Skip(rules, f"{what} for {known} of {total}")] = None
    return tuple(skipped)


def _files(verdict: Verdict) -> Iterator[Json]:
    project = verdict.project
    if project is None:
        return
    for spec in project.specs:
        packages: list[Json] = [
            {
                "name": each.name,
                "manager": "conda" if isinstance(each.dependency, CondaDependency) else "pip",
                "requirement": mask(each.dependency.text),
                "layer": project.layer(spec, each.name),
                "line": each.dependency.place.line,
            }
            for each in project.requirements(spec)
        ]
        yield {
            "path": spec.path,
            "role": spec.role.value,
            "profile": project.policy.profile.value,
            "packages": packages,
        }
    for lock in project.locks:
        yield {"path": lock.path, "role": "lock", "profile": project.policy.profile.value}
