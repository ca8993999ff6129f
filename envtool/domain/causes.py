"""Why there is no environment, in words for those who wrote the files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from envtool.conda_versions import Version
from envtool.domain.findings import Place
from envtool.domain.match_specs import parse_match_spec
from envtool.domain.solver_tree import Need
from envtool.domain.solving import CondaRecord, Wish
from envtool.domain.wish_fit import VERSION, Lack, Misfit, nearest, newest

# What has to be there, or a range of the policy.
Demand = Wish | str

# The kinds of causes that are about one line alone.
_OF_LINES = frozenset(each.name.lower() for each in Lack)
# So many of a list are named.
_NAMED = 3


class Cause(NamedTuple):
    """One reason why there is no environment.

    Attributes:
        kind: a word for machines.
        message: the reason in one line.
        place: the line of a file that it starts from.
        details: what else there is to know, one line each.
        hints: what to write or type, one line each.
        is_far: whether the least change of the line alone would not do.
    """

    kind: str
    message: str
    place: Place | None = None
    details: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    is_far: bool = False

    @property
    def key(self) -> "tuple[str, Place] | Cause":
        """What it shares with the same cause on another platform."""
        # The versions that are near may be others there.
        return (self.kind, self.place) if self.place and self.kind in _OF_LINES else self


def misfit_message(misfit: Misfit, channels: Mapping[str, str], until: datetime | None) -> str:
    """What is wrong with a wish alone.

    `channels` has the names of channels by URL; builds after `until` do not count.
    """
    written = f"`{misfit.wish.written}`"
    near = misfit.near
    match misfit.lack:
        case Lack.NAME:
            return f"no channel has {written}"
        case Lack.CHANNEL:
            return f"{written}: that channel does not have it, {_channels(near, channels)} has"
        case Lack.VERSION:
            constraint = parse_match_spec(misfit.wish.text).version or ""
            return f"{written}: no channel has this version, {_nearest(constraint, near)}"
        case Lack.BUILD:
            builds = list(dict.fromkeys(each.build for each in near))
            return f"{written}: no channel has this build, but {some(builds)}"
        case _:
            return (
                f"{written}: all builds are newer than {until:%Y-%m-%d}, the last day that counts"
            )


def _channels(records: Iterable[CondaRecord], channels: Mapping[str, str]) -> str:
    return some([channels.get(url, url) for url in dict.fromkeys(each.channel for each in records)])


def _nearest(constraint: str, near: tuple[CondaRecord, ...]) -> str:
    below, above = nearest(constraint, near)
    if below and above:
        return f"the nearest are {below} and {above}"
    return f"the newest is {newest(near)}" if below else f"the oldest is {above}"


def other_platforms(wish: Wish, others: Sequence[str]) -> str:
    """The message for what exists for `others` alone."""
    return f"`{wish.written}` is there for {', '.join(others)} only"


def machine_message(wishes: Sequence[Wish], name: str, needed: str, given: str | None) -> str:
    """The message for what needs a better machine than the lock is for."""
    what = name.removeprefix("__")
    they = _and([f"`{each.written}`" for each in wishes])
    verb = "needs" if len(wishes) == 1 else "need"
    for_ = f"the lock is for {given}" if given else "the machines that the lock is for have none"
    return f"{they} {verb} {what} {needed}, {for_}"


def foreign_message(wish: Wish, platform: str, names: Sequence[str]) -> str:
    """The message for what needs machines of another kind."""
    return f"`{wish.written}` is not for {platform}: it needs {some(names)}"


def conflict_message(demands: Sequence[Demand]) -> str:
    """The message for what can not be together."""
    written = [f"`{_written(each)}`" for each in demands]
    if len(written) == 1:
        return f"{written[0]} can not be installed, with anything or nothing else"
    return f"{_and(written)} can not be together"


def _written(demand: Demand) -> str:
    if isinstance(demand, Wish):
        return demand.written
    spec = parse_match_spec(demand)
    return f"{spec.name} {spec.version}"


def conflict_details(
    demands: Sequence[Demand], needs: Sequence[Need], layers: Sequence[str]
) -> tuple[str, ...]:
    """Each of the demands with its place and what it needs; `layers` end at the one to blame."""
    names = {name_of(each) for each in demands}
    lines = [_line(each, needs, names) for each in demands]
    if len(layers) > 1:
        alone = _and([f"`{each}`" for each in layers[:-1]])
        verb = "has" if len(layers) == 2 else "have"  # noqa: PLR2004
        lines.append(f"layer `{layers[-1]}` brings the conflict: {alone} alone {verb} a solution")
    return tuple(lines)


def _line(demand: Demand, needs: Sequence[Need], names: set[str]) -> str:
    text = f"`{_written(demand)}`"
    if isinstance(demand, Wish):
        return f"{demand.place}: {text}{_needed(demand.name, needs, names)}"
    return f"{text} is what `[constraints]` of the policy allows"


def _ranges(constraints: Iterable[str]) -> str:
    """The ranges that are needed; of many the one that starts lowest, and the highest."""
    ranges = list(dict.fromkeys(each.partition(" ")[0] for each in constraints))
    if "*" in ranges:
        return ""
    ranges.sort(key=lambda each: Version((VERSION.search(each) or ("0",))[0].rstrip(".")))
    if len(ranges) <= _NAMED:
        return f" {' or '.join(ranges)}"
    return f", from {ranges[0]} up to {ranges[-1]}"


def name_of(demand: Demand) -> str:
    """The package that it is about."""
    return parse_match_spec(demand).name if isinstance(demand, str) else demand.name


def _needed(root: str, needs: Sequence[Need], names: set[str]) -> str:
    """What `root` needs of what the others are about, and through whom."""
    own = [each for each in needs if each.root == root]
    shared = {each.name for each in needs if each.root != root} | (names - {root})
    found = [each for each in own if each.name in shared] or own
    if not found:
        return ""
    first = found[0]
    same = [each for each in found if each.name == first.name]
    what = f"`{first.name}`{_ranges(each.constraint for each in same)}"
    through = [each for each in first.through if each != "python_abi"]
    way = f", through {', '.join(f'`{each}`' for each in through)}" if through else ""
    is_missing = first.missing and first.name not in shared
    if is_missing and first.name == root:
        return f" is read as {what}, which no channel has"
    return f" needs {what}{way}{', which no channel has' if is_missing else ''}"


def some(names: Sequence[str]) -> str:
    """The first few of `names` in backticks."""
    shown = ", ".join(f"`{each}`" for each in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def write_instead(wish: Wish, text: str) -> str:
    """The hint that one line should become another."""
    return f"write `{text}` instead of `{wish.written}` ({wish.place.path}:{wish.place.line})"
