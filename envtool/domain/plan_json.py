"""A plan as JSON: what reports show, and what `.envtool/candidate/plan.json` keeps."""

from collections.abc import Iterable
from typing import NamedTuple

from envtool.domain.plan import Plan, PlannedChange
from envtool.domain.policy.records import Decision
from envtool.domain.results import Json


class Rewritten(NamedTuple):
    """A line of an environment file that follows the update."""

    path: str
    line: int
    before: str
    after: str


def headline(plan: Plan) -> str:
    """`3 packages change: 2 auto, 1 needs review`."""
    number = len(plan.changes)
    verb = "1 package changes" if number == 1 else f"{number} packages change"
    return f"{verb}: {_decisions(plan)}" if number else verb


def counted(plan: Plan) -> str:
    """`3 changes: 2 auto, 1 needs review`."""
    number = len(plan.changes)
    noun = "1 change" if number == 1 else f"{number} changes"
    return f"{noun}: {_decisions(plan)}" if number else "no change of a package"


def _decisions(plan: Plan) -> str:
    auto, review = plan.count(Decision.AUTO), plan.count(Decision.REVIEW)
    words = [f"{auto} auto"] if auto else []
    words += [f"{review} need{'s' if review == 1 else ''} review"] if review else []
    return ", ".join(words)


def described(plan: Plan, lines: Iterable[Rewritten], platforms: Iterable[str]) -> dict[str, Json]:
    """The plan with the lines of files that follow it; `platforms` are those of the project."""
    everywhere = set(platforms)
    return {
        "counts": {each.value: plan.count(each) for each in Decision},
        "changes": [_change(each, everywhere) for each in plan.changes],
        "lines": [each._asdict() for each in lines],
    }


def _change(change: PlannedChange, everywhere: set[str]) -> Json:
    standing, ruling = change.standing, change.ruling
    return {
        "name": change.name,
        "manager": change.manager,
        "kind": change.kind.value,
        "before": change.before,
        "after": change.after,
        "platforms": [*change.platforms],
        "everywhere": everywhere <= set(change.platforms),
        "builds": [each._asdict() for each in change.builds],
        "security": [*change.security],
        "layer": standing.layer,
        "direct": standing.direct,
        "through": [*standing.through],
        "decision": ruling.decision.value,
        "decided_by": {
            "reason": ruling.reason.value,
            "key": ruling.key,
            "line": ruling.line,
            "origin": ruling.origin,
        },
    }
