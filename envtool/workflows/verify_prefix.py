"""`envtool verify --prefix`: judges an installed prefix; writes nothing, runs nothing of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from envtool.domain.environments import PRODUCTION, categories_of
from envtool.domain.findings import Place
from envtool.domain.headline import headline
from envtool.domain.installed import Damage, Harm, Inspection, Installed, Yardstick
from envtool.domain.judge import Judgement, Selection, judge
from envtool.domain.locks import Lock
from envtool.domain.policy.model import Policy
from envtool.domain.project import Project
from envtool.domain.results import Failure, Json, Result, Skip
from envtool.domain.rules import RULES
from envtool.domain.rules.prefix import altered_file, changed_version, extra, missing, missing_file
from envtool.domain.rules.rule import Rule, Scope
from envtool.domain.specs import Role
from envtool.errors import ExitCode, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.finder import Finder
from envtool.workflows.lock_environments import known_categories
from envtool.workflows.policy_files import PolicyError, load_policy
from envtool.workflows.prefixes import Where, no_environment, prefix_of, recreated, shown, was_moved
from envtool.workflows.projects import Target, find_targets, lock_files, spec_files
from envtool.workflows.spec_files import SpecFile, load_spec
from envtool.workflows.verify import VerifyRequest, named_rules

# What pixi calls the environment that has no name.
_DEFAULT = "default"
_BY_LOCK = (missing, extra, changed_version)
_BY_FILES = (altered_file, missing_file)
# So many files that can not be read are named.
_NAMED = 3


class _Measure(NamedTuple):
    """What a prefix is measured by, or why it is not."""

    yardstick: Yardstick | None = None
    skipped: tuple[Skip, ...] = ()
    failures: tuple[Failure, ...] = ()


def verify_prefix(tools: Tools, request: VerifyRequest, where: Where) -> Result:
    """Every finding in the prefix that `where` names, under the policy of the project.

    The paths of `request` name the project, or a lock; none is the project around the working
    directory, or none at all: then only the files and the needs of the packages are judged.
    Raises `EnvtoolError` when there is no prefix, or no such environment in the lock.
    """
    selection = Selection(named_rules(request.select), named_rules(request.ignore))
    if not any(_is_ours(each) and selection.wants(each) for each in RULES):
        raise UsageError(
            "no rule on prefixes is left to run",
            hints=("`envtool explain prefix` lists them",),
        )
    target = _target(tools, request.paths)
    try:
        resolved = load_policy(tools, target.home, request.profile, request.policy_from)
    except PolicyError as error:
        return _unjudged(error.failures, request)
    path = prefix_of(tools, target.folder, where)
    prefix = shown(tools, path)
    if where.prefix is None and tools.files.kind(path) is FileKind.MISSING:
        has_project = Finder(tools.files).nearest(target.folder) is not None
        raise no_environment(tools.files, prefix, where, has_project=has_project)
    installed = tools.inspector().read(prefix)
    wants = _Wants(selection, resolved.policy)
    measure = _Measure()
    if wants.any_of(_BY_LOCK):
        measure = _measure(tools, target, installed, resolved.policy, where.environment)
    damages = tools.inspector().check_files(installed) if wants.any_of(_BY_FILES) else ()
    project = Project(
        root=target.home,
        specs=(),
        policy=resolved.policy,
        waiver_places=resolved.waiver_places,
        policy_texts=resolved.texts,
        catalog=tools.shipped.catalog(),
        today=request.today,
        inspection=Inspection(
            prefix, installed, damages, measure.yardstick, again=recreated(where)
        ),
    )
    result = _result(project, judge(project, selection), measure, request)
    result = replace(result, failures=(*_moved(tools, prefix, where), *result.failures))
    return replace(result, headline=headline(result, (prefix,)))


def _is_ours(rule: Rule) -> bool:
    return rule.scope is Scope.PREFIX


class _Wants(NamedTuple):
    """Which rules will be judged: what they need not is not looked at."""

    selection: Selection
    policy: Policy

    def any_of(self, rules: tuple[Rule, ...]) -> bool:
        return any(
            self.selection.wants(each) and self.policy.severities[each.id] is not None
            for each in rules
        )


def _target(tools: Tools, paths: tuple[str, ...]) -> Target:
    """The project, or the lock that was named; the working directory when there is neither."""
    if len(paths) > 1:
        raise UsageError(
            "a prefix is judged by one project, or one lock", hints=("name one of them",)
        )
    try:
        return find_targets(tools, paths, recursive=False)[0]
    except UsageError:
        if paths:
            raise
        return Target(".", ".")


def _measure(
    tools: Tools, target: Target, installed: Installed, policy: Policy, environment: str
) -> _Measure:
    """The part of the lock that belongs into the prefix; raises `UsageError`."""
    named = tuple(SpecFile(path, Role.PRODUCTION) for path in target.files or ())
    files = named or lock_files(tools, target)
    if not files:
        why = (
            "the project has no lock"
            if spec_files(tools, target, policy)
            else "no lock around here"
        )
        return _Measure(skipped=(Skip("environment check", why),))
    outcome = load_spec(tools, files[0])
    lock = outcome.lock
    if lock is None:
        message = f"`{files[0].path}` is no lock"
        hints = ("name a lock, or the folder of a project",)
        failure = outcome.failure or Failure(
            ExitCode.UNREADABLE, message, Place(files[0].path), hints
        )
        return _Measure(failures=(failure,))
    platform = installed.platform or tools.desk().platform()
    there = {each.platform for each in lock.packages} | {*lock.platforms}
    if there.isdisjoint({platform, "noarch"}):
        return _Measure(failures=(_elsewhere(lock, platform, there),))
    known = known_categories(tools, target.folder, lock)
    return _Measure(_yardstick(lock, platform, environment, known))


def _elsewhere(lock: Lock, platform: str, there: set[str]) -> Failure:
    listed = ", ".join(sorted(there)) or "no platform"
    return Failure(
        code=ExitCode.UNREADABLE,
        message=f"`{lock.path}` is for {listed}, and the prefix for {platform}",
        place=Place(lock.path),
        hints=(f"lock for it, too: `envtool lock --platform {platform}`",),
    )


def _yardstick(lock: Lock, platform: str, environment: str, known: frozenset[str]) -> Yardstick:
    if lock.isolated:
        name = _DEFAULT if environment == PRODUCTION else environment
        if name not in known:
            listed = ", ".join(f"`{each}`" for each in sorted(known))
            raise UsageError(
                f"the lock has no environment `{environment}`", hints=(f"it has {listed}",)
            )
        categories: tuple[str, ...] = (name,)
    else:
        categories = categories_of(environment, known)
    here = [each for each in lock.packages if each.platform in {platform, "noarch"}]
    return Yardstick(
        lock.path,
        environment,
        tuple(each for each in here if each.category in categories),
        tuple(each for each in here if each.category not in categories),
    )


def _result(
    project: Project, judgement: Judgement, measure: _Measure, request: VerifyRequest
) -> Result:
    inspection = project.inspection
    assert inspection is not None  # noqa: S101 - made above
    profile = project.policy.profile.value
    return Result(
        command="verify",
        headline="",
        findings=judgement.findings,
        failures=(*measure.failures, *_unread(inspection)),
        skipped=(*measure.skipped, *judgement.skipped),
        notes=tuple(_notes(inspection)),
        fail_on=request.fail_on or project.policy.fail_on,
        data={
            "files": [{"path": inspection.prefix, "role": "prefix", "profile": profile}],
            "prefix": _data(inspection),
        },
    )


def _unjudged(failures: tuple[Failure, ...], request: VerifyRequest) -> Result:
    """What is left to say without a policy."""
    result = Result(command="verify", headline="", failures=failures)
    if request.fail_on is not None:
        result = replace(result, fail_on=request.fail_on)
    return replace(result, headline=headline(result, ()))


def _moved(tools: Tools, prefix: str, where: Where) -> Iterator[Failure]:
    """That it is not where it was built for, if so."""
    place = tools.prefixes().built_for(prefix)
    if place is not None:
        yield Failure(
            code=ExitCode.NO,
            message=was_moved(prefix, place),
            place=Place(prefix),
            hints=(f"build it for here: `{recreated(where)}`",),
        )


def _unread(inspection: Inspection) -> Iterator[Failure]:
    """What could not be looked at: records, and files."""
    for path, why in inspection.installed.broken:
        yield Failure(
            code=ExitCode.UNREADABLE,
            message=f"`{path}` {why}",
            place=Place(f"{inspection.prefix}/{path}"),
            hints=(f"build it again: `{inspection.again}`; the record says what is the package's",),
        )
    closed = [each for each in inspection.damages if each.harm is Harm.UNREADABLE]
    if closed:
        files = "files" if len(closed) > 1 else "file"
        named = ", ".join(f"`{each.path}` ({each.why})" for each in closed[:_NAMED])
        more = f" and {len(closed) - _NAMED} more" if len(closed) > _NAMED else ""
        yield Failure(
            code=ExitCode.UNREADABLE,
            message=f"{len(closed)} {files} can not be read: {named}{more}",
            place=Place(inspection.prefix),
            hints=("verify as the owner of the prefix",),
        )


def _notes(inspection: Inspection) -> Iterator[str]:
    """What was looked at."""
    installed, yardstick = inspection.installed, inspection.yardstick
    packages = len(installed.packages)
    plural = "s" if packages != 1 else ""
    by = f" by `{yardstick.path}` ({yardstick.environment})" if yardstick else ""
    yield f"judged {packages} package{plural}{by}, {installed.files} files"


def _data(inspection: Inspection) -> Json:
    installed, yardstick = inspection.installed, inspection.yardstick
    return {
        "path": inspection.prefix,
        "platform": installed.platform or None,
        "lock": yardstick.path if yardstick else None,
        "environment": yardstick.environment if yardstick else None,
        "packages": len(installed.packages),
        "files": installed.files,
        "damages": [_damage(each) for each in inspection.damages],
    }


def _damage(damage: Damage) -> Json:
    return {
        "package": damage.package.name,
        "path": damage.path,
        "harm": damage.harm.name.lower(),
        "why": damage.why or None,
    }
