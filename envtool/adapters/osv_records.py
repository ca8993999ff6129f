"""The records of the advisories that OSV's API names: kept, in its file, or asked one by one."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from envtool.adapters.caches import keep
from envtool.adapters.fetching import FileCache
from envtool.adapters.osv_api import Mention, OsvApi
from envtool.adapters.payloads import PayloadError, members
from envtool.adapters.time_left import TimeLeft
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.json_values import NotAnAdvisoryError, mapping_of, moment_of
from envtool.domain.auditing.osv import read_osv
from envtool.domain.auditing.reading import parsed

_AT_ONCE = 8
# Up to here, requests one by one take about a second, eight at once, and send some kilobytes
# each. A file is up to 40 MB: the answer to a long list, or to one that was never audited before.
_MANY = 50

_Record = Mapping[str, Any]


class OsvFile(NamedTuple):
    """The file that OSV publishes for an ecosystem.

    Attributes:
        cache: where the last one is kept.
        url: of it.
    """

    cache: FileCache
    url: str


class OsvRecords:
    """What OSV's API says of the advisories of `source` that it names.

    They are kept below `root` until they are modified. Without `file` they are always asked for
    one by one.
    """

    def __init__(self, api: OsvApi, source: str, root: str, file: OsvFile | None) -> None:
        self.source = source
        self._api = api
        self._file = file
        # Another server may say other things under the same id.
        servers = f"{api.url} {file.url if file else ''}"
        self._root = os.path.join(root, hashlib.sha256(servers.encode()).hexdigest()[:32])

    def advisories(self, mentions: AbstractSet[Mention], left: TimeLeft) -> dict[Mention, Advisory]:
        """The advisories that were mentioned, all of them.

        Raises `UnavailableError` when OSV does not answer, `PayloadError` when it answers
        something else.
        """
        kept = ((each, self._kept(each)) for each in mentions)
        found = {mention: advisory for mention, advisory in kept if advisory}
        if self._file and len(mentions) - len(found) > _MANY:
            found |= self._in_file(self._file, mentions - found.keys(), left)
        rest = sorted(mentions - found.keys())
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                asked = pool.map(lambda each: self._asked(each, left), rest)
                return found | dict(zip(rest, asked, strict=True))
            except BaseException:
                left.stop()
                raise

    def _kept(self, mention: Mention) -> Advisory | None:
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError, AttributeError):
            with open(self._path(mention), encoding="utf-8") as file:
                kept = json.load(file)
            record = kept["record"]
            is_same = mention.modified in {kept["modified"], record.get("modified")}
            if is_same and record["id"] == mention.id:
                return read_osv(record, self.source)
        return None

    def _in_file(
        self, file: OsvFile, mentions: AbstractSet[Mention], left: TimeLeft
    ) -> dict[Mention, Advisory]:
        """Those of `mentions` that are in OSV's file as they are mentioned, or newer.

        It only saves requests: whatever is wrong with it, what did not come of it is asked for.
        """
        found: dict[Mention, Advisory] = {}

        def take(path: str, left: TimeLeft) -> None:
            for mention, record in _records(path, mentions):
                with suppress(NotAnAdvisoryError):
                    advisory = read_osv(record, self.source)
                    if _is_newest(record, advisory, mention):
                        found[mention] = advisory
                        self._keep(mention, record)
                if not left.seconds():
                    raise PayloadError("there was no time to read all of it")

        file.cache.instead(file.url, take, left)
        return found

    def _asked(self, mention: Mention, left: TimeLeft) -> Advisory:
        record = self._api.record(mention.id, left)
        try:
            advisory = read_osv(record, self.source)
        except NotAnAdvisoryError as error:
            raise PayloadError(f"`{mention.id}` can not be read: {error}") from error
        self._keep(mention, record)
        return advisory

    def _keep(self, mention: Mention, record: _Record) -> None:
        content = {"modified": mention.modified, "record": record}
        keep(self._path(mention), json.dumps(content).encode())

    def _path(self, mention: Mention) -> str:
        return os.path.join(self._root, f"{mention.id.replace(':', '_')}.json")


def is_current(advisory: Advisory, mention: Mention) -> bool:
    """Whether `advisory` is the one that is mentioned, or a newer one."""
    said = moment_of({"modified": mention.modified}, "modified")
    return said is not None and advisory.modified is not None and advisory.modified >= said


def _is_newest(record: _Record, advisory: Advisory, mention: Mention) -> bool:
    """The same, also where what both say is no moment: some of OSV's are of the year 1."""
    is_same = bool(mention.modified) and record.get("modified") == mention.modified
    return is_same or is_current(advisory, mention)


def _records(path: str, mentions: AbstractSet[Mention]) -> Iterator[tuple[Mention, _Record]]:
    """The records of `mentions` in the zip at `path`, as far as they can be read.

    Raises `PayloadError` when it is no whole zip, or holds more than it should.
    """
    wanted = {f"{each.id}.json": each for each in mentions}
    for name, text in members(path, only=wanted):
        with suppress(NotAnAdvisoryError):
            record = mapping_of(parsed(text), "the record")
            if record.get("id") == wanted[name].id:
                yield wanted[name], record
