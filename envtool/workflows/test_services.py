"""Starts the services of a project while an environment is tested, and asks whether they answer."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol, Self

from envtool.domain.evidence import Check, Outcome
from envtool.domain.policy.test_options import Service
from envtool.ports_testing import Serving
from envtool.workflows.test_rig import Order, Rig, Words, ended

# Between two looks; what answers a look has this long for it.
_PAUSE = 0.1
_LOOK = 2.0
# A service runs until it is ended.
_DAY = 86_400.0


class Services:
    """The services of one environment; all of them are ended at the end of the block."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._stack = ExitStack()
        self._running: dict[str, Serving] = {}
        self.are_up = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, service: Service) -> Check:
        """Start a service, and wait until it answers."""
        started = self._rig.clock()
        said = self._started(service)
        self.are_up &= not said
        outcome = Outcome.FAILED if said else Outcome.PASSED
        seconds = round(self._rig.clock() - started, 3)
        return Check("service", service.name, outcome, said, seconds)

    def gone(self) -> Iterator[Check]:
        """The services that answered, and ended since then."""
        for name, serving in self._running.items():
            if over := serving.ended():
                said = f"it answered, and then it {ended(over, _DAY)}"
                yield Check("service", name, Outcome.FAILED, said)

    def _started(self, service: Service) -> str:
        """Why it does not answer; empty when it does."""
        if not look(self._rig, service, _order(service)):
            return "something answers there before it is started: end that first"
        order = _order(service)
        log = f"{self._rig.log.removesuffix('.log')}-{_plain(service.name)}.log"
        serving = self._stack.enter_context(self._rig.serving(order, log))
        why = self._waited(service, serving)
        if not why:
            self._running[service.name] = serving
        return why

    def _waited(self, service: Service, serving: Serving) -> str:
        until = self._rig.clock() + service.timeout
        while True:
            if over := serving.ended():
                return f"it {ended(over, _DAY)}; it has to stay in the foreground"
            why = look(self._rig, service, _order(service))
            if not why:
                return ""
            if self._rig.clock() >= until:
                return f"it does not answer within {service.timeout:g} s: {why}"
            self._rig.tools.trials().pause(_PAUSE)


def _order(service: Service) -> Order:
    return Order(service.command, _DAY, service.cwd, service.variables)


class Probed(Protocol):
    """What has to answer, in one of three ways."""

    @property
    def http(self) -> str | None:
        """What has to answer with a 2xx or 3xx."""
        ...

    @property
    def tcp(self) -> str | None:
        """What has to be open."""
        ...

    @property
    def probe(self) -> Words | None:
        """What has to end with 0."""
        ...


def look(rig: Rig, service: Probed, order: Order) -> str:
    """Why it does not answer now; empty when it does. `order` says where and with what it runs."""
    trials = rig.tools.trials()
    if service.http is not None:
        return trials.answers_http(service.http, _LOOK)
    if service.tcp is not None:
        return trials.answers_tcp(service.tcp, _LOOK)
    tried = rig.run(order._replace(words=service.probe or (), seconds=_LOOK), _nobody)
    return "" if tried.code == 0 else f"the probe {ended(tried, _LOOK)}"


def _nobody(_: str) -> None:
    """Hears what a probe says, which is asked again and again."""


def _plain(name: str) -> str:
    return "".join(each if each.isalnum() or each in "-_" else "_" for each in name)
