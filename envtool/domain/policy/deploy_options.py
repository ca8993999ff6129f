"""The options that say what `envtool deploy` starts, with which settings, and how it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from envtool.domain.environments import PRODUCTION
from envtool.domain.policy.collections import Field, Record, Records, Table, Texts
from envtool.domain.policy.command_shapes import CommandLine, Number
from envtool.domain.policy.option import option
from envtool.domain.policy.settings_shapes import Setting, Settings
from envtool.domain.policy.shapes import KeyPath, Report, Text, dotted
from envtool.domain.policy.test_options import PROBES, TestOptions, shown
from envtool.domain.results import Json

Words = str | tuple[str, ...]


class Preparation(NamedTuple):
    """A command that has to end with 0 before anything is started."""

    command: Words
    timeout: float = 600
    cwd: str = "."
    variables: Mapping[str, Setting] = {}

    def __str__(self) -> str:
        """As messages name it."""
        return f"`{shown(self.command)}`"


class Deployed(NamedTuple):
    """A program that goes on running, and has to answer within `timeout` seconds.

    envtool itself runs its `command`, or `start` and `stop` tell another program to.
    """

    name: str
    command: Words | None = None
    start: Words | None = None
    stop: Words | None = None
    http: str | None = None
    tcp: str | None = None
    probe: Words | None = None
    timeout: float = 30
    signal: str = "TERM"
    grace: float = 10
    cwd: str = "."
    variables: Mapping[str, Setting] = {}

    def __str__(self) -> str:
        """As messages name it."""
        return f"`{self.name}`"


class DeployProfile(NamedTuple):
    """What is special about one place where a project is deployed.

    `services` are those that run there; None is all of them.
    """

    environment: str = PRODUCTION
    groups: tuple[str, ...] = ()
    services: tuple[str, ...] | None = None
    variables: Mapping[str, Setting] = {}


_SECONDS = Number(least=0.1, most=86_400)
_FOLDER = Field(Text(what="a folder"), "the working directory, relative to the project")
_LINE = "a line for the shell, or a list of words"
_SETTINGS = (
    'texts, and where secrets are: `{ env = "NAME" }`, or `{ file = "PATH" }` relative to the'
    " project"
)
_NAME = Text(
    r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a name of letters, digits, `-`, `_` and `.` like `web`"
)
_ENVIRONMENT = Text(what="an environment like `production`")
_GROUP = Text(what="a category of the lock")


class _DeployedShape(Record):
    """A service: run by envtool or by another program, and looked at in exactly one way."""

    def read(self, value: object, path: KeyPath, report: Report) -> Any:
        """See `Shape.read`."""
        before = len(report.problems)
        read = super().read(value, path, report)
        if len(report.problems) != before or not isinstance(value, dict):
            return read
        if len([each for each in PROBES if each in value]) != 1:
            report.problem(path, f"`{dotted(path)}` needs one of `http`, `tcp` and `probe`")
        if ("command" in value, "start" in value, "stop" in value) not in {
            (True, False, False),
            (False, True, True),
        }:
            report.problem(path, f"`{dotted(path)}` needs a `command`, or `start` and `stop`")
        return read if len(report.problems) == before else None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        looks: list[Json] = [{"required": [each]} for each in PROBES]
        runs: list[Json] = [
            {"required": ["command"], "properties": {"start": False, "stop": False}},
            {"required": ["start", "stop"], "properties": {"command": False}},
        ]
        return super().schema() | {"allOf": [{"oneOf": looks}, {"oneOf": runs}]}


PREPARATION = Record(
    Preparation,
    {
        "command": Field(CommandLine(), _LINE, required=True),
        "timeout": Field(_SECONDS, "how many seconds it may take"),
        "cwd": _FOLDER,
        "variables": Field(Settings(), _SETTINGS),
    },
)
DEPLOYED = _DeployedShape(
    Deployed,
    {
        "name": Field(_NAME, "what it is called", required=True),
        "command": Field(CommandLine(), f"what envtool runs: {_LINE}"),
        "start": Field(CommandLine(), "what has another program run it, like `systemctl start`"),
        "stop": Field(CommandLine(), "what has that end it"),
        "http": Field(Text(r"https?://\S+", "a URL"), "what has to answer with a 2xx or 3xx"),
        "tcp": Field(
            Text(r"\S+:\d{1,5}", "a host and a port like `127.0.0.1:5432`"), "what has to be open"
        ),
        "probe": Field(CommandLine(), "a command that has to end with 0"),
        "timeout": Field(_SECONDS, "within how many seconds it has to answer"),
        "signal": Field(
            Text(r"TERM|INT|QUIT|HUP|USR1|USR2", "a signal like `TERM` or `INT`"),
            "what asks it to end",
        ),
        "grace": Field(
            Number(least=0, most=3600), "how many seconds it has to end before it is killed"
        ),
        "cwd": _FOLDER,
        "variables": Field(Settings(), _SETTINGS),
    },
)
PROFILE = Record(
    DeployProfile,
    {
        "environment": Field(_ENVIRONMENT, "the environment of the lock"),
        "groups": Field(Texts(_GROUP), "categories of the lock that are installed besides"),
        "services": Field(Texts(_NAME), "the only services that run there"),
        "variables": Field(Settings(), _SETTINGS),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeployOptions(TestOptions):
    """What is deployed, and how; every field is an option."""

    deploy_variables: Mapping[str, Setting] = option(
        "deploy.variables",
        Settings(),
        "what is set for everything that `envtool deploy` runs: texts, and for secrets where they "
        'are: `{ env = "NAME" }`, `{ file = "PATH" }`',
        recommended={},
    )
    deploy_before: tuple[Preparation, ...] = option(
        "deploy.before",
        Records(PREPARATION),
        "commands that `envtool deploy` runs in the new environment before services are started",
        recommended=(),
    )
    deploy_services: tuple[Deployed, ...] = option(
        "deploy.services",
        Records(DEPLOYED),
        "programs that `envtool deploy` starts in this order, and that have to answer",
        recommended=(),
    )
    deploy_profiles: Mapping[str, DeployProfile] = option(
        "deploy.profiles",
        Table(PROFILE),
        "what is special about each place that `envtool deploy --to` names: `environment`, "
        "`groups` of the lock, `services`, `variables`",
        recommended={},
    )
