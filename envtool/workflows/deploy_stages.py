"""The stages of a deployment around the swap of the trees, and the way back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from envtool.domain.policy.deploy_options import Deployed
from envtool.domain.results import Json
from envtool.domain.secrets import mask
from envtool.errors import EnvtoolError, UsageError
from envtool.ports import Tools
from envtool.ports_prefixes import PrefixKind
from envtool.workflows.deploy_services import COMMANDS, Fleet, Ground, Past, brought_back, past_of
from envtool.workflows.deploy_settings import Plan, Values, known_secrets, read_values
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Choice, Source
from envtool.workflows.install_terms import How, Step
from envtool.workflows.installed_checks import check_installed
from envtool.workflows.layer_checks import NotSoundError
from envtool.workflows.prefixes import shown

_STAGES = ("dependency", "application", "verification")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRequest:
    """What to deploy.

    Attributes:
        folder: of the project, or below it.
        prefix: the path of the environment, when it is not the usual one.
        name: its name, instead.
        to: the profile of the policy; None is the only one, or none.
        choice: where the packages are read.
        how: in which way it is built.
        say: is told on whom it waits, and what is done.
        hear: is told what commands say.
        keep: how many trees from before are kept beside the prefix.
        force: go on over what somebody changed in the prefix by hand.
    """

    folder: str
    prefix: str | None
    name: str | None
    to: str | None
    choice: Choice
    how: How
    say: Callable[[str], None]
    hear: Callable[[str], None]
    keep: int = 2
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """Where something is deployed, and what."""

    tools: Tools
    request: DeployRequest
    home: Home
    plan: Plan
    prefix: str

    @property
    def folder(self) -> str:
        """Of the project, absolute."""
        return self.tools.files.absolute(self.home.folder)

    def described(self, source: Source) -> dict[str, Json]:
        """What the log says at the start."""
        return {
            "from": source.origin,
            "lock": source.lock,
            "prefix": self.prefix,
            "profile": self.plan.profile,
            "services": [each.name for each in self.plan.services],
        }

    @property
    def name(self) -> str:
        """The prefix, as people name it."""
        return shown(self.tools, self.prefix)


@dataclass(slots=True, eq=False)
class Course:
    """How far a deployment is.

    Attributes:
        steps: what was done, by stage.
        stopped: what ran before, and does not now.
        started: what runs now, and did not before.
        away: when the first of `stopped` was ended, and when all that is started answered.
    """

    steps: dict[str, list[Step]] = field(default_factory=lambda: {each: [] for each in _STAGES})
    stopped: list[Past] = field(default_factory=list)
    started: list[Deployed] = field(default_factory=list)
    away: list[float] = field(default_factory=list)


class Stages:
    """What is done around the swap; only inside `Prefixes.exclusive`."""

    def __init__(self, site: Site, source: Source) -> None:
        self._site = site
        self._source = source
        self._clock = site.request.how.clock
        tools, prefix = site.tools, site.prefix
        self.is_new = tools.prefixes().kind(prefix) is not PrefixKind.PREFIX
        self._known = tuple((each, past_of(each)) for each in tools.daemons().known(prefix))
        self.course = Course()
        self.notes: list[str] = []
        values = self._values()
        # What a run that was killed has left behind.
        self.done()
        self.log = tools.prefixes().log(prefix, "deploy", site.described(source))
        self._ground = Ground(
            tools=tools,
            folder=site.folder,
            prefix=prefix,
            environment=site.plan.environment,
            values=values,
            log=tools.daemons().log(prefix, COMMANDS),
            say=site.request.say,
            hear=site.request.hear,
            clock=self._clock,
        )
        self._fleet = Fleet(self._ground)

    def clean(self, text: str) -> str:
        """`text` without the value of any reference."""
        return mask(text, self._ground.values.hidden)

    def _values(self) -> Values:
        """The values of all settings; also those that the probes of what runs now need."""
        site = self._site
        wanted = [each.variables for each in site.plan.before]
        wanted += [each.variables for each in site.plan.services]
        values = read_values(site.tools, site.folder, wanted)
        known = known_secrets(site.tools, site.folder, site.home.project.policy)
        values = values.and_those_of(Values({}, known))
        olds = [past.service for _, past in self._known if past.service.probe is not None]
        # Without them it is still started again; only nobody can ask whether it answers.
        with suppress(UsageError):
            old = read_values(site.tools, site.folder, [each.variables for each in olds])
            values = values.and_those_of(old)
        return values

    def before(self) -> None:
        """End what runs; the new tree is whole."""
        for known, past in reversed(self._known):
            fleet = Fleet(replace(self._ground, folder=past.folder))
            with self._timed("application", "stop", past.service.name):
                if known.running:
                    self._is_down(past)
                    fleet.hold(past.service)
                else:
                    fleet.stop(past.service)
        others = [each for each in self._site.plan.services if each.command is None]
        for each in () if self.is_new else reversed(others):
            with self._timed("application", "stop", each.name):
                self._fleet.stop(each)
            self._is_down(Past(each, self._site.folder))

    def _is_down(self, past: Past) -> None:
        self.course.stopped.insert(0, past)
        self.course.away.append(self._clock())

    def after(self) -> None:
        """The application and the verification stage, once the tree is in its place."""
        try:
            self._apply()
            self._verify()
        except BaseException:
            for each in reversed(self.course.started):
                with suppress(NotSoundError, EnvtoolError):
                    self._fleet.stop(each)
            raise

    def _apply(self) -> None:
        """The application stage: each service is started when the one before it answers."""
        plan = self._site.plan
        for each in plan.before:
            with self._timed("application", "run", str(each)[1:-1]):
                self._fleet.prepare(each)
        for number, service in enumerate(plan.services):
            with self._timed("application", "start", service.name):
                if number:
                    self._fleet.wait(plan.services[number - 1])
                self.course.started.append(service)
                self._fleet.start(service)

    def _verify(self) -> None:
        """The verification stage."""
        site, now = self._site, self._site.request.how.now
        with self._timed("verification", "check", "environment and dependencies"):
            check_installed(site.tools, site.home, site.prefix, self._source, now.date()).demand()
        for service in site.plan.services:
            with self._timed("verification", "service", service.name):
                self._fleet.wait(service)
        self.course.away.append(self._clock())

    def back(self) -> tuple[str, ...]:
        """Have run what ran before; what does not, in words."""
        failed = brought_back(self._ground, self.course.stopped)
        self.done()
        return failed

    def done(self) -> None:
        """What ran before is not wanted again."""
        self._site.tools.daemons().release(self._site.prefix)

    @contextmanager
    def _timed(self, stage: str, name: str, what: str) -> Iterator[None]:
        started = self._clock()
        yield
        seconds = round(self._clock() - started, 3)
        self.course.steps[stage].append(Step(name, self.clean(what), seconds))
