"""The records that a lock holds today, for a solver to keep."""

from collections.abc import Iterator

from envtool.domain.locks import LockedPackage
from envtool.domain.solving import CondaRecord
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs


def held_records(tools: Tools, inputs: Inputs) -> dict[str, tuple[CondaRecord, ...]]:
    """By platform, those from channels that still count.

    What `recovery/records.lock` does not have is looked up in the channels; what they do not list
    anymore is made up from the lock.
    """
    if inputs.old is None:
        return {}
    conda = [each for each in inputs.locked if each.manager == "conda"]
    held = {}
    for platform in inputs.platforms:
        locked = [each for each in conda if each.platform == platform]
        known = {each.url: each for each in inputs.old.records.get(platform, ())}
        found = tuple(_found(tools, inputs, platform, locked, known))
        held[platform] = _still_first(tools, inputs, platform, found)
    return held


def _found(
    tools: Tools,
    inputs: Inputs,
    platform: str,
    locked: list[LockedPackage],
    known: dict[str, CondaRecord],
) -> Iterator[CondaRecord]:
    channels = inputs.channels.everything
    missing = sorted({each.name for each in locked if each.url not in known})
    listed = tools.solver().listed(channels, platform, missing)
    known = {each.url: each for each in listed} | known
    urls = {each.url for each in channels}
    for url in dict.fromkeys(each.url for each in locked):
        record = known.get(url)
        if record is None:
            package = next(each for each in locked if each.url == url)
            record = tools.solver().restored(package)
        if record.channel in urls:
            yield record


def _still_first(
    tools: Tools, inputs: Inputs, platform: str, records: tuple[CondaRecord, ...]
) -> tuple[CondaRecord, ...]:
    """Without those that another channel of higher priority offers now.

    That can only be where the channels of the files are others than those of the lock.
    """
    channels = inputs.channels.everything
    names = dict.fromkeys(each.name for each in channels)
    is_same = inputs.old is not None and [*names] == [name for name, _ in inputs.old.head.channels]
    if is_same or not inputs.strict_priority or len(channels) == 1:
        return records
    rank = {each.url: number for number, each in enumerate(channels)}
    first: dict[str, int] = {}
    for each in tools.solver().listed(channels, platform, [record.name for record in records]):
        first[each.name] = min(first.get(each.name, len(rank)), rank.get(each.channel, len(rank)))
    return tuple(each for each in records if rank[each.channel] <= first.get(each.name, len(rank)))
