"""`envtool audit --explain`: who a package is, who was asked about it, and each answer."""

from envtool.domain.auditing.described import described, described_package
from envtool.domain.auditing.hits import certain, doubtful
from envtool.domain.auditing.standings import Standing, State
from envtool.domain.pip_grammar import canonical
from envtool.domain.policy.shapes import closest
from envtool.domain.results import Result
from envtool.errors import UsageError
from envtool.ports import Tools
from envtool.workflows.audit import AuditRequest, look_up


def explain(tools: Tools, request: AuditRequest, package: str) -> Result:
    """Everything that an audit of `request` knows of `package`; nothing is judged.

    Raises `UsageError` when there is no such package, else as `audit`.
    """
    found = look_up(tools, request)
    wanted = canonical(package)
    standings = found.facts.standings
    meant = [each for each in standings if canonical(each.subject.name) == wanted]
    if not meant:
        names = tuple(each.subject.name for each in standings)
        hint = closest(package, names) or "`envtool audit --expand` names those that it found"
        raise UsageError(f"`{found.facts.place.path}` holds no package `{package}`", hints=(hint,))
    return Result(
        command="audit",
        headline="; ".join(f"`{each.subject.label}` {_answer(each)}" for each in meant),
        failures=(*found.material.failures, *found.failures),
        notes=(*found.material.notes, *found.said.notes),
        data={
            "explained": {
                "packages": [described_package(each) for each in meant],
                "sources": described(found.facts)["sources"],
            }
        },
    )


def _answer(standing: Standing) -> str:
    """What is known of it, in half a sentence."""
    if standing.state is State.NOT_AUDITED:
        return f"was not audited: {standing.reason}"
    hits = certain(standing) or doubtful(standing)
    known = f"{len(hits)} known {'vulnerabilities' if len(hits) > 1 else 'vulnerability'}"
    if standing.state is State.VULNERABLE:
        return f"is vulnerable: {known}"
    if standing.state is State.UNCONFIRMED:
        return f"may be affected: {known}, unconfirmed"
    return "has no known vulnerability"
