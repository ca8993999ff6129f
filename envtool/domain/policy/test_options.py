"""The options that say what `envtool test` runs, and what `envtool commit` wants to see.

`file_options.py` has those on environment files, `model.py` the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from envtool.domain.environments import PRODUCTION
from envtool.domain.policy.collections import Field, Record, Records, Texts
from envtool.domain.policy.command_shapes import CommandLine, Number, Variables
from envtool.domain.policy.file_options import FileOptions
from envtool.domain.policy.option import option
from envtool.domain.policy.record_shapes import NAME, REASON
from envtool.domain.policy.shapes import Day, KeyPath, Report, Text, dotted
from envtool.domain.results import Json


class Command(NamedTuple):
    """A command that has to end with 0; a text is for the shell, a tuple is for no shell.

    Without `environment` it is run in development, or in production where there is nothing else.
    """

    command: str | tuple[str, ...]
    name: str = ""
    environment: str | None = None
    timeout: float = 600
    retries: int = 0
    cwd: str = "."
    variables: Mapping[str, str] = {}

    def __str__(self) -> str:
        """As messages name it."""
        return f"`{self.name or shown(self.command)}`"


class Service(NamedTuple):
    """A program that runs beside the commands, and has to answer within `timeout` seconds."""

    name: str
    command: str | tuple[str, ...]
    environment: str = PRODUCTION
    http: str | None = None
    tcp: str | None = None
    probe: str | tuple[str, ...] | None = None
    timeout: float = 30
    cwd: str = "."
    variables: Mapping[str, str] = {}

    def __str__(self) -> str:
        """As messages name it."""
        return f"`{self.name}`"


class Benchmark(NamedTuple):
    """A command that may take `slower` times as long as it does in what is installed now."""

    command: str | tuple[str, ...]
    name: str = ""
    environment: str = PRODUCTION
    runs: int = 5
    slower: float = 1.25
    timeout: float = 600
    cwd: str = "."
    variables: Mapping[str, str] = {}

    def __str__(self) -> str:
        """As messages name it."""
        return f"`{self.name or shown(self.command)}`"


class Approval(NamedTuple):
    """One change that somebody looked at: of a package, to exactly this version."""

    package: str
    version: str
    reason: str
    owner: str
    date: date

    def covers(self, package: str, version: str) -> bool:
        """Whether this is the change that was approved."""
        return (self.package.lower(), self.version) == (package.lower(), version)


def shown(command: str | tuple[str, ...]) -> str:
    """A command as people type it."""
    from shlex import join

    return command if isinstance(command, str) else join(command)


_COMMAND = Field(CommandLine(), "a line for the shell, or a list of words", required=True)
_ENVIRONMENT = Text(what="an environment like `production`")
_SECONDS = Number(least=0.1, most=86_400)
_COMMON = {
    "command": _COMMAND,
    "environment": Field(_ENVIRONMENT, "where it is run"),
    "timeout": Field(_SECONDS, "how many seconds it may take"),
    "cwd": Field(Text(what="a folder"), "the working directory, relative to the project"),
    "variables": Field(Variables(), "environment variables besides the usual"),
}
_LABEL = Text(r"[^\x00-\x1f\x7f]{1,80}", "a short name in one line")
_NAME = Field(_LABEL, "what it is called in reports")
PROBES = ("http", "tcp", "probe")


class _ServiceShape(Record):
    """A service, which is looked at in exactly one way."""

    def read(self, value: object, path: KeyPath, report: Report) -> Any:
        """See `Shape.read`."""
        before = len(report.problems)
        read = super().read(value, path, report)
        ways = [each for each in PROBES if isinstance(value, dict) and each in value]
        if len(report.problems) == before and len(ways) != 1:
            report.problem(path, f"`{dotted(path)}` needs one of `http`, `tcp` and `probe`")
            return None
        return read

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return super().schema() | {"oneOf": [{"required": [each]} for each in PROBES]}


COMMAND = Record(
    Command,
    {
        **_COMMON,
        "name": _NAME,
        "retries": Field(
            Number(least=0, most=10, whole=True), "how often it may fail before that counts"
        ),
    },
)
SERVICE = _ServiceShape(
    Service,
    {
        **_COMMON,
        "name": Field(_LABEL, "what it is called in reports", required=True),
        "http": Field(Text(r"https?://\S+", "a URL"), "what has to answer with a 2xx or 3xx"),
        "tcp": Field(
            Text(r"\S+:\d{1,5}", "a host and a port like `127.0.0.1:5432`"), "what has to be open"
        ),
        "probe": Field(CommandLine(), "a command that has to end with 0"),
    },
)
BENCHMARK = Record(
    Benchmark,
    {
        **_COMMON,
        "name": _NAME,
        "runs": Field(Number(least=1, most=99, whole=True), "how often each side is run"),
        "slower": Field(Number(least=1, most=100), "how many times as long it may take"),
    },
)
APPROVAL = Record(
    Approval,
    {
        "package": Field(NAME, "the package", required=True),
        "version": Field(
            Text(what="a version"), "to exactly this version, or `removed`", required=True
        ),
        "reason": REASON,
        "owner": Field(Text(what="a name or address"), "who looked at it", required=True),
        "date": Field(Day(), "the day on which that was", required=True),
    },
)
_PLATFORM = Text(r"[a-z0-9]+-[a-z0-9_]+", "a platform like `linux-64`")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestOptions(FileOptions):
    """What is run, and what has to be shown; every field is an option."""

    test_commands: tuple[Command, ...] = option(
        "test.commands",
        Records(COMMAND, removed="drops the test"),
        "commands that `envtool test` runs, in development where that exists",
        recommended=(),
    )
    test_services: tuple[Service, ...] = option(
        "test.services",
        Records(SERVICE, removed="drops the service"),
        "programs that `envtool test` starts, and that have to answer",
        recommended=(),
    )
    test_benchmarks: tuple[Benchmark, ...] = option(
        "test.benchmarks",
        Records(BENCHMARK, removed="drops the benchmark"),
        "commands that may not become slower than in what is installed now",
        recommended=(),
    )
    test_skip: tuple[str, ...] = option(
        "test.skip",
        Texts(NAME, added=True),
        "direct dependencies (or patterns) that are not imported or started by themselves",
        recommended=(),
    )
    test_platforms: tuple[str, ...] = option(
        "test.platforms",
        Texts(_PLATFORM, removed=True),
        "platforms that `envtool commit` wants evidence of; empty is the one of the machine",
        recommended=(),
    )
    approvals: tuple[Approval, ...] = option(
        "approvals",
        Records(APPROVAL),
        "changes that somebody looked at; `envtool approve` adds one",
        recommended=(),
    )
