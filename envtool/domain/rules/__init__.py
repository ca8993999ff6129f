"""Every rule, in the order of the reference."""

from envtool.domain.rules import (
    advisories,
    artifacts,
    channel_contents,
    channels,
    environment,
    evidence,
    freshness,
    governance,
    layers,
    licenses,
    locks,
    pins,
    prefix,
    service,
    signatures,
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
    *channel_contents.RULES,
    *locks.RULES,
    *artifacts.RULES,
    *licenses.RULES,
    *prefix.RULES,
    *advisories.RULES,
    *signatures.RULES,
    *freshness.RULES,
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
