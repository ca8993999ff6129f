"""The door to rattler's solver and its readers of channels.

One gateway for each set of channels: an index is read once, for all platforms and solves of a
process.
"""

import asyncio
import time
import warnings
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from envtool.adapters import rattler_records
from envtool.adapters.rattler_records import published
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.locks import LockedPackage, VirtualPackage
from envtool.domain.solving import CondaRecord, Conflict, Problem, Solution
from envtool.errors import ToolError

if TYPE_CHECKING:
    from rattler import Channel, Gateway, GatewayQueryResult, GenericVirtualPackage, RepoDataRecord
    from rattler.repo_data.gateway import GatewayNamesResult

    from envtool.adapters.rattler_client import Connection

Answer = TypeVar("Answer")
# What rattler says when another request for the same failed.
_WAITED = "coalesced request"
# What rattler says when the time for a solve is over.
_CANCELLED = "has been cancelled"
# Seconds; the next one is twice as long.
_FIRST_PAUSE = 0.5


class RattlerSolver:
    """The port `Solver` on py-rattler."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._gateways: dict[tuple[ResolvedChannel, ...], Gateway] = {}

    def solve(self, problems: Sequence[Problem]) -> list[Solution | Conflict]:
        """See `ports.Solver.solve`."""

        async def all_of_them() -> list[Solution | Conflict]:
            solves = (self._solve(each) for each in problems)
            found = await asyncio.gather(*solves, return_exceptions=True)
            failed = [each for each in found if isinstance(each, BaseException)]
            if failed:
                # What waited for the download of another one does not say why that failed.
                raise min(failed, key=lambda each: _WAITED in str(each))
            return [each for each in found if not isinstance(each, BaseException)]

        return self._run(all_of_them, [each for one in problems for each in one.channels])

    def listed(
        self,
        channels: tuple[ResolvedChannel, ...],
        platform: str,
        names: Sequence[str],
        seconds: float = inf,
    ) -> tuple[CondaRecord, ...]:
        """See `ports.Solver.listed`."""
        if not names:
            return ()

        from rattler import Subdir

        async def ask() -> "GatewayQueryResult":
            return await self._gateway(channels).query(
                _sources(channels, platform),
                [Subdir(platform), Subdir("noarch")],
                list(names),
                recursive=False,
                channel_relations="disabled",
            )

        served = _served(channels)
        found = self._run(ask, channels, seconds)
        return tuple(published(each, served) for one in found for each in one)

    def names(self, channels: tuple[ResolvedChannel, ...], platform: str) -> frozenset[str]:
        """See `ports.Solver.names`."""
        from rattler import Subdir

        async def ask() -> "GatewayNamesResult":
            return await self._gateway(channels).names(
                _sources(channels, platform),
                [Subdir(platform), Subdir("noarch")],
                channel_relations="disabled",
            )

        return frozenset(each.normalized for each in self._run(ask, channels))

    def restored(self, package: LockedPackage) -> CondaRecord:
        """See `ports.Solver.restored`."""
        return rattler_records.restored(package)

    def write_records(self, environments: Mapping[str, Mapping[str, Sequence[CondaRecord]]]) -> str:
        """See `ports.Solver.write_records`."""
        return rattler_records.write_records(environments)

    def read_records(self, text: str) -> dict[str, tuple[CondaRecord, ...]]:
        """See `ports.Solver.read_records`."""
        return rattler_records.read_records(text)

    def _run(
        self,
        ask: Callable[[], Coroutine[Any, Any, Answer]],
        channels: Iterable[ResolvedChannel],
        seconds: float = inf,
    ) -> Answer:
        """The answer to `ask`, which is asked again where that may help."""
        from envtool.adapters.rattler_errors import translated

        until = time.monotonic() + min(seconds, self._connection.limit)
        pauses = [_FIRST_PAUSE * 2**number for number in range(self._connection.retries)]
        while True:
            try:
                return self._once(ask, until - time.monotonic())
            except BaseException as error:
                known = translated(error, tuple(dict.fromkeys(each.url for each in channels)))
                if known is None:
                    raise
                if self._connection.offline or not pauses or not self._may_help(error):
                    raise known from None
            time.sleep(pauses.pop(0))

    def _may_help(self, error: BaseException) -> bool:
        """Whether to ask once more may help; what rattler has in its cache is left out then."""
        from envtool.adapters.rattler_errors import is_damaged, is_passing

        if is_damaged(error) and self._connection.cached:
            self._connection = replace(self._connection, cached=False)
            self._gateways.clear()
            return True
        return is_passing(error)

    def _once(self, ask: Callable[[], Coroutine[Any, Any, Answer]], seconds: float) -> Answer:
        async def in_time() -> Answer:
            async with asyncio.timeout(seconds):
                return await ask()

        with warnings.catch_warnings():
            # What rattler has to say of metadata that is not asked for.
            warnings.simplefilter("ignore")
            return asyncio.run(in_time())

    def _gateway(self, channels: tuple[ResolvedChannel, ...]) -> "Gateway":
        if channels not in self._gateways:
            self._gateways[channels] = self._connection.gateway(channels)
        return self._gateways[channels]

    async def _solve(self, problem: Problem) -> Solution | Conflict:
        from rattler import ChannelPriority, MatchSpec, Subdir, solve
        from rattler.exceptions import SolverError

        is_strict = problem.strict_priority
        try:
            found = await solve(
                _sources(problem.channels, problem.platform),
                [MatchSpec(each, strict=False) for each in _asked_for(problem)],
                gateway=self._gateway(problem.channels),
                platforms=[Subdir(problem.platform), Subdir("noarch")],
                locked_packages=_handles(problem.held, problem.exclude_newer),
                pinned_packages=_handles(problem.pinned, problem.exclude_newer),
                virtual_packages=[_virtual(each) for each in problem.machine],
                timeout=problem.limit,
                channel_priority=ChannelPriority.Strict if is_strict else ChannelPriority.Disabled,
                exclude_newer=problem.exclude_newer,
                constraints=[MatchSpec(each, strict=False) for each in problem.constraints],
                channel_relations="disabled",
            )
        except SolverError as error:
            if _CANCELLED in str(error):
                seconds = round(problem.limit.total_seconds())
                raise ToolError(f"the solver found no answer in {seconds} s") from None
            return Conflict(str(error))
        served = _served(problem.channels)
        known = {each.url: each for each in (*problem.held, *problem.pinned)}
        ours = (known.get(each.url) or published(each, served) for each in found)
        return Solution(tuple(sorted(ours, key=lambda each: each.name)))


def _handles(records: Sequence[CondaRecord], newest: datetime | None) -> "list[RepoDataRecord]":
    return [rattler_records.known_at(each, newest) for each in records]


def _sources(channels: tuple[ResolvedChannel, ...], platform: str) -> "list[Channel]":
    """Those that have packages for `platform`, as rattler is asked for them."""
    from rattler import Channel

    wanted = (each for each in channels if not each.subdirs or platform in each.subdirs)
    return [Channel(_asked(each)) for each in wanted]


def _asked(channel: ResolvedChannel) -> str:
    """The URL that rattler sees; folders are no mirrors for it, so these stand for themselves."""
    local = next((each.url for each in channel.sources if each.is_local), None)
    return local or channel.url


def _served(channels: tuple[ResolvedChannel, ...]) -> dict[str, str]:
    return {_asked(each): each.url for each in channels}


def _asked_for(problem: Problem) -> Iterator[str]:
    """The match specs, channels in them as rattler is asked for those."""
    for wish in problem.wishes:
        text = wish.text
        for each in problem.channels:
            text = text.replace(f'channel="{each.url}"', f'channel="{_asked(each)}"')
        yield text


def _virtual(package: VirtualPackage) -> "GenericVirtualPackage":
    from rattler import GenericVirtualPackage, PackageName, Version
    from rattler.package import BuildString

    return GenericVirtualPackage(
        PackageName(package.name),
        Version(package.version or "0"),
        BuildString(package.build or "0"),
    )
