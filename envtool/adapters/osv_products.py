"""OSV's API as one who is asked about products."""

from collections.abc import Sequence

from envtool.adapters.osv_api import OsvApi
from envtool.adapters.payloads import PayloadError
from envtool.adapters.source_answers import Said, said_now
from envtool.adapters.time_left import TimeLeft
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.json_values import NotAnAdvisoryError
from envtool.domain.auditing.osv import read_osv
from envtool.ports_auditing import Question


class OsvProducts:
    """The port `online_advisories.Asked` on OSV's API, for the ecosystem of `source`."""

    def __init__(self, api: OsvApi, source: str) -> None:
        self.url = api.shown
        self._api = api
        self._source = source

    def advisories(
        self, questions: Sequence[Question], left: TimeLeft
    ) -> Said[dict[Coordinate, tuple[Advisory, ...]]]:
        """See `online_advisories.Asked.advisories`."""
        try:
            found = {
                coordinate: tuple(read_osv(each, self._source) for each in records)
                for coordinate, records in self._api.records(questions, left).items()
            }
        except NotAnAdvisoryError as error:
            raise PayloadError(f"an advisory in it can not be read: {error}") from error
        return said_now(found)
