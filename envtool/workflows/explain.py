"""`envtool explain`: what a rule demands and why."""

from envtool.domain.mends import BY_RULE
from envtool.domain.policy.shapes import closest
from envtool.domain.policy.waiving import ALWAYS
from envtool.domain.results import Json, Result
from envtool.domain.rules import BY_ID, FAMILIES, RULES
from envtool.domain.rules.rule import Rule
from envtool.errors import UsageError


def explain(name: str | None) -> Result:
    """The documentation of one rule, of a family, or the titles of all without `name`.

    Raises `UsageError` when there is no such rule.
    """
    if name is None:
        rules = RULES
    elif name in BY_ID:
        rules = (BY_ID[name],)
    elif name in FAMILIES:
        rules = tuple(rule for rule in RULES if rule.family == name)
    else:
        hint = closest(name, (*FAMILIES, *BY_ID))
        raise UsageError(
            f"there is no rule or family `{name}`",
            hints=(hint or "`envtool explain` lists all rules",),
        )
    headline = f"{len(rules)} rules" if len(rules) > 1 else f"{rules[0].id}: {rules[0].title}"
    data: list[Json] = [_rule(rule) for rule in rules]
    return Result(command="explain", headline=headline, data={"rules": data})


def _rule(rule: Rule) -> dict[str, Json]:
    mender = BY_RULE.get(rule.id)
    mended = None if mender is None else "safe" if mender.safe else "unsafe"
    return {
        "id": rule.id,
        "title": rule.title,
        "text": rule.text,
        "recommended": rule.recommended.value,
        "strict": rule.strict.value,
        "mended": mended,
        "accepted": _accepted(rule),
    }


def _accepted(rule: Rule) -> str | None:
    """How a finding can be accepted: "inline" at its line, else by a "waiver", or not at all."""
    if rule.family in ALWAYS:
        return None
    return "inline" if rule.has_line else "waiver"
