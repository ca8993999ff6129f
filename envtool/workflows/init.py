"""`envtool init`: brings envtool into a repository; overwrites nothing, hides nothing."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from envtool.domain.adoption import CREDENTIALS, Accepted, PolicyDraft, accept
from envtool.domain.findings import Finding, Severity
from envtool.domain.policy.records import Profile
from envtool.domain.results import Failure, Json, Result, Skip
from envtool.domain.specs import Role
from envtool.errors import UsageError
from envtool.ports import Tools
from envtool.workflows.adoption_files import (
    Change,
    Site,
    adoption_changes,
    find_site,
    projects_below,
)
from envtool.workflows.overlay import Overlay
from envtool.workflows.policy_files import POLICY_FILE, load_policy
from envtool.workflows.projects import Target, role_of, spec_files
from envtool.workflows.spec_search import search_specs
from envtool.workflows.verify import VerifyRequest, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class InitRequest:
    """Where to bring envtool, and how.

    Attributes:
        folder: the project.
        today: the day from which waivers run.
        profile: of the new policy; None is `recommended`, or the policy that is there.
        dry_run: plan and check, write nothing.
    """

    folder: str
    today: date
    profile: Profile | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """What would be written, and what `envtool verify` says once it is."""

    changes: tuple[Change, ...]
    verdict: Result
    specs: tuple[str, ...]
    command: str
    accepted: tuple[Accepted, ...] = ()
    skipped: tuple[Skip, ...] = ()

    @property
    def credentials(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.verdict.open_findings if each.rule in CREDENTIALS)

    @property
    def errors(self) -> tuple[Finding, ...]:
        fail_on = self.verdict.fail_on
        return tuple(e for e in self.verdict.open_findings if e.severity.at_least(fail_on))


def init(tools: Tools, request: InitRequest) -> Result:
    """Write a policy, an ignore, a workflow and Dependabot's file where they are missing.

    Nothing is written unless `envtool verify` passes with all of it: a file that can not be
    read, a credential, or an error under a policy that is there make the answer "no". Raises
    `UsageError` when there is no environment file, or no place to write to.
    """
    site = find_site(tools, request.folder)
    if site.policy is not None and request.profile is not None:
        raise UsageError(
            f"`--profile` is for a new policy, and `{site.policy}` is there",
            hints=(f'write `profile = "{request.profile}"` there',),
        )
    if site.policy is not None:
        return _finished(tools, request, site, _plan(tools, request, site, None))
    draft, failures, skipped = _draft(tools, request, site)
    if failures:
        return _unreadable(failures)
    plan = _plan(tools, request, site, draft)
    if plan.errors and not plan.verdict.failures and not plan.credentials:
        names = {path: posixpath.relpath(path, site.folder) for path in plan.specs}
        draft = draft._replace(accepted=accept(plan.errors, names))
        plan = _plan(tools, request, site, draft)
    plan = replace(plan, accepted=draft.accepted, skipped=skipped)
    return _finished(tools, request, site, plan)


def _draft(
    tools: Tools, request: InitRequest, site: Site
) -> tuple[PolicyDraft, tuple[Failure, ...], tuple[Skip, ...]]:
    """The new policy; it names the environment files when their own names do not tell.

    It makes one environment of all that it names, so several projects below are not named.
    """
    draft = PolicyDraft(request.profile or Profile.RECOMMENDED, request.today)
    policy = load_policy(tools, site.folder).policy
    if spec_files(tools, Target(site.folder, site.folder), policy):
        return draft, (), ()
    below = projects_below(tools, site)
    if len(below) > 1:
        return draft, (), ()
    searched = search_specs(tools, site.folder)
    if not searched.paths and not searched.failures:
        raise UsageError(
            f"no environment file in `{tools.files.absolute(site.folder)}` or below",
            hints=("name the folder of a project: `envtool init path/to/project`",),
        )
    named: dict[Role, list[str]] = {role: [] for role in Role}
    for path in searched.paths:
        named[role_of(path, site.folder, policy)].append(posixpath.relpath(path, site.folder))
    draft = draft._replace(
        production=tuple(named[Role.PRODUCTION]), development=tuple(named[Role.DEVELOPMENT])
    )
    return draft, () if searched.paths else searched.failures, searched.skipped


def _plan(tools: Tools, request: InitRequest, site: Site, draft: PolicyDraft | None) -> _Plan:
    text = None if draft is None else draft.text(tools.shipped.template(POLICY_FILE))
    path = posixpath.join(site.folder, POLICY_FILE)
    seen = tools if text is None else _with_planned(tools, {path: text})
    policy = load_policy(seen, site.home).policy
    own = spec_files(seen, Target(site.folder, site.home), policy)
    below = projects_below(seen, site)
    files = (*own, *(file for each in below for file in spec_files(seen, each, policy)))
    specs = tuple(dict.fromkeys(file.path for file in files))
    projects = tuple(each.folder for each in below)
    if below and own:
        projects = (site.folder, *projects)
    changes = adoption_changes(tools, site, text, specs, projects)
    written = {each.path: each.text for each in changes if each.action == "write"}
    wanted = VerifyRequest(paths=(site.folder,), today=request.today, recursive=bool(below))
    return _Plan(
        changes=changes,
        verdict=verify(_with_planned(tools, written), wanted),
        specs=specs,
        command="envtool verify -r" if below else "envtool verify",
    )


def _with_planned(tools: Tools, planned: Mapping[str, str]) -> Tools:
    """`tools` that see the texts of `planned` at their paths."""
    texts = {path: text.encode("utf-8", "replace") for path, text in planned.items()}
    return replace(tools, files=Overlay(tools.files, texts))


def _unreadable(failures: tuple[Failure, ...]) -> Result:
    headline = f"Wrote nothing: {failures[0].message}"
    return Result(command="init", headline=headline, failures=failures)


def _finished(tools: Tools, request: InitRequest, site: Site, plan: _Plan) -> Result:
    """Carries the plan out, or says why not."""
    if plan.verdict.failures:
        return _unreadable(plan.verdict.failures)
    if plan.credentials:
        return _refused(plan.credentials, "credential", "a policy can not accept")
    if plan.errors:
        return _refused(plan.errors, "error", f"`{site.policy or POLICY_FILE}` does not allow")
    if not request.dry_run:
        for change in plan.changes:
            _carry_out(tools, change)
    return Result(
        command="init",
        headline=_headline(plan, dry_run=request.dry_run),
        skipped=plan.skipped,
        data={
            "dry_run": request.dry_run,
            "files": [_file(each) for each in plan.changes],
            "accepted": [_accepted(each) for each in plan.accepted],
        },
    )


def _refused(findings: tuple[Finding, ...], what: str, why: str) -> Result:
    number = f"{len(findings)} {what}{'s' if len(findings) > 1 else ''}"
    return Result(
        command="init",
        headline=f"Wrote nothing: {number} that {why}",
        findings=findings,
        fail_on=Severity.INFO,
    )


def _carry_out(tools: Tools, change: Change) -> None:
    match change.action:
        case "write":
            tools.files.create(change.path, change.text)
        case "add":
            tools.files.append(change.path, change.text)


def _headline(plan: _Plan, *, dry_run: bool) -> str:
    number = sum(each.action != "keep" for each in plan.changes)
    passes = f"`{plan.command}` passes"
    if not number and any(change.note for change in plan.changes):
        return f"Changed nothing: what is left to add by hand stands below; {passes}"
    if not number:
        return f"Changed nothing: everything is there, and {passes}"
    files = f"{number} file{'s' if number > 1 else ''}"
    verb = "Would write" if dry_run else "Wrote"
    return f"{verb} {files}: with them {passes}"


def _file(change: Change) -> Json:
    return {
        "path": change.path,
        "action": change.action,
        "text": change.text or None,
        "note": change.note,
    }


def _accepted(accepted: Accepted) -> Json:
    return {
        "rule": accepted.rule,
        "findings": accepted.findings,
        "how": "waived" if accepted.waived else "warning",
        "package": accepted.package,
    }
