"""The channels of a project, as its files, the policy and the user's settings name them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from envtool.domain.channel_resolver import ChannelRules, ResolvedChannel, resolve_channels
from envtool.domain.condarc import Setting
from envtool.domain.lock_making import MAIN, category, channels_in_front
from envtool.domain.project import Project
from envtool.domain.specs import Entry
from envtool.ports import Tools


class Channels(NamedTuple):
    """The channels of a project.

    Attributes:
        production: highest priority first.
        everything: with those that only other files add.
        in_front: those that stand before a `::`, by what stands there.
        unchecked: where it stands that certificates are not checked; None where none are asked for.
    """

    production: tuple[ResolvedChannel, ...]
    everything: tuple[ResolvedChannel, ...]
    in_front: Mapping[str, ResolvedChannel]
    unchecked: str | None


def read_channels(tools: Tools, folder: str, project: Project) -> Channels:
    """The channels of the files of `project`, whose lock is in `folder`.

    Raises `EnvtoolError` when one does not exist or is not allowed, or settings can not be read.
    """
    desk = tools.desk()
    machine = desk.machine(tools.files.absolute(folder))
    policy = project.policy
    rules = ChannelRules(allowed=policy.allowed_channels, mirrors=policy.mirrors)
    find = desk.credentials().find

    def resolved(entries: Iterable[Entry]) -> tuple[ResolvedChannel, ...]:
        return resolve_channels(entries, machine, rules, find)

    main = [each for spec in project.specs if category(spec) == MAIN for each in spec.channels]
    others = [each for spec in project.specs for each in spec.channels]
    front = {
        name: resolved([Entry(name, line.place)])[0]
        for name, line in channels_in_front(project.specs)
    }
    everything = _with(resolved([*main, *others]), front)
    return Channels(
        production=_with(resolved(main or others), front),
        everything=everything,
        in_front=front,
        unchecked=_unchecked(machine.settings.ssl_verify, everything),
    )


def _unchecked(verify: Setting[bool | str], channels: tuple[ResolvedChannel, ...]) -> str | None:
    urls = [source.url for each in channels for source in each.sources]
    is_asked = verify.value is False and any(url.startswith("https:") for url in urls)
    return verify.origin if is_asked else None


def _with(
    channels: tuple[ResolvedChannel, ...], front: Mapping[str, ResolvedChannel]
) -> tuple[ResolvedChannel, ...]:
    """`channels`, and behind them those that single lines take a package from."""
    there = {each.url for each in channels}
    return (*channels, *(each for each in front.values() if each.url not in there))
