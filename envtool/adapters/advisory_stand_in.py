"""The database of advisories in the place of a source that can not be asked."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TypeVar

from envtool.adapters.advisory_database import DatabaseAdvisories
from envtool.adapters.source_answers import Said
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.standings import Exploitation
from envtool.errors import IntegrityError
from envtool.ports_auditing import Question

T = TypeVar("T")


class StandIn:
    """What the database has, source by source; nothing when it is damaged.

    That is told by whoever asks the database itself: here another error comes first.
    """

    def __init__(self, database: DatabaseAdvisories) -> None:
        self._database = database

    def products(
        self, name: str, questions: Sequence[Question]
    ) -> Said[dict[Coordinate, tuple[Advisory, ...]]] | None:
        """The advisories of the source `name` on the products of `questions`."""
        return self._said(name, lambda: dict(self._database.lookup(questions).advisories))

    def advisories(self, name: str, ids: Sequence[str]) -> dict[str, Advisory]:
        """Those of `ids` that the source `name` has, as they were when it was fetched."""
        with suppress(IntegrityError):
            return self._database.advisories(name, ids)
        return {}

    def names(self, packages: Collection[str] | None) -> Said[dict[str, tuple[str, ...]]] | None:
        """The map of names; of `packages`, if they are given."""
        return self._said("names", lambda: dict(self._database.names(packages) or {}))

    def exploited(self, cves: Sequence[str]) -> Said[dict[str, str]] | None:
        """Which of `cves` are in CISA's catalogue, with their due days."""
        return self._said(
            "kev",
            lambda: {cve: each.due or "" for cve, each in self._facts(cves).items() if each.known},
        )

    def scores(self, cves: Sequence[str]) -> Said[dict[str, float]] | None:
        """The probabilities of `cves`."""
        return self._said(
            "epss",
            lambda: {
                cve: each.probability
                for cve, each in self._facts(cves).items()
                if each.probability is not None
            },
        )

    def _facts(self, cves: Sequence[str]) -> dict[str, Exploitation]:
        return self._database.exploitation(cves)

    def _said(self, name: str, take: Callable[[], T]) -> Said[T] | None:
        with suppress(IntegrityError):
            for each in self._database.lookup(()).sources:
                if each.name == name and each.fetched and each.records is not None:
                    return Said(take(), each.fetched, each.published, each.records)
        return None
