"""`envtool audit --fix`, `envtool update --security`: the least change that mends the most.

The nearest version that mends each package, solved together with all others held; the lock that
comes out is audited again, and lies beside the project as a candidate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from envtool.domain.auditing.fixing import Package
from envtool.domain.auditing.headline import besides
from envtool.domain.auditing.hits import certain
from envtool.domain.auditing.sources import Engine, Sources
from envtool.domain.findings import Finding, Severity
from envtool.domain.judge import Selection, judge
from envtool.domain.plan import Plan, plan
from envtool.domain.plan_json import counted, described
from envtool.domain.results import Json, Result
from envtool.domain.rules.advisories import RULES, vulnerable
from envtool.errors import ExitCode, UsageError
from envtool.ports import Tools
from envtool.workflows.audit import Audited, AuditRequest, look_up
from envtool.workflows.fix_blockers import blocker
from envtool.workflows.fix_needs import Needs, needs_of
from envtool.workflows.fix_search import Blocked, Fixes, Search
from envtool.workflows.lock import written_packages
from envtool.workflows.lock_held import held_records
from envtool.workflows.lock_inputs import Inputs, read_inputs
from envtool.workflows.overlay import Overlay
from envtool.workflows.projects import find_targets
from envtool.workflows.spec_files import LOCK_FILE
from envtool.workflows.turn import project_turn
from envtool.workflows.update_choice import newest_build
from envtool.workflows.update_outcome import (
    Asked,
    candidate_of,
    changed_files,
    keep,
    locked,
    rewritten,
)

# What is left, and what is not known: a fix is as sure as the audit that it rests on.
_RULES = frozenset(each.id for each in RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRequest:
    """What to mend.

    Attributes:
        folder: of the project, or below it.
        now: the moment by which waivers and cooldowns are judged.
        say: is told on whom it waits.
        command: the verb, as typed: `audit` or `update`.
        engine: who looks up what is on PyPI.
        vex: VEX documents besides those of the policy.
        dry_run: write nothing.
    """

    folder: str
    now: datetime
    say: Callable[[str], None]
    command: str = "audit"
    engine: Engine = Engine.ENVTOOL
    vex: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def typed(self) -> str:
        """How to ask for the same again."""
        return "envtool audit --fix" if self.command == "audit" else "envtool update --security"

    @property
    def audit(self) -> AuditRequest:
        """The audit of the project as it is."""
        return AuditRequest(
            now=self.now, path=self.folder, engine=self.engine, vex=self.vex, keep=False
        )


def audit_fix(tools: Tools, request: FixRequest) -> Result:
    """Make a candidate that mends what can be mended, and say what is left and why.

    The findings are those of an audit of the candidate: what is still vulnerable, and how much of
    it is not known. Raises `EnvtoolError` when something can not be read, reached or written.
    """
    target = find_targets(tools, (request.folder,), recursive=False)[0]
    if target.files is not None:
        raise UsageError(
            f"`{request.folder}` is a file, and the lock of a project is mended",
            hints=(f"name its folder: `{request.typed} FOLDER`",),
        )
    if request.dry_run:
        return _fix(tools, request)
    with project_turn(tools, target.folder, request.say) as notes:
        result = _fix(tools, request)
        return replace(result, notes=(*notes, *result.notes))


def _fix(tools: Tools, request: FixRequest) -> Result:
    inputs = read_inputs(tools, request.folder, request.now.date())
    if inputs.old is None:
        raise UsageError("there is no lock to mend", hints=("make one: `envtool lock`",))
    before = look_up(tools, request.audit)
    if before.failures:
        return _unknown(request, before)
    sources = Sources.of(inputs.project.policy.audit_sources, request.engine)
    needs = needs_of(tools, inputs, before, sources)
    newest = newest_build(request.now, None, inputs.project.policy.cooldown_days)
    held = held_records(tools, inputs)
    search = Search(tools=tools, inputs=inputs, held=held, needs=needs, newest=newest)
    fixes = search.fixes()
    blocked = tuple((each, *blocker(tools, search, each)) for each in fixes.blocked)
    if fixes.found is None:
        return _nothing(request, before, needs, blocked)
    asked = _asked(request, needs, fixes)
    texts = locked(tools, asked, fixes.found, newest)
    after = _again(tools, request, changed_files(fixes.found), inputs, texts)
    made = plan(
        inputs.locked, written_packages(tools, texts[LOCK_FILE]), inputs.project, asked.security
    )
    data = described(made, tuple(rewritten(inputs, fixes.found)), inputs.platforms)
    candidate = candidate_of(tools, inputs, asked, fixes.found, texts)
    findings = _findings(after)
    notes = (
        *_left(blocked),
        *_fresh(needs, fixes, newest, request.now),
        *_worse(before, after),
        keep(tools, inputs, asked, candidate, data),
    )
    return Result(
        command=request.command,
        headline="; ".join((_headline(needs, fixes, made, findings), *_besides(after, findings))),
        findings=findings,
        failures=after.failures,
        notes=notes,
        fail_on=inputs.project.policy.fail_on,
        data={"plan": data, "fix": _described(needs, fixes, blocked)},
    )


def _asked(request: FixRequest, needs: Needs, fixes: Fixes) -> Asked:
    by_package = {each.package: each for each in needs.needs}
    return Asked(
        folder=request.folder,
        today=request.now.date(),
        command=request.typed,
        dry_run=request.dry_run,
        security={
            package: by_package[package].mended(version) for package, version in fixes.exact.items()
        },
    )


def _again(
    tools: Tools,
    request: FixRequest,
    files: dict[str, bytes],
    inputs: Inputs,
    texts: dict[str, str],
) -> Audited:
    """The audit of the lock as it would be."""
    prefix = "" if inputs.folder in {"", "."} else f"{inputs.folder}/"
    written = {f"{prefix}{name}": text.encode() for name, text in texts.items()}
    over = replace(tools, files=Overlay(tools.files, {**files, **written}))
    return look_up(over, request.audit)


def _findings(audited: Audited) -> tuple[Finding, ...]:
    """What is vulnerable and what is not known, as the policy has it.

    What is in doubt and counts for nothing is for an audit to list.
    """
    # To type the same again mends no more.
    project = replace(audited.material.project, audit=audited.facts._replace(fix=""))
    findings = judge(project, Selection(select=_RULES)).findings
    return tuple(
        each
        for each in findings
        if each.rule == vulnerable.id or each.severity is not Severity.INFO
    )


def _unknown(request: FixRequest, before: Audited) -> Result:
    return Result(
        command=request.command,
        headline=f"Nothing fixed: {before.failures[0].message}",
        failures=before.failures,
        notes=("nothing was written",),
    )


def _nothing(
    request: FixRequest,
    before: Audited,
    needs: Needs,
    blocked: tuple[tuple[Blocked, str, tuple[str, ...]], ...],
) -> Result:
    """Nothing to mend, or nothing that can be."""
    number = len(needs.needs)
    findings = _findings(before)
    result = Result(
        command=request.command,
        headline="",
        findings=findings,
        notes=(*_left(blocked), "nothing was written"),
        fail_on=before.material.project.policy.fail_on,
        data={"fix": _described(needs, None, blocked)},
    )
    headline = "Nothing to fix: no package has a known vulnerability"
    if number:
        is_offered = any(each.version for each, *_ in blocked)
        why = "each fix is blocked" if is_offered else "no fix is offered"
        headline = f"Nothing fixed: {_counted(number)} vulnerable, and {why}"
    elif result.exit_code is not ExitCode.YES:
        headline = "Incomplete: no known vulnerability to fix"
    return replace(result, headline="; ".join((headline, *_besides(before, findings))))


def _headline(needs: Needs, fixes: Fixes, made: Plan, findings: tuple[Finding, ...]) -> str:
    total = len(needs.needs)
    left = [each for each in findings if each.is_open and each.rule == vulnerable.id]
    mended = f"Fixed {len(fixes.exact)} of {total} vulnerable package{'s' if total != 1 else ''}"
    still = {each.package for each in left}
    if not left:
        return f"{mended}: {counted(made)}"
    return f"{mended}, {_counted(len(still))} still vulnerable: {counted(made)}"


def _besides(audited: Audited, findings: tuple[Finding, ...]) -> list[str]:
    return besides([each for each in findings if each.is_open], audited.facts)


def _counted(number: int) -> str:
    return "1 package is" if number == 1 else f"{number} packages are"


def _left(blocked: tuple[tuple[Blocked, str, tuple[str, ...]], ...]) -> Iterator[str]:
    """What can not be mended, and what is in the way."""
    for each, why, hints in blocked:
        yield f"not fixed: `{each.need.subject.label}`: {why}"
        yield from hints[:1]


def _fresh(needs: Needs, fixes: Fixes, newest: datetime | None, now: datetime) -> Iterator[str]:
    """Which fixes are younger than the cooldown lets updates be."""
    for package, version in fixes.exact.items():
        young = needs.exempt({package: version}, newest)
        stamps = [each.timestamp for some in young.values() for each in some if each.timestamp]
        if stamps:
            days = int((now.timestamp() - max(stamps) / 1000) // 86400)
            age = "1 day" if days == 1 else f"{days} days"
            yield f"`{package[1]} {version}` is {age} old: a fix may pass `updates.cooldown-days`"


def _worse(before: Audited, after: Audited) -> Iterator[str]:
    """Vulnerabilities that the lock did not have before."""
    known = _open(before)
    for package, ids in _open(after).items():
        new = ids - known.get(package, frozenset())
        if new:
            yield f"new in `{package[1]}`: {', '.join(sorted(new))}; look at it before you accept"


def _open(audited: Audited) -> dict[Package, frozenset[str]]:
    return {
        (each.subject.manager, each.subject.name): frozenset(hit.id for hit in certain(each))
        for each in audited.facts.standings
    }


def _described(
    needs: Needs,
    fixes: Fixes | None,
    blocked: tuple[tuple[Blocked, str, tuple[str, ...]], ...],
) -> Json:
    reasons = {each.need.package: (why, hints) for each, why, hints in blocked}
    exact = fixes.exact if fixes else {}
    found: list[Json] = []
    for each in needs.needs:
        version = exact.get(each.package)
        why, hints = reasons.get(each.package, ("", ()))
        mended = each.mended(version) if version else ()
        found.append(
            {
                "manager": each.subject.manager,
                "name": each.subject.name,
                "before": each.subject.version,
                "after": version,
                "mended": [*mended],
                "left": [hit.id for hit in each.hits if hit.id not in mended],
                "blocker": why or None,
                "hints": [*hints],
            }
        )
    return found
