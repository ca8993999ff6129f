"""Asks OSV's API which advisories are about packages, and for the records of those.

`POST /v1/querybatch` takes 1,000 queries and answers with ids alone, in their order, and with a
token where an answer has another page; `GET /v1/vulns/ID` gives a record.
Source: https://google.github.io/osv.dev/api/
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from envtool.adapters.downloads import Downloads
from envtool.adapters.payloads import LONGEST, PayloadError, document
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.web_messages import Address, Request, whole
from envtool.domain.auditing.identity import Coordinate, Ecosystem
from envtool.ports_auditing import Question

_BATCH = 1000
# No package has more pages; who gives tokens for ever is not OSV.
_ROUNDS = 100
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_NUMBERS = re.compile(r"\d+(?:\.\d+){0,2}(?:[-+][0-9A-Za-z.+-]+)?")


class Mention(NamedTuple):
    """An advisory as a batch names it."""

    id: str
    modified: str


class OsvApi:
    """OSV's API at `url`, which is shown as `shown`."""

    def __init__(self, downloads: Downloads, url: str) -> None:
        self._downloads = downloads
        self.url = url.rstrip("/")
        self.shown = downloads.address(self.url).shown

    def mentions(
        self, questions: Sequence[Question], left: TimeLeft
    ) -> dict[Coordinate, tuple[Mention, ...]]:
        """Which advisories OSV names for each product of `questions`, in the versions asked for.

        Raises `UnavailableError` when OSV does not answer, `PayloadError` when it answers
        something else.
        """
        found: dict[Coordinate, dict[Mention, None]] = {each.coordinate: {} for each in questions}
        waiting = [(each, "") for each in dict.fromkeys(questions)]
        for _ in range(_ROUNDS):
            batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
            if not batch:
                return {each: tuple(mentions) for each, mentions in found.items()}
            results = self._results([_query(*each) for each in batch], left)
            for (question, _token), result in zip(batch, results, strict=True):
                mentions, token = _read(result)
                found[question.coordinate].update(dict.fromkeys(mentions))
                if token:
                    waiting.append((question, token))
        raise PayloadError("it has a next page again and again")

    def _results(self, queries: list[dict[str, Any]], left: TimeLeft) -> list[Any]:
        address = self._downloads.address(f"{self.url}/v1/querybatch")
        body = json.dumps({"queries": queries}).encode()
        answer = self._ask(address, left, body)
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(queries):
            count = len(results) if isinstance(results, list) else "no"
            raise PayloadError(f"it has {count} results for {len(queries)} questions")
        return results

    def record(self, name: str, left: TimeLeft) -> dict[str, Any]:
        """The record of the advisory with the id `name`; raises as `mentions`."""
        record = self._ask(self._downloads.address(f"{self.url}/v1/vulns/{name}"), left)
        if record.get("id") != name:
            raise PayloadError(f"asked for `{name}` it gives `{record.get('id')}`")
        return record

    def _ask(self, address: Address, left: TimeLeft, body: bytes | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if body else {}
        request = Request("POST", body=body, headers=headers, left=left, limit=LONGEST)
        answer = document(self._downloads.ask(address, whole, request))
        if not isinstance(answer, dict):
            raise PayloadError("it is no JSON object")
        return answer


def _query(question: Question, token: str) -> dict[str, Any]:
    """A query of a batch; without the version where OSV would refuse it.

    All advisories on the product are asked for then: whether they are about such a version is
    for us to say.
    """
    package = {"ecosystem": str(question.coordinate.ecosystem), "name": question.coordinate.name}
    version = {"version": question.version} if _has_order(question) else {}
    return {"package": package, **version, **({"page_token": token} if token else {})}


def _has_order(question: Question) -> bool:
    if question.coordinate.ecosystem is not Ecosystem.PYPI:
        return _NUMBERS.fullmatch(question.version) is not None
    from packaging.version import Version

    try:
        Version(question.version)
    except ValueError:
        return False
    return True


def _read(result: object) -> tuple[list[Mention], str]:
    """What one result of a batch names, and the token of its next page, or ""."""
    found = result if isinstance(result, dict) else {"vulns": None}
    vulns, token = found.get("vulns", []), found.get("next_page_token", "")
    if not isinstance(vulns, list) or not isinstance(token, str):
        raise PayloadError("a result of it is no list of advisories")
    return [_mention(each) for each in vulns], token


def _mention(vuln: object) -> Mention:
    found = vuln if isinstance(vuln, dict) else {}
    name, modified = found.get("id"), found.get("modified", "")
    if not isinstance(name, str) or not _ID.fullmatch(name) or not isinstance(modified, str):
        raise PayloadError("a result of it names an advisory without an id")
    return Mention(name, modified)
