"""The door to pip-audit, as a process: the second engine for what is on PyPI.

Only its JSON counts. Its exit status is 1 both for "vulnerable" and for "could not ask", and its
summary says "no known vulnerabilities" also when it has looked up nothing. Its Python interface
is private.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from packaging.version import InvalidVersion, Version

from envtool.adapters.payloads import PayloadError
from envtool.adapters.rattler_network import Network
from envtool.adapters.source_answers import Said, said_now
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.web_messages import Address
from envtool.domain.auditing.advisories import Advisory, Affected, Scheme, Span
from envtool.domain.auditing.identity import Coordinate
from envtool.domain.auditing.json_values import (
    NotAnAdvisoryError,
    items_of,
    line_of,
    mapping_of,
    text_of,
    texts_of,
)
from envtool.domain.pip_grammar import canonical
from envtool.domain.secrets import mask
from envtool.errors import ToolError, UnavailableError
from envtool.ports_auditing import Question

_INSTALL = "install it beside envtool: `pip install 'envtool[pip-audit]'`"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")

Found = dict[Coordinate, tuple[Advisory, ...]]


def installed(module: str = "pip_audit", program: str = "pip-audit") -> list[str]:
    """What starts pip-audit: the module beside envtool, else the program of the `PATH`.

    Raises `ToolError` when it is nowhere.
    """
    if importlib.util.find_spec(module):
        return [sys.executable, "-m", module]
    found = shutil.which(program)
    if found is None:
        raise ToolError("pip-audit is not installed", hints=(_INSTALL,))
    return [found]


class PipAudit:
    """The port `online_advisories.Asked` on pip-audit, which asks OSV's API at `address`."""

    def __init__(
        self,
        address: Address,
        source: str,
        network: Network,
        start: Callable[[], Sequence[str]] = installed,
    ) -> None:
        self.url = f"{address.shown} by pip-audit"
        self._osv = f"{address.url}/v1/query"
        self._source = source
        self._network = network
        self._start = start

    def advisories(self, questions: Sequence[Question], left: TimeLeft) -> Said[Found]:
        """See `online_advisories.Asked.advisories`; raises `ToolError` when it is missing."""
        command = self._start()
        found: Found = {each.coordinate: () for each in questions}
        skipped = {each.coordinate for each in questions if not _is_askable(each)}
        for asked in _rounds(questions):
            answers = self._answers(command, asked, left)
            skipped |= asked.keys() - answers.keys()
            for coordinate, advisories in answers.items():
                found[coordinate] += advisories
        names = ", ".join(sorted(f"`{each.name}`" for each in skipped))
        there = {each: advisories for each, advisories in found.items() if each not in skipped}
        return said_now(there, f"pip-audit did not look up {names}" if names else "")

    def _answers(
        self, command: Sequence[str], asked: Mapping[Coordinate, str], left: TimeLeft
    ) -> Found:
        with tempfile.TemporaryDirectory(prefix="envtool-audit-") as folder:
            told = self._run([*command, *self._options(folder, asked)], left)
        try:
            content = mapping_of(told, "the answer")
            entries = [
                mapping_of(each, "a dependency") for each in items_of(content, "dependencies")
            ]
            return dict(_read(entries, asked, self._source))
        except NotAnAdvisoryError as error:
            raise PayloadError(f"the answer of pip-audit is another one: {error}") from error

    def _options(self, folder: str, asked: Mapping[Coordinate, str]) -> list[str]:
        path = os.path.join(folder, "requirements.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{each.name}=={version}\n" for each, version in asked.items())
        return [
            *("--requirement", path, "--no-deps", "--disable-pip"),
            *("--vulnerability-service", "osv", "--osv-url", self._osv),
            *("--format", "json", "--progress-spinner", "off"),
            *("--cache-dir", os.path.join(folder, "cache")),
        ]

    def _run(self, command: Sequence[str], left: TimeLeft) -> object:
        """The JSON that pip-audit prints, whatever its exit status is."""
        try:
            done = subprocess.run(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=left.seconds(),
                check=False,
            )
        except OSError as error:
            raise ToolError("pip-audit can not be started", hints=(_INSTALL,)) from error
        except subprocess.TimeoutExpired:
            raise UnavailableError(f"pip-audit did not end within {left.total:.0f} s") from None
        try:
            return json.loads(done.stdout)
        except (ValueError, RecursionError):
            lines = done.stderr.decode("utf-8", "replace").split("\n")
            last = next((mask(each.strip()) for each in reversed(lines) if each.strip()), "")
            raise UnavailableError(f"pip-audit has no answer: {line_of(last)}") from None

    def _environment(self) -> dict[str, str]:
        """That of the user, with the proxies and certificates of conda's settings."""
        verify = self._network.verify()
        certificates = {"REQUESTS_CA_BUNDLE": verify} if isinstance(verify, str) else {}
        proxies = {
            f"{scheme}_proxy": each.value
            for scheme, each in self._network.settings.proxy_servers.items()
            if scheme in {"http", "https"}
        }
        return {**proxies, **os.environ, **certificates}


def _rounds(questions: Sequence[Question]) -> Iterator[dict[Coordinate, str]]:
    """The questions in as many runs as the product with the most versions needs.

    pip-audit refuses a list that has a package twice.
    """
    waiting = [each for each in dict.fromkeys(questions) if _is_askable(each)]
    while waiting:
        asked: dict[Coordinate, str] = {}
        for each in waiting:
            asked.setdefault(each.coordinate, each.version)
        yield asked
        waiting = [each for each in waiting if asked[each.coordinate] != each.version]


def _is_askable(question: Question) -> bool:
    """Whether it fits into a list of requirements: one bad line of it ends the whole run."""
    try:
        Version(question.version)
    except ValueError:
        return False
    return _NAME.fullmatch(question.coordinate.name) is not None


def _read(
    entries: Sequence[Mapping[str, Any]], asked: Mapping[Coordinate, str], source: str
) -> Iterator[tuple[Coordinate, tuple[Advisory, ...]]]:
    """What is said about each product; one that is skipped or left out is missing."""
    by_name = {canonical(text_of(each, "name")): each for each in entries}
    for coordinate, version in asked.items():
        entry = by_name.get(coordinate.name)
        if entry is not None and isinstance(entry.get("vulns"), list):
            found = [mapping_of(each, "a vulnerability") for each in entry["vulns"]]
            yield (
                coordinate,
                tuple(_advisory(each, coordinate, version, source) for each in found),
            )


def _advisory(
    found: Mapping[str, Any], coordinate: Coordinate, version: str, source: str
) -> Advisory:
    """What pip-audit says of one version: that it is affected, and where it is mended."""
    name = text_of(found, "id")
    if not name:
        raise NotAnAdvisoryError("a vulnerability has no `id`")
    try:
        mended = [Version(each) for each in texts_of(found, "fix_versions")]
    except InvalidVersion as error:
        raise NotAnAdvisoryError(str(error)) from error
    fixed = min((each for each in mended if each > Version(version)), default=None)
    spans = (Span(version, fixed=str(fixed)),) if fixed else ()
    return Advisory(
        id=name,
        aliases=texts_of(found, "aliases"),
        source=source,
        summary=line_of(text_of(found, "description")),
        affected=(Affected(coordinate, Scheme.PEP440, spans, frozenset({version})),),
    )
