"""OSV's API as one who is asked about products."""

from collections.abc import Sequence

from envtool.adapters.advisory_stand_in import StandIn
from envtool.adapters.osv_api import Mention, OsvApi
from envtool.adapters.osv_records import OsvRecords, is_current
from envtool.adapters.source_answers import Said, said_now
from envtool.adapters.time_left import TimeLeft
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate
from envtool.ports_auditing import Question


class OsvProducts:
    """The port `online_advisories.Asked` on OSV's API, for the ecosystem of `records`.

    What `stand_in` has of an advisory that was not modified since need not be fetched.
    """

    def __init__(self, api: OsvApi, records: OsvRecords, stand_in: StandIn) -> None:
        self.url = api.shown
        self._api = api
        self._records = records
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
        kept = self._stand_in.advisories(self._records.source, [each.id for each in mentions])
        read = {
            each: kept[each.id]
            for each in mentions
            if each.id in kept and is_current(kept[each.id], each)
        }
        return read | self._records.advisories(mentions - read.keys(), left)
