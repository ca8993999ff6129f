"""What to do about packages whose archives are nowhere anymore."""

from collections.abc import Iterator

from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.replacements import replacement
from envtool.domain.solving import CondaRecord
from envtool.errors import EnvtoolError, IntegrityError, UnavailableError
from envtool.ports import Tools
from envtool.workflows.install_source import Source
from envtool.workflows.spec_files import LOCK_FILE

_SHOWN = 3
# An index that is asked for a hint only may not take long.
_SECONDS = 60.0


def explained(
    tools: Tools,
    source: Source,
    channels: tuple[ResolvedChannel, ...],
    platform: str,
    error: EnvtoolError,
) -> EnvtoolError:
    """The error that says more than `error`, where packages of `source` are gone for good.

    It names each of them with what can take its place; `error` itself where none is gone.
    """
    gone = tools.installer().gone(source.conda, channels)
    if not gone.records:
        return error
    instead = _instead(tools, gone.records, channels, platform)
    names = [f"`{each.url.rpartition('/')[2]}`" for each in gone.records]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    some = ", ".join(names[:_SHOWN])
    verb = "is" if len(names) == 1 else "are"
    where = "neither the cache, nor the kept archives, nor its channel have it"
    if len(names) > 1:
        where = "neither the cache, nor the kept archives, nor their channels have them"
    hints = (*_told(gone.records, instead), *_next(source, instead))
    if gone.spoiled:
        spoiled = ", ".join(f"`{each.url.rpartition('/')[2]}`" for each in gone.spoiled[:_SHOWN])
        return IntegrityError(
            f"{some}{more} {verb} gone: what was kept of {spoiled} is not what was locked, and no"
            " channel has it",
            hints=hints,
        )
    return UnavailableError(f"{some}{more} {verb} gone: {where}", hints=hints)


def _instead(
    tools: Tools,
    records: tuple[CondaRecord, ...],
    channels: tuple[ResolvedChannel, ...],
    platform: str,
) -> dict[str, CondaRecord]:
    """What can take the place of each, by its name."""
    names = [each.name for each in records]
    try:
        listed = tools.solver().listed(channels, platform, names, _SECONDS)
    except EnvtoolError:
        # A hint less.
        return {}
    found = {each.name: replacement(each, listed) for each in records}
    return {name: each for name, each in found.items() if each is not None}


def _told(records: tuple[CondaRecord, ...], instead: dict[str, CondaRecord]) -> Iterator[str]:
    for each in records:
        near = instead.get(each.name)
        old = "-".join(each.key)
        if near is None:
            yield f"`{old}`: no channel has anything like it"
        elif near.version == each.version:
            yield f"`{old}`: there is the build `{near.build}` of the same version"
        else:
            yield f"`{old}`: the nearest version that is there is {near.version}"


def _next(source: Source, instead: dict[str, CondaRecord]) -> Iterator[str]:
    if not instead:
        yield "take it from a mirror: `channels.mirrors` in the policy, or `--lock` of another lock"
    elif source.generation is None and source.origin == LOCK_FILE:
        names = " ".join(sorted(instead))
        yield (
            f"take what is there: `envtool update {names} --level major`, `envtool export`, then"
            " `envtool recreate`"
        )
    else:
        lines = ", ".join(f"`{each.name}={each.version}={each.build}`" for each in instead.values())
        yield (
            f"take what is there: {lines} in the environment file, then `envtool lock` and"
            " `envtool recreate`"
        )
