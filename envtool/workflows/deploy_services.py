"""Starts, looks at and ends what is deployed, and brings back what ran before."""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from envtool.domain.policy.deploy_options import DEPLOYED, Deployed, Preparation, Words
from envtool.domain.policy.settings_shapes import Reference, Setting
from envtool.domain.policy.shapes import Report
from envtool.errors import EnvtoolError, UnreadableError
from envtool.ports import Tools
from envtool.ports_deploying import Known, Launch
from envtool.ports_testing import Tried
from envtool.workflows.deploy_settings import Values
from envtool.workflows.layer_checks import NotSoundError
from envtool.workflows.test_rig import Bench, Order, Rig, ended, open_rig
from envtool.workflows.test_services import look

# The log of what comes to an end; no service is called like this.
COMMANDS = "_commands"
_PAUSE = 0.1
# A service runs until it is ended; what starts or ends one has so long for it.
_DAY = 86_400.0
_COMMAND = 300.0
# What a service gets of the variables of whoever deploys; the rest is named in the policy.
_PASSED = re.compile(
    r"HOME|USER|LOGNAME|SHELL|PATH|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|XDG_RUNTIME_DIR"
    r"|CONDA_(?:SHLVL|PREFIX)|SYSTEMROOT|SSL_CERT_(?:FILE|DIR)|(?:https?|no|all)_proxy",
    re.IGNORECASE,
)
_TELLING = re.compile(r"(?i)\b\w*(?:error|exception|fatal|critical|panic)\b")


class Past(NamedTuple):
    """A service as it was started."""

    service: Deployed
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What services stand on.

    Attributes:
        tools: the doors.
        folder: of the project, absolute.
        prefix: absolute.
        environment: of the lock.
        values: of all references.
        log: of commands that come to an end, absolute.
        say: is told what is done.
        hear: is told what commands say.
        clock: seconds that go on.
    """

    tools: Tools
    folder: str
    prefix: str
    environment: str
    values: Values
    log: str
    say: Callable[[str], None]
    hear: Callable[[str], None]
    clock: Callable[[], float]

    def rig(self) -> Rig:
        """What runs commands in the tree that is in place now."""
        bench = Bench(self.folder, self.environment, self.prefix, self.log)
        rig = open_rig(self.tools, bench, self.hear, self.clock)
        return replace(rig, hidden=self.values.hidden)

    def order(self, words: Words, seconds: float, each: Deployed | Preparation) -> Order:
        """A command with the settings of what it is for."""
        return Order(words, seconds, each.cwd, self.values.of(each.variables))


class Fleet:
    """The services on one prefix; only inside `Prefixes.exclusive`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._daemons = ground.tools.daemons()

    def prepare(self, each: Preparation) -> None:
        """Run a command to its end; raises `NotSoundError` when it fails."""
        self._commanded(str(each), each.command, each.timeout, each)

    def start(self, service: Deployed) -> None:
        """Start a service; raises `NotSoundError` when that can not be done."""
        ground = self._ground
        ground.say(f"- start {service}")
        rig = ground.rig()
        if not self.look(service):
            raise NotSoundError(
                str(service), "something answers there before it is started: end that first"
            )
        if service.command is None:
            self._commanded(str(service), service.start or (), _COMMAND, service)
            return
        trial = replace(rig, passes=_is_passed).trial(ground.order(service.command, _DAY, service))
        self._daemons.start(
            ground.prefix,
            Launch(
                service.name,
                trial.command,
                trial.variables,
                trial.folder,
                trial.hidden,
                service.signal,
                service.grace,
                memo_of(service, ground.folder),
            ),
        )

    def wait(self, service: Deployed) -> None:
        """Wait until a service answers; raises `NotSoundError` when it does not."""
        clock = self._ground.clock
        until = clock() + service.timeout
        while True:
            self._still_there(service)
            why = self.look(service)
            if not why:
                # What answered may have been another one, while this one found its port taken.
                self._still_there(service)
                return
            if clock() >= until:
                raise NotSoundError(
                    str(service), f"does not answer within {service.timeout:g} s: {why}"
                )
            self._ground.tools.trials().pause(_PAUSE)

    def look(self, service: Deployed) -> str:
        """Why a service does not answer now; empty when it does."""
        rig = replace(self._ground.rig(), passes=_is_passed, hear=_nobody)
        # A URL or an address is looked at without any setting.
        asked = service._replace(variables={}) if service.probe is None else service
        return look(rig, service, self._ground.order((), _DAY, asked))

    def stop(self, service: Deployed) -> None:
        """End a service; raises `NotSoundError` when that can not be done."""
        self._ground.say(f"- stop {service}")
        if service.command is not None:
            self._daemons.stop(self._ground.prefix, service.name)
        else:
            self._commanded(str(service), service.stop or (), _COMMAND, service)

    def hold(self, service: Deployed) -> None:
        """End a service that envtool runs, for `resume` to start it just as it was."""
        self._ground.say(f"- stop {service}")
        self._daemons.hold(self._ground.prefix, service.name)

    def resume(self, service: Deployed) -> None:
        """Start what was held; raises `NotSoundError` when it does not answer then."""
        if service.command is not None:
            self._ground.say(f"- start {service} of before")
            self._daemons.resume(self._ground.prefix, service.name)
        else:
            self.start(service)
        self.wait(service)

    def _still_there(self, service: Deployed) -> None:
        if service.command is None:
            return
        if over := self._daemons.ended(self._ground.prefix, service.name):
            raise NotSoundError(str(service), _told(over, _DAY))

    def _commanded(
        self, name: str, words: Words, seconds: float, each: Deployed | Preparation
    ) -> None:
        order = self._ground.order(words, seconds, each)
        tried = self._ground.rig().run(order)
        if tried.code != 0:
            raise NotSoundError(name, _told(tried, seconds))


def _is_passed(name: str) -> bool:
    return _PASSED.fullmatch(name) is not None


def _nobody(_: str) -> None:
    """Hears what a probe says, which is asked again and again."""


def _told(tried: Tried, seconds: float) -> str:
    """How something ended, with the line that tells most of why."""
    telling = [each for each in tried.said if _TELLING.search(each)]
    return ended(tried._replace(said=tuple(telling[-1:]) or tried.said), seconds)


def memo_of(service: Deployed, folder: str) -> str:
    """A service as text, secrets by reference; `past_of` reads it."""
    data: dict[str, Any] = {
        name: each for name, each in service._asdict().items() if each is not None
    }
    data["variables"] = {name: _plain(each, folder) for name, each in service.variables.items()}
    return json.dumps({"service": data, "folder": folder})


def _plain(setting: Setting, folder: str) -> str | Mapping[str, str]:
    if not isinstance(setting, Reference):
        return setting
    if setting.env is not None:
        return {"env": setting.env}
    return {"file": posixpath.join(folder, setting.file or "")}


def past_of(known: Known) -> Past:
    """A service as it was started; raises `UnreadableError`."""
    report = Report()
    try:
        data = json.loads(known.memo)
        service = DEPLOYED.read(data["service"], (known.name,), report)
        if service is not None:
            return Past(service, str(data["folder"]))
    except (ValueError, KeyError, TypeError):
        pass
    raise UnreadableError(
        f"it is not known how `{known.name}` was started",
        hints=("end it and start it anew: `envtool deploy --stop`, `envtool deploy`",),
    )


def brought_back(ground: Ground, past: Iterable[Past]) -> tuple[str, ...]:
    """Start what ran before, in order; what can not be, in words."""
    failed: list[str] = []
    for service, folder in past:
        fleet = Fleet(replace(ground, folder=folder))
        try:
            fleet.resume(service)
        except NotSoundError as error:
            failed.append(f"{error} of before {error.what}")
        except EnvtoolError as error:
            failed.append(f"{service} of before can not be started: {error.message}")
    return tuple(failed)
