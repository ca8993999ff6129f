"""From the settings of files to the policy in force, and what makes one policy weaker."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from envtool.domain.findings import Place, Severity, Violation
from envtool.domain.policy.licenses import weaker_licenses
from envtool.domain.policy.model import LAYERS, Policy, options
from envtool.domain.policy.reader import NOTHING, Settings
from envtool.domain.policy.records import Level, Profile, Waiver
from envtool.domain.policy.shapes import KeyPath, closest, dotted
from envtool.domain.specs import Role


class RuleDefault(NamedTuple):
    """A rule as the policy sees it: its id, and its level in each profile."""

    id: str
    recommended: Level
    strict: Level


class Resolved(NamedTuple):
    """A policy in force, and what is wrong with how it came about."""

    policy: Policy
    waiver_places: Mapping[Waiver, Place]
    unknown: tuple[Violation, ...] = ()
    weakened: tuple[Violation, ...] = ()


class Weakening(NamedTuple):
    """One thing that a policy permits and another does not: the option's field, in words."""

    field: str
    message: str


def resolve(own: Settings, rules: tuple[RuleDefault, ...], shared: Settings = NOTHING) -> Resolved:
    """The policy that `own` makes, on top of `shared` when it extends one.

    A value that is weaker than the shared policy's is reported and does not count.
    """
    unknown = (*_unknown(shared, rules), *_unknown(own, rules))
    places = _waiver_places((own, shared))
    policy = _build((shared, own), rules)
    if shared.source is None:
        return Resolved(policy, places, unknown)
    base = _build((shared,), rules)
    # A waiver of the project's own is no weakening: the shared policy bounds its length.
    weaker = tuple(each for each in weakenings(base, policy) if each.field != "waivers")
    kept = {each.field: getattr(base, each.field) for each in weaker}
    policy = _build((shared, own), rules, kept)
    messages = tuple(_weakened(each, own, str(shared.source.path)) for each in weaker)
    return Resolved(policy, places, unknown, messages)


def _waiver_places(chain: tuple[Settings, ...]) -> dict[Waiver, Place]:
    return {
        waiver: each.source.place(("waivers", index))
        for each in chain
        if each.source is not None
        for index, waiver in enumerate(_value(each, "waivers", ()))
    }


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
    yield from (Weakening("rules", words) for words in _weaker_rules(old, new))
    yield from _weaker_pins(old, new)
    for field, change in weaker_licenses(old, new):
        yield Weakening(field, f"`{'.'.join(options()[field].key)}` {change}")


def _weaker_rules(old: Policy, new: Policy) -> Iterator[str]:
    for rule, before in old.severities.items():
        after = new.severities[rule]
        if before is not None and (after is None or not after.at_least(before)):
            yield f"`rules.{rule}` is `{after or 'off'}` instead of `{before}`"


def _weaker_pins(old: Policy, new: Policy) -> Iterator[Weakening]:
    """Compares what each file, layer and named package really gets."""
    if new.development_pin < old.development_pin:
        yield _pin("development_pin", "pins.development", old.development_pin, new.development_pin)
    for layer in LAYERS:
        before, after = (each.pin(Role.PRODUCTION, layer, "") for each in (old, new))
        if after < before:
            field = "layer_pins" if layer in new.layer_pins else "production_pin"
            yield _pin(field, f"pins of the layer {layer}", before, after)
    for package in {**old.package_pins, **new.package_pins}:
        before, after = (each.pin(Role.PRODUCTION, "application", package) for each in (old, new))
        if after < before:
            yield _pin("package_pins", f"pins.packages.{package}", before, after)


def _pin(field: str, what: str, before: Any, after: Any) -> Weakening:
    return Weakening(
        field, f"`{what}` is `{after.name.lower()}` instead of `{before.name.lower()}`"
    )


def _weakened(each: Weakening, own: Settings, shared: str) -> Violation:
    path = own.source.path if own.source else ""
    place = own.values[each.field].place if each.field in own.values else Place(path)
    fix = f"tighten it, or change `{shared}` where it is reviewed"
    return Violation(f"weaker than `{shared}`: {each.message}", place, fix=fix)


def _build(
    chain: tuple[Settings, ...],
    rules: tuple[RuleDefault, ...],
    kept: Mapping[str, Any] | None = None,
) -> Policy:
    """The policy of several files, the last one on top; `kept` wins over all of them."""
    profile = _profile(chain)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, option in options().items():
        values[name], origins[name] = option.default(profile), f"default ({profile})"
    values["profile"] = profile
    seen: set[str] = set()
    for settings in chain:
        for name, setting in settings.values.items():
            merge = options()[name].shape.merge
            values[name] = merge(values[name], setting.value) if name in seen else setting.value
            origins[name] = str(setting.place)
            seen.add(name)
    values |= {"profile": profile} | (dict(kept) if kept else {})
    severities = {rule.id: _severity(rule, values["rules"], values["profile"]) for rule in rules}
    return Policy(**values, origins=origins, severities=severities)


def _profile(chain: tuple[Settings, ...]) -> Profile:
    named = [each.values["profile"].value for each in chain if "profile" in each.values]
    return Profile.STRICT if Profile.STRICT in named else Profile.RECOMMENDED


def _severity(rule: RuleDefault, levels: Mapping[str, Any], profile: Profile) -> Severity | None:
    family = rule.id.partition(".")[0]
    default = rule.strict if profile is Profile.STRICT else rule.recommended
    level: Level = levels.get(rule.id, levels.get(family, default))
    return level.severity


def _unknown(settings: Settings, rules: tuple[RuleDefault, ...]) -> Iterator[Violation]:
    """Keys that no option has, and rules that do not exist."""
    for problem, place in settings.unknown:
        yield Violation(problem.message, place, fix=problem.hint)
    if settings.source is None:
        return
    ids = tuple(rule.id for rule in rules)
    known = ids + tuple(dict.fromkeys(rule.partition(".")[0] for rule in ids))
    named: list[tuple[KeyPath, str]]
    named = [(("rules", rule), rule) for rule in _value(settings, "rules", {})]
    named += [
        (("waivers", index, "rule"), waiver.rule)
        for index, waiver in enumerate(_value(settings, "waivers", ()))
    ]
    for path, rule in named:
        if rule not in known:
            message = f"unknown rule `{rule}` at `{dotted(path)}`"
            yield Violation(message, settings.source.place(path), fix=closest(rule, known))


def _value(settings: Settings, name: str, default: Any) -> Any:
    return settings.values[name].value if name in settings.values else default
