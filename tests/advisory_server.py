"""Serves advisories on the loopback interface, in the protocols of those who publish them.

OSV's API and its files, the files of OpenSSL, curl, CISA and parselmouth, EPSS's API and file. What
is served is a folder in the layout of `domain.auditing.sources.FILES`; the API answers from the
files of OSV in it, as OSV does: by the version that is asked for, and nothing that was withdrawn.
"""

import gzip
import json
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from envtool.domain.auditing.sources import FILES, Sources
from tests.channel.answers import Answer
from tests.channel.server import Call, ChannelServer

Record = dict[str, Any]


class AdvisoryServer(ChannelServer):
    """A server of the advisories in `folder`; answers have `page` entries at most."""

    def __init__(self, folder: str, page: int = 1000, **more: Any) -> None:
        super().__init__(folder, name="advisories", **more)
        self._page = page

    @property
    def urls(self) -> dict[str, str]:
        """What `audit.sources` of a policy says to use it."""
        url = self.url
        names = {file.key: file.name for file in FILES.values() if not file.below}
        return {key: f"{url}/{name}" for key, name in names.items()} | {
            "osv": url,
            "osv-files": url,
            "epss": f"{url}/epss",
        }

    @property
    def sources(self) -> Sources:
        """The same for the ports."""
        return Sources.of(self.urls)

    def answer(self, call: Call) -> Answer | None:
        match call.path.split("/"):
            case ["v1", "querybatch"]:
                queries = json.loads(call.body)["queries"]
                if len(queries) > 1000:
                    return _json({"code": 3, "message": "too many queries"}, 400)
                return _json({"results": [self._found(each) for each in queries]})
            case ["v1", "query"]:
                vulns = self._about(json.loads(call.body))
                return _json({"vulns": vulns} if vulns else {})
            case ["v1", "vulns", name]:
                record = self.records.get(name)
                return _json(
                    record or {"code": 5, "message": "no such bug"}, 200 if record else 404
                )
            case ["epss"]:
                return _json({"status": "OK", "data": self._scores(call.query)})
            case _:
                return None

    def reload(self) -> None:
        """Answer from what is in the folder now."""
        self.__dict__.pop("records", None)
        self.__dict__.pop("_by_package", None)

    @cached_property
    def records(self) -> dict[str, Record]:
        """All of OSV's records, by id."""
        records = {}
        for archive in Path(self.folder).glob("*/all.zip"):
            with zipfile.ZipFile(archive) as opened:
                for name in opened.namelist():
                    record = json.loads(opened.read(name))
                    records[record["id"]] = record
        return records

    @cached_property
    def _by_package(self) -> dict[tuple[str, str], list[tuple[Record, Record]]]:
        packages: dict[tuple[str, str], list[tuple[Record, Record]]] = {}
        for record in self.records.values():
            for each in record.get("affected", []):
                found = packages.setdefault(_key(each["package"]), [])
                found.append((record, each))
        return packages

    def _about(self, query: Record) -> list[Record]:
        version = query.get("version")
        pairs = self._by_package.get(_key(query["package"]), [])
        return [
            record
            for record, affected in pairs
            if "withdrawn" not in record and (version is None or _is_in(affected, version))
        ]

    def _found(self, query: Record) -> Record:
        start = int(query.get("page_token") or 0)
        vulns = self._about(query)
        page = [
            {"id": each["id"], "modified": each.get("modified", "")}
            for each in vulns[start : start + self._page]
        ]
        more = start + self._page < len(vulns)
        token = {"next_page_token": str(start + self._page)} if more else {}
        return ({"vulns": page} if page else {}) | token

    def _scores(self, query: str) -> list[Record]:
        asked = parse_qs(query)["cve"][0].split(",")
        text = gzip.decompress((Path(self.folder) / FILES["epss"].name).read_bytes()).decode()
        known = dict(line.split(",")[:2] for line in text.splitlines()[2:])
        return [{"cve": each, "epss": known[each]} for each in asked if each in known]


def _key(package: Record) -> tuple[str, str]:
    name = package["name"]
    return package["ecosystem"], canonicalize_name(name) if package["ecosystem"] == "PyPI" else name


def _is_in(affected: Record, version: str) -> bool:
    """As OSV judges: listed, or in a range; a range without an end has all that follow."""
    if version in affected.get("versions", []):
        return True
    asked = Version(version)
    return any(
        start <= asked and (end is None or (asked < end or (closed and asked == end)))
        for start, end, closed in _ranges(affected)
    )


def _ranges(affected: Record) -> Iterator[tuple[Version, Version | None, bool]]:
    # Commits are no versions.
    for each in (one for one in affected.get("ranges", []) if one["type"] != "GIT"):
        start: Version | None = None
        for event in each["events"]:
            ((kind, text),) = event.items()
            if kind == "introduced":
                start = _version(text)
            elif start is not None:
                yield start, _version(text), kind == "last_affected"
                start = None
        if start is not None:
            yield start, None, False


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("9999")


def _json(content: object, status: int = 200) -> Answer:
    headers = {"Content-Type": "application/json"}
    return Answer(status=status, body=json.dumps(content).encode(), headers=headers)
