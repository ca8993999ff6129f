"""Every rule, in the order of the reference."""

from envtool.domain.rules import (
    artifacts,
    channels,
    environment,
    evidence,
    governance,
    layers,
    licenses,
    locks,
    pins,
    prefix,
    service,
    upkeep,
    waivers,
)
from envtool.domain.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *environment.RULES,
    *layers.RULES,
    *upkeep.RULES,
    *pins.RULES,
    *channels.RULES,
    *locks.RULES,
    *artifacts.RULES,
    *licenses.RULES,
    *prefix.RULES,
    *evidence.RULES,
    *service.RULES,
    *governance.RULES,
    *waivers.RULES,
)
BY_ID = {rule.id: rule for rule in RULES}
DEFAULTS = tuple(rule.default for rule in RULES)
# What `verify --fix` mends without `--unsafe-fixes`; `domain.mends` does it and is loaded then.
MENDED = frozenset({
    "env.prefix-key", "env.duplicate", "env.pip-without-pip", "env.dev-tool-in-production",
    "pins.wildcard",
})  # fmt: skip
FAMILIES = tuple(dict.fromkeys(rule.family for rule in RULES))
