"""What is deployed on a prefix: whether it runs and answers, and the end of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from shlex import join
from typing import NamedTuple

from envtool.domain.findings import Place
from envtool.domain.judge import Selection, judge
from envtool.domain.policy.deploy_options import Deployed
from envtool.domain.results import Failure, Json, Result
from envtool.domain.services import Looked
from envtool.errors import ExitCode
from envtool.ports import Tools
from envtool.ports_deploying import Known
from envtool.workflows.deploy_services import COMMANDS, Fleet, Ground, past_of
from envtool.workflows.deploy_settings import Values, plan_of, read_values
from envtool.workflows.install_home import Home, check_home, find_home
from envtool.workflows.layer_checks import NotSoundError
from envtool.workflows.prefixes import Where, prefix_of, shown

_WAIT = 600.0
_FAMILY = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesRequest:
    """Whose services.

    Attributes:
        folder: of the project, or below it.
        prefix: the path of the environment, when it is not the usual one.
        name: its name, instead.
        to: the profile of the policy; None is the only one, or none.
        today: the day on which waivers are judged.
        clock: seconds that go on.
        say: is told on whom it waits, and what is done.
    """

    folder: str
    prefix: str | None
    name: str | None
    to: str | None
    today: date
    clock: Callable[[], float]
    say: Callable[[str], None]


class _Service(NamedTuple):
    """A service, where it runs for, and what is known of it when envtool runs it."""

    service: Deployed
    folder: str
    known: Known | None


class _Scene(NamedTuple):
    home: Home
    prefix: str
    services: tuple[_Service, ...]


def status(tools: Tools, request: ServicesRequest) -> Result:
    """Whether what is deployed runs and answers; changes nothing. Raises `EnvtoolError`."""
    scene = _scene(tools, request)
    looked = [(each, _why(tools, request, scene, each)) for each in scene.services]
    place = Place(shown(tools, scene.prefix))
    again = join(("envtool", "deploy", *(("--to", request.to) if request.to else ())))
    project = replace(
        scene.home.project,
        today=request.today,
        services=tuple(Looked(each.service.name, why, place, again) for each, why in looked),
    )
    judged = judge(project, Selection(frozenset({_FAMILY})))
    well = sum(not why for _, why in looked)
    bad = [f"{each.service} {why}" for each, why in looked if why]
    head = "No service is deployed" if not looked else f"{_counted(well)} {_answer(well)}"
    if bad:
        more = f" (and {len(bad) - 1} more)" if bad[1:] else ""
        head = f"Unhealthy: {bad[0]}{more}"
    return Result(
        command="deploy",
        headline=head,
        findings=judged.findings,
        notes=tuple(_lines(tools, scene, looked)),
        fail_on=project.policy.fail_on,
        data={
            "prefix": scene.prefix,
            "services": [_described(tools, scene, each, why) for each, why in looked],
        },
    )


def stop(tools: Tools, request: ServicesRequest) -> Result:
    """End what is deployed, the last that was started first. Raises `EnvtoolError`."""
    scene = _scene(tools, request)
    stopped: list[str] = []
    failures: list[Failure] = []
    with tools.prefixes().exclusive(scene.prefix, wait=_WAIT, say=request.say) as notes:
        for each in reversed(scene.services):
            try:
                Fleet(_ground(tools, request, scene, each)).stop(each.service)
            except NotSoundError as error:
                failures.append(Failure(ExitCode.NO, f"{error} was not stopped: {error.what}"))
            else:
                stopped.append(each.service.name)
        tools.prefixes().log(scene.prefix, "stopped", {"services": [*stopped]})
    named = ", ".join(f"`{each}`" for each in stopped)
    head = f"Stopped {named}" if stopped else "Nothing was stopped"
    return Result(
        command="deploy",
        headline=f"Failed: {failures[0].message}" if failures else head,
        failures=tuple(failures),
        notes=notes,
        data={"prefix": scene.prefix, "stopped": [*stopped]},
    )


def _scene(tools: Tools, request: ServicesRequest) -> _Scene:
    home = find_home(tools, request.folder)
    plan = plan_of(home.project.policy, request.to)
    where = Where(request.prefix, request.name, plan.environment)
    prefix = tools.prefixes().real(prefix_of(tools, home.folder, where))
    check_home(tools, home, where, prefix)
    folder = tools.files.absolute(home.folder)
    known = [(each, past_of(each)) for each in tools.daemons().known(prefix)]
    services = [_Service(past.service, past.folder, each) for each, past in known]
    services += [_Service(each, folder, None) for each in plan.services if each.command is None]
    return _Scene(home, prefix, tuple(services))


def _ground(tools: Tools, request: ServicesRequest, scene: _Scene, each: _Service) -> Ground:
    """What the service stands on, with the settings that commands of it need."""
    is_asked = each.known is None or each.service.probe is not None
    values = (
        read_values(tools, each.folder, [each.service.variables]) if is_asked else Values({}, ())
    )
    return Ground(
        tools=tools,
        folder=each.folder,
        prefix=scene.prefix,
        environment=plan_of(scene.home.project.policy, request.to).environment,
        values=values,
        log=tools.daemons().log(scene.prefix, COMMANDS),
        say=request.say,
        hear=_nobody,
        clock=request.clock,
    )


def _why(tools: Tools, request: ServicesRequest, scene: _Scene, each: _Service) -> str:
    if each.known is not None and not each.known.running:
        return "does not run"
    why = Fleet(_ground(tools, request, scene, each)).look(each.service)
    return f"does not answer: {why}" if why else ""


def _lines(tools: Tools, scene: _Scene, looked: list[tuple[_Service, str]]) -> Iterator[str]:
    for each, _ in looked:
        if each.known is not None and each.known.running:
            log = shown(tools, tools.daemons().log(scene.prefix, each.known.name))
            since = each.known.since[:19].replace("T", " ")
            yield f"{each.service}: process {each.known.process} since {since} UTC, log `{log}`"


def _described(tools: Tools, scene: _Scene, each: _Service, why: str) -> dict[str, Json]:
    known = each.known
    return {
        "name": each.service.name,
        "healthy": not why,
        "why": why or None,
        "running": known.running if known else None,
        "process": known.process if known and known.running else None,
        "since": known.since if known else None,
        "log": tools.daemons().log(scene.prefix, known.name) if known else None,
    }


def _counted(number: int) -> str:
    return "1 service" if number == 1 else f"{number} services"


def _answer(number: int) -> str:
    return "answers" if number == 1 else "answer"


def _nobody(_: str) -> None:
    """Hears what the log has."""
