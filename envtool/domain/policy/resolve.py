"""From the settings of files to the policy in force."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from envtool.domain.findings import Place, Violation
from envtool.domain.policy.model import Policy, options
from envtool.domain.policy.reader import NOTHING, PolicyText, Settings
from envtool.domain.policy.records import Level, Profile, Waiver
from envtool.domain.policy.shapes import KeyPath, closest, dotted
from envtool.domain.policy.weakenings import Weakening, weakenings


class RuleDefault(NamedTuple):
    """A rule as the policy sees it: its id, and its level in each profile."""

    id: str
    recommended: Level
    strict: Level


class Resolved(NamedTuple):
    """A policy in force, how it came about, and what is wrong with that."""

    policy: Policy
    # By the field of the option, and by `rules.` with the id of the rule; defaults have none.
    places: Mapping[str, tuple[Place, ...]]
    waiver_places: Mapping[Waiver, Place]
    # The policy files that were read, by path.
    texts: Mapping[str, str]
    unknown: tuple[Violation, ...] = ()
    weakened: tuple[Violation, ...] = ()


def resolve(own: Settings, rules: tuple[RuleDefault, ...], shared: Settings = NOTHING) -> Resolved:
    """The policy that `own` makes, on top of `shared` when it extends one.

    A value that is weaker than the shared policy's is reported and does not count.
    """
    chain = (shared, own)
    held = _held(chain, rules)
    weakened: list[Violation] = []
    if own.source is not None and shared.source is not None:
        base = _held((shared,), rules)
        # A waiver of the project's own is no weakening: `waiving` says what it may cover.
        found = weakenings(_policy(base, rules), _policy(held, rules))
        for each in (each for each in found if each.field != "waivers"):
            held[each.key] = base[each.key]
            place = _place(each, own, own.source)
            weakened.append(_weakened(each, place, shared.source.path))
    sources = [each.source for each in chain if each.source is not None]
    return Resolved(
        policy=_policy(held, rules),
        places={name: each.places for name, each in held.items()},
        waiver_places=_waiver_places(chain),
        texts={each.path: each.text for each in sources},
        unknown=(*unknown_names(shared, rules), *unknown_names(own, rules)),
        weakened=tuple(weakened),
    )


def _waiver_places(chain: tuple[Settings, ...]) -> dict[Waiver, Place]:
    return {
        waiver: each.source.place(("waivers", index))
        for each in chain
        if each.source is not None
        for index, waiver in enumerate(_value(each, "waivers", ()))
    }


def _weakened(each: Weakening, place: Place, shared: str) -> Violation:
    fix = f"tighten it, or change `{shared}` where it is reviewed"
    return Violation(f"weaker than `{shared}`: {each.message}", place, fix=fix)


def _place(each: Weakening, own: Settings, source: PolicyText) -> Place:
    """Where `own` says what makes it weaker."""
    if each.field == "rules":
        return [place for _, place in _levels(own, each.name or "")][-1]
    return source.place((*options()[each.field].key, *([each.name] if each.name else [])))


class _Held(NamedTuple):
    """A value in force, and where it stands: several places for a list that grew."""

    value: Any
    places: tuple[Place, ...] = ()


def _held(chain: tuple[Settings, ...], rules: tuple[RuleDefault, ...]) -> dict[str, _Held]:
    """What several files say, the last one on top, by the names of `Resolved.places`."""
    profile = _profile(chain)
    held = {name: _Held(option.default(profile.value)) for name, option in options().items()}
    held |= _merged(chain)
    held["profile"] = profile
    for rule in rules:
        default = rule.strict if profile.value is Profile.STRICT else rule.recommended
        held[f"rules.{rule.id}"] = _Held(default)
        for level, place in (each for settings in chain for each in _levels(settings, rule.id)):
            held[f"rules.{rule.id}"] = _Held(level, (place,))
    return held


def _merged(chain: tuple[Settings, ...]) -> dict[str, _Held]:
    merged: dict[str, _Held] = {}
    for settings in chain:
        for name, (value, place) in settings.values.items():
            before = merged.get(name, _Held(value))
            after = options()[name].shape.merge(before.value, value)
            of_own = (place,) if after == value else (*before.places, place)
            merged[name] = _Held(after, before.places if after == before.value != value else of_own)
    return merged


def _profile(chain: tuple[Settings, ...]) -> _Held:
    named = [each.values["profile"] for each in chain if "profile" in each.values]
    strict = [each for each in named if each.value is Profile.STRICT]
    for value, place in (strict or named)[-1:]:
        return _Held(value, (place,))
    return _Held(Profile.RECOMMENDED)


def _levels(settings: Settings, rule: str) -> Iterator[tuple[Level, Place]]:
    """The level that a file gives `rule`, below the one that it gives the family."""
    levels = _value(settings, "rules", {})
    for name in (rule.partition(".")[0], rule):
        if name in levels and settings.source is not None:
            yield levels[name], settings.source.rule_place(name)


def _policy(held: Mapping[str, _Held], rules: tuple[RuleDefault, ...]) -> Policy:
    profile = held["profile"].value
    return Policy(
        **{name: held[name].value for name in options()},
        origins={
            name: ", ".join(map(str, each.places)) or f"default ({profile})"
            for name, each in held.items()
        },
        severities={rule.id: held[f"rules.{rule.id}"].value.severity for rule in rules},
    )


def unknown_names(settings: Settings, rules: tuple[RuleDefault, ...]) -> Iterator[Violation]:
    """Keys that no option has, and rules that do not exist."""
    for problem, place in settings.unknown:
        yield Violation(problem.message, place, fix=problem.hint)
    if settings.source is None:
        return
    ids = tuple(rule.id for rule in rules)
    known = ids + tuple(dict.fromkeys(rule.partition(".")[0] for rule in ids))
    for path, rule in _named_rules(settings):
        if rule not in known:
            is_level = path[0] == "rules"
            place = settings.source.rule_place(rule) if is_level else settings.source.place(path)
            message = f"unknown rule `{rule}` at `{dotted(path)}`"
            yield Violation(message, place, fix=closest(rule, known))


def _named_rules(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    yield from ((("rules", rule), rule) for rule in _value(settings, "rules", {}))
    for index, waiver in enumerate(_value(settings, "waivers", ())):
        yield ("waivers", index, "rule"), waiver.rule
    for index, rule in enumerate(_value(settings, "never_waived", ())):
        yield ("waiving", "never", index), rule


def _value(settings: Settings, name: str, default: Any) -> Any:
    return settings.values[name].value if name in settings.values else default
