"""Tests one environment: builds it apart, looks at it, tries its packages, runs the commands."""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from envtool.domain.environments import DEVELOPMENT, PRODUCTION, belongs
from envtool.domain.evidence import Check, Examined, Outcome
from envtool.domain.findings import Finding
from envtool.domain.lock_making import category
from envtool.domain.policy.test_options import Command
from envtool.domain.project import Project
from envtool.domain.smoke import Smoke, smoke_tests
from envtool.domain.specs import CondaDependency
from envtool.ports import Tools
from envtool.workflows.deploy_settings import known_secrets
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Source
from envtool.workflows.install_terms import How
from envtool.workflows.installation import Installation
from envtool.workflows.layer_checks import NotWholeError
from envtool.workflows.prefixes import Where, prefix_of
from envtool.workflows.test_benchmarks import measured, why_not_compared
from envtool.workflows.test_rig import Bench, Order, Rig, check_of, open_rig
from envtool.workflows.test_services import Services
from envtool.workflows.verify import VerifyRequest
from envtool.workflows.verify_prefix import verify_prefix

# Importing the largest packages takes a while where the disk is cold.
_SMOKE_SECONDS = 120.0
_WAIT = 600.0
_UNMET = "prefix.unsatisfied"
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """What one environment is tested with.

    Attributes:
        folder: of the project.
        home: its policy, layers and channels.
        project: its environment files.
        source: what is installed.
        lock: the path of the lock.
        prefix: where it is installed, absolute.
        log: where the output goes, absolute.
        has_development: whether the lock has a development environment.
    """

    folder: str
    home: Home
    project: Project
    source: Source
    lock: str
    prefix: str
    log: str
    has_development: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """In which way it is tested.

    Attributes:
        how: in which way it is built.
        today: the day on which the policy is read.
        say: is told on whom it waits, and what is done now.
        hear: is told what commands say.
    """

    how: How
    today: date
    say: Callable[[str], None]
    hear: Callable[[str], None]


def test_environment(tools: Tools, place: Place, manner: Manner) -> Examined:
    """Everything that is looked at, in order; what makes no sense any more is left out.

    Raises `EnvtoolError` when the question can not be answered: no network, a damaged archive.
    """
    started = manner.how.now.isoformat(timespec="seconds")
    prefixes = tools.prefixes()
    with prefixes.exclusive(place.prefix, wait=_WAIT, say=manner.say):
        checks = tuple(_Examiner(tools, place, manner).checks())
    return Examined(place.source.environment, started, checks)


class _Examiner:
    """One environment under test; only inside `Prefixes.exclusive`."""

    def __init__(self, tools: Tools, place: Place, manner: Manner) -> None:
        self._tools = tools
        self._place = place
        self._manner = manner
        self._environment = place.source.environment

    def checks(self) -> Iterator[Check]:
        """The checks, as they are made."""
        whole = [self._built()]
        yield whole[0]
        if whole[0].outcome is Outcome.PASSED:
            whole += self._verified()
            yield from whole[1:]
        if all(each.outcome is Outcome.PASSED for each in whole):
            rig = self._rig(self._place.prefix)
            yield from self._smoked(rig)
            yield from self._run(rig)

    def _rig(self, prefix: str) -> Rig:
        place, manner = self._place, self._manner
        bench = Bench(place.folder, self._environment, prefix, place.log)
        rig = open_rig(self._tools, bench, manner.hear, manner.how.clock)
        hidden = known_secrets(self._tools, place.folder, place.project.policy)
        return replace(rig, hidden=hidden)

    def _built(self) -> Check:
        place, how = self._place, self._manner.how
        started = how.clock()
        installation = Installation(self._tools, place.home, place.prefix, place.source, how)
        try:
            done = installation.run()
        except NotWholeError as error:
            said, is_good = f"{error}: {error.what}", False
        else:
            said, is_good = f"{done.linked.hits} from the cache", True
            self._tools.prefixes().prune(place.prefix, 0)
        seconds = round(how.clock() - started, 3)
        number = len(place.source.conda) + len(place.source.pip)
        return Check("build", _counted(number, "package"), _outcome(is_good), said, seconds)

    def _verified(self) -> Iterator[Check]:
        """The environment check and the dependency check, with the code of `verify --prefix`."""
        clock = self._manner.how.clock
        started = clock()
        request = VerifyRequest(paths=(self._place.lock,), today=self._manner.today)
        where = Where(prefix=self._place.prefix, environment=self._environment)
        result = verify_prefix(self._tools, request, where)
        seconds = round(clock() - started, 3)
        bad = [each for each in result.open_findings if each.severity.at_least(result.fail_on)]
        unread = [each.message for each in result.failures]
        found = [each for each in bad if each.rule != _UNMET]
        unmet = [each for each in bad if each.rule == _UNMET]
        number = len(self._place.source.conda) + len(self._place.source.pip)
        said = _listed((*unread, *_messages(found)))
        yield Check("environment", "as locked", _outcome(not said), said, seconds)
        said = _listed(_messages(unmet))
        yield Check("dependencies", _counted(number, "package"), _outcome(not said), said)

    def _smoked(self, rig: Rig) -> Iterator[Check]:
        self._manner.say(f"- {self._environment}: the direct dependencies")
        installed = self._tools.inspector().read(self._place.prefix)
        direct = dict.fromkeys(self._direct())
        for each in smoke_tests(installed, direct, windows=rig.windows):
            if isinstance(each, str):
                yield Check("smoke", each, Outcome.SKIPPED, "it has nothing to import or to start")
            else:
                yield _smoked(rig, each)

    def _direct(self) -> Iterator[tuple[str, str]]:
        """The managers and names of what the environment files list, but for what is skipped."""
        from fnmatch import fnmatchcase

        project, skip = self._place.project, self._place.project.policy.test_skip
        for spec in project.specs:
            if belongs(category(spec), self._environment):
                for each in project.requirements(spec):
                    is_conda = isinstance(each.dependency, CondaDependency)
                    if not any(fnmatchcase(each.name, pattern.lower()) for pattern in skip):
                        yield "conda" if is_conda else "pip", each.name

    def _run(self, rig: Rig) -> Iterator[Check]:
        """The services, and the commands while they run."""
        policy = self._place.project.policy
        mine = [each for each in policy.test_services if each.environment == self._environment]
        with Services(rig) as services:
            for service in mine:
                self._manner.say(f"- {self._environment}: {service}")
                yield services.start(service)
            for command in self._commands():
                order = Order(command.command, command.timeout, command.cwd, command.variables)
                name = rig.named(str(command)[1:-1], order)
                if services.are_up:
                    self._manner.say(f"- {self._environment}: `{name}`")
                    yield _ran(rig, order, command.retries, name)
                else:
                    yield Check("command", name, Outcome.SKIPPED, "a service is not there")
            if services.are_up:
                yield from self._measured(rig)
            yield from services.gone()

    def _measured(self, rig: Rig) -> Iterator[Check]:
        place = self._place
        mine = [
            each
            for each in place.project.policy.test_benchmarks
            if each.environment == self._environment
        ]
        if not mine:
            return
        where = Where(environment=self._environment)
        prefix = prefix_of(self._tools, place.home.folder, where)
        why = why_not_compared(self._tools, prefix, place.source.lock)
        if why:
            for each in mine:
                yield Check("benchmark", str(each)[1:-1], Outcome.SKIPPED, why)
            return
        old = self._rig(prefix)
        for each in mine:
            self._manner.say(f"- {self._environment}: benchmarks")
            yield measured(rig, old, each)

    def _commands(self) -> Iterator[Command]:
        usual = DEVELOPMENT if self._place.has_development else PRODUCTION
        for each in self._place.project.policy.test_commands:
            if (each.environment or usual) == self._environment:
                yield each


def _smoked(rig: Rig, smoke: Smoke) -> Check:
    program = posixpath.join(rig.prefix, smoke.command[0])
    order = Order((program, *smoke.command[1:]), _SMOKE_SECONDS)
    tried = rig.run(order)
    return check_of("smoke", f"{smoke.package}: {smoke.what}", tried, order, strict=smoke.strict)


def _ran(rig: Rig, order: Order, retries: int, name: str) -> Check:
    """A command of the project, as often as the policy lets it fail."""
    for number in range(retries + 1):
        check = check_of("command", name, rig.run(order), order)
        if check.outcome is Outcome.PASSED:
            again = f"at the {number + 1}. try" if number else ""
            return check._replace(said="; ".join(filter(None, (check.said, again))))
    tries = f" ({retries + 1} tries)" if retries else ""
    return check._replace(said=check.said + tries)


def _messages(findings: Iterable[Finding]) -> Iterator[str]:
    return (each.message for each in findings)


def _listed(messages: Iterable[str]) -> str:
    texts = tuple(messages)
    more = f" (and {len(texts) - _NAMED} more)" if len(texts) > _NAMED else ""
    return "; ".join(texts[:_NAMED]) + more


def _outcome(good: bool) -> Outcome:  # noqa: FBT001 - a value, no switch
    return Outcome.PASSED if good else Outcome.FAILED


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
