"""The changes after which there is a solution, as hints that say what to write."""

from collections.abc import Sequence

from envtool.domain.causes import Demand, name_of
from envtool.domain.match_specs import parse_match_spec
from envtool.domain.solving import Solution, Wish
from envtool.domain.wish_fit import relaxed, rewritten, with_version

Change = tuple[Demand, Demand | None]


def instead(demand: Demand, solution: Solution) -> Demand:
    """What could stand in the place of `demand`, so that `solution`, which has it, satisfies it."""
    name = name_of(demand)
    record = next(each for each in solution.records if each.name == name)
    if isinstance(demand, Wish):
        new = with_version(demand, record.version)
        return new._replace(written=rewritten(demand, record.version))
    version = parse_match_spec(demand).version or "*"
    return f'{name}[version="{relaxed(version, record.version)}"]'


def way_out(changes: Sequence[Change], *, is_first: bool) -> str:
    """The hint that tells of all `changes`, which belong together."""
    told = [_told(old, new, short=number > 0) for number, (old, new) in enumerate(changes)]
    return f"{'' if is_first else 'or '}{', and '.join(told)}"


def _told(old: Demand, new: Demand | None, *, short: bool) -> str:
    if isinstance(old, Wish):
        where = f"`{old.written}` ({old.place.path}:{old.place.line})"
        if isinstance(new, Wish):
            return f"{'' if short else 'write '}`{new.written}` instead of {where}"
        return f"take out {where}"
    if isinstance(new, str):
        spec = parse_match_spec(new)
        return f'write `{spec.name} = "{spec.version}"` under `[constraints]` in the policy'
    return f"take `{name_of(old)}` out of `[constraints]` in the policy"
