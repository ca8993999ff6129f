"""What one policy permits and another does not."""

from collections.abc import Iterator
from typing import NamedTuple

from envtool.conda_versions import Strictness
from envtool.domain.policy.licenses import weaker_licenses
from envtool.domain.policy.model import LAYERS, Policy, options
from envtool.domain.policy.shapes import dotted
from envtool.domain.specs import Role


class Weakening(NamedTuple):
    """One thing that a policy permits and another does not: the option's field, in words."""

    field: str
    message: str
    # What of a table it is about: a rule, a layer, a package.
    name: str | None = None

    @property
    def key(self) -> str:
        """The option, or the rule: as in `Resolved.places`."""
        return f"rules.{self.name}" if self.field == "rules" else self.field


def weakenings(old: Policy, new: Policy) -> tuple[Weakening, ...]:
    """Everything that `new` permits and `old` does not.

    When its profile is the weaker one, the defaults that follow from that are not listed.
    """
    found = list(_all_weakenings(old, new))
    if not any(each.field == "profile" for each in found):
        return tuple(found)
    return tuple(
        each
        for each in found
        if each.field == "profile" or not new.origins[each.field].startswith("default")
    )


def _all_weakenings(old: Policy, new: Policy) -> Iterator[Weakening]:
    for name, option in options().items():
        words = option.shape.weaker(getattr(old, name), getattr(new, name))
        for each in words:
            yield Weakening(name, f"`{'.'.join(option.key)}` {each}")
    yield from _weaker_rules(old, new)
    yield from _weaker_pins(old, new)
    for field, change in weaker_licenses(old, new):
        yield Weakening(field, f"`{'.'.join(options()[field].key)}` {change}")


def _weaker_rules(old: Policy, new: Policy) -> Iterator[Weakening]:
    for rule, before in old.severities.items():
        after = new.severities[rule]
        if before is not None and (after is None or not after.at_least(before)):
            message = f"`rules.{rule}` is `{after or 'off'}` instead of `{before}`"
            yield Weakening("rules", message, rule)


def _weaker_pins(old: Policy, new: Policy) -> Iterator[Weakening]:
    """Compares what each file, layer and named package really gets; each key once."""
    before, after = old.development_pin, new.development_pin
    if after < before:
        yield Weakening("development_pin", _pin("pins.development", before, after))
    named = {**old.layer_pins, **new.layer_pins}
    # The layers without a pin of their own have no name here, and are one.
    for layer in dict.fromkeys(each if each in named else "" for each in LAYERS[:-1]):
        before, after = (each.pin(Role.PRODUCTION, layer, "") for each in (old, new))
        if after < before:
            field = "layer_pins" if layer in new.layer_pins else "production_pin"
            key = f"pins.layers.{layer}" if layer else "pins.production"
            yield Weakening(field, _pin(key, before, after), layer or None)
    for package in {**old.package_pins, **new.package_pins}:
        before, after = (each.pin(Role.PRODUCTION, "application", package) for each in (old, new))
        if after < before:
            key = dotted(("pins", "packages", package))
            yield Weakening("package_pins", _pin(key, before, after), package)


def _pin(key: str, before: Strictness, after: Strictness) -> str:
    return f"`{key}` is `{after.name.lower()}` instead of `{before.name.lower()}`"
