"""Asks the sources of advisories over the network; where one fails, what was fetched before."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from envtool.adapters import advisory_files
from envtool.adapters.advisory_database import DatabaseAdvisories, cves_of
from envtool.adapters.advisory_files import Content
from envtool.adapters.advisory_stand_in import StandIn
from envtool.adapters.downloads import Downloads
from envtool.adapters.epss_api import probabilities
from envtool.adapters.fetching import FileCache
from envtool.adapters.osv_api import OsvApi
from envtool.adapters.osv_products import OsvProducts
from envtool.adapters.osv_records import OsvFile, OsvRecords
from envtool.adapters.pip_audit import PipAudit
from envtool.adapters.source_answers import Said, Source, newest, said_now, settled
from envtool.adapters.time_left import TimeLeft
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.domain.auditing.sources import Engine, Sources
from envtool.domain.auditing.standings import Exploitation, Lookup, SourceState
from envtool.ports_auditing import Question

T = TypeVar("T")

# For all sources together; what was fetched before stands in for what did not come by then.
_SECONDS = 120.0
# More CVEs than three requests to EPSS ask for; its file has 2 MB.
_MANY = 300

Found = dict[Coordinate, tuple[Advisory, ...]]


class Asked(Protocol):
    """Who is asked about products one by one.

    Attributes:
        url: where, as far as it may be shown.
    """

    url: str

    def advisories(self, questions: Sequence[Question], left: TimeLeft) -> Said[Found]:
        """By product, what may be about the versions.

        A product that is missing was skipped, which `error` tells then. Raises
        `UnavailableError` and `PayloadError`.
        """
        ...


class Reach(NamedTuple):
    """What sources are asked with.

    Attributes:
        downloads: the way to servers.
        sources: where each is.
        files: those that are fetched as a whole.
        stand_in: the database.
        asked: who is asked about the products that are in no file.
        seconds: the longest time for one lookup.
    """

    downloads: Downloads
    sources: Sources
    files: FileCache
    stand_in: StandIn
    asked: Mapping[Ecosystem, Asked]
    seconds: float = _SECONDS


class OnlineAdvisories:
    """The port `Advisories` on sources that are asked now."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # The state of the map of names, once that was asked for.
        self._names: tuple[SourceState, ...] = ()

    def lookup(self, questions: Sequence[Question]) -> Lookup:
        """See `ports_auditing.Advisories.lookup`."""
        left = TimeLeft(self._reach.seconds)
        groups: dict[Ecosystem, list[Question]] = {}
        for each in dict.fromkeys(questions):
            groups.setdefault(each.coordinate.ecosystem, []).append(each)
        wanted = [self._products(each, groups[each], left) for each in Ecosystem if each in groups]
        with ThreadPoolExecutor(len(Ecosystem)) as pool:
            try:
                told = list(pool.map(settled, wanted))
            except BaseException:
                left.stop()
                raise
        found: Found = {}
        for one in told:
            found |= one.said.content if one.said else {}
        asked = {each.coordinate: found.get(each.coordinate) for each in questions}
        answers = {each: content for each, content in asked.items() if content is not None}
        exploitation, more = self._exploitation(cves_of(answers.values()), left)
        return Lookup(answers, exploitation, (*(each.state for each in told), *more, *self._names))

    def names(
        self, packages: Collection[str] | None = None
    ) -> Mapping[str, tuple[str, ...]] | None:
        """See `ports_auditing.Advisories.names`."""
        left = TimeLeft(self._reach.seconds)
        kept = partial(self._reach.stand_in.names, packages)
        source = self._file("names", advisory_files.names, kept, left)
        answer = settled(source)
        self._names = (answer.state,)
        return answer.said.content if answer.said else None

    def _products(
        self, ecosystem: Ecosystem, questions: Sequence[Question], left: TimeLeft
    ) -> Source[Found]:
        name = ecosystem.source
        kept = partial(self._reach.stand_in.products, name, questions)
        asked = self._reach.asked.get(ecosystem)
        if asked is not None:
            return Source(name, asked.url, lambda: asked.advisories(questions, left), kept)

        def read(path: str) -> Content[Found]:
            content = advisory_files.products(name, path)
            return content._replace(
                values={
                    each.coordinate: content.values.get(each.coordinate, ()) for each in questions
                }
            )

        return self._file(name, read, kept, left)

    def _file(
        self,
        name: str,
        read: Callable[[str], Content[T]],
        kept: Callable[[], Said[T] | None],
        left: TimeLeft,
    ) -> Source[T]:
        """A source that is a file: also the one that was fetched last may stand in for it."""
        files, url = self._reach.files, self._reach.sources.url(name)

        def now() -> Said[T]:
            return _said(*files.current(url, read, left))

        def before() -> Said[T] | None:
            last = files.last(url, read)
            return newest(_said(*last) if last else None, kept())

        return Source(name, self._reach.downloads.address(url).shown, now, before)

    def _exploitation(
        self, cves: Sequence[str], left: TimeLeft
    ) -> tuple[dict[str, Exploitation], tuple[SourceState, ...]]:
        """What KEV and EPSS say of `cves`, who are not asked when there are none."""
        if not cves:
            return {}, ()
        reach, url = self._reach, self._reach.sources.url("epss")

        def scored() -> Said[dict[str, float]]:
            found = self._of_all_scores(cves, left)
            return said_now(found or probabilities(reach.downloads, url, cves, left))

        kev = self._file(
            "kev", advisory_files.exploited, partial(reach.stand_in.exploited, cves), left
        )
        epss = Source(
            "epss",
            reach.downloads.address(url).shown,
            scored,
            partial(reach.stand_in.scores, cves),
        )
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(settled, kev)
            scores, due = settled(epss), first.result()
        known = due.said.content if due.said else {}
        likely = scores.said.content if scores.said else {}
        exploitation = {
            each: Exploitation(each in known, known.get(each) or None, likely.get(each))
            for each in cves
            if each in known or each in likely
        }
        return exploitation, (due.state, scores.state)

    def _of_all_scores(self, cves: Sequence[str], left: TimeLeft) -> dict[str, float]:
        """What the file of EPSS says of `cves`; nothing for a few, or where it can not be had."""
        sources = self._reach.sources
        if len(cves) <= _MANY or not sources.has_whole("epss", "epss-file"):
            return {}

        def read(path: str, left: TimeLeft) -> dict[str, float]:
            del left
            scores = advisory_files.scores(path).values
            return {each: scores[each] for each in cves if each in scores}

        return self._reach.files.instead(sources.url("epss-file"), read, left) or {}


def _said(content: Content[T], fetched: datetime) -> Said[T]:
    return Said(content.values, fetched, content.published, content.records)


def reach(
    downloads: Downloads, sources: Sources, database: DatabaseAdvisories, folder: str
) -> Reach:
    """What `sources` are asked with; what they say is kept in `folder`."""
    api = OsvApi(downloads, sources.url("osv"))
    stand_in = StandIn(database)
    files = FileCache(os.path.join(folder, "files"), downloads)

    def records(source: str) -> OsvRecords:
        has_file = sources.has_whole("osv", "osv-files")
        file = OsvFile(files, sources.file_url(source)) if has_file else None
        return OsvRecords(api, source, os.path.join(folder, "osv"), file)

    asked: dict[Ecosystem, Asked] = {
        each: OsvProducts(api, records(each.source), stand_in)
        for each in (Ecosystem.PYPI, Ecosystem.BITNAMI)
    }
    if sources.engine is Engine.PIP_AUDIT:
        network = downloads.network
        source = Ecosystem.PYPI.source
        asked[Ecosystem.PYPI] = PipAudit(downloads.address(api.url), source, network)
    return Reach(downloads, sources, files, stand_in, asked)
