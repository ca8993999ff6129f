"""OSV's API as one who is asked about products."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from envtool.adapters.advisory_stand_in import StandIn
from envtool.adapters.osv_api import Mention, OsvApi
from envtool.adapters.source_answers import Said, said_now
from envtool.adapters.time_left import TimeLeft
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.json_values import moment_of
from envtool.ports_auditing import Question

_AT_ONCE = 8


class OsvProducts:
    """The port `online_advisories.Asked` on OSV's API, for the ecosystem of `source`.

    What `stand_in` has of an advisory that was not modified since need not be fetched.
    """

    def __init__(self, api: OsvApi, source: str, stand_in: StandIn) -> None:
        self.url = api.shown
        self._api = api
        self._source = source
        self._stand_in = stand_in

    def advisories(
        self, questions: Sequence[Question], left: TimeLeft
    ) -> Said[dict[Coordinate, tuple[Advisory, ...]]]:
        """See `online_advisories.Asked.advisories`."""
        # What fails here is no reason for other sources to end.
        left = left.part()
        found = self._api.mentions(questions, left)
        read = self._read({each for mentions in found.values() for each in mentions}, left)
        return said_now({each: tuple(read[one] for one in found[each]) for each in found})

    def _read(self, mentions: set[Mention], left: TimeLeft) -> dict[Mention, Advisory]:
        kept = self._stand_in.advisories(self._source, [each.id for each in mentions])
        read = {each: kept[each.id] for each in mentions if _is_same(each, kept.get(each.id))}
        rest = sorted(mentions - read.keys())
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                ask = pool.map(lambda each: self._api.advisory(each, self._source, left), rest)
                return read | dict(zip(rest, ask, strict=True))
            except BaseException:
                left.stop()
                raise


def _is_same(mention: Mention, kept: Advisory | None) -> bool:
    """Whether the advisory that is kept is the one that was mentioned."""
    modified = moment_of({"modified": mention.modified}, "modified")
    return kept is not None and modified is not None and kept.modified == modified
