"""`envtool deploy`: dependency -> application -> verification stage, and back when one fails."""

from collections.abc import Iterator
from dataclasses import replace

from envtool.domain.results import Failure, Json, Result
from envtool.errors import ExitCode
from envtool.ports import Tools
from envtool.workflows.deploy_doubts import doubts_of, refused, untested_notes
from envtool.workflows.deploy_settings import plan_of
from envtool.workflows.deploy_stages import DeployRequest, Site, Stages
from envtool.workflows.install_home import check_source_home, find_home
from envtool.workflows.install_place import Target, check_place, settled, source_of
from envtool.workflows.install_source import Source
from envtool.workflows.install_terms import Made
from envtool.workflows.installation import Installation
from envtool.workflows.installed_state import adopt_if_needed, both
from envtool.workflows.layer_checks import NotWholeError
from envtool.workflows.prefixes import Where, prefix_of, shown

# Another run may fetch gigabytes.
_WAIT = 600.0


def deploy(tools: Tools, request: DeployRequest) -> Result:
    """Put an environment in its place, and have its services run and answer, or all as before.

    Raises `EnvtoolError`; the environment and its services are as they were then.
    """
    home = find_home(tools, request.folder)
    plan = plan_of(home.project.policy, request.to)
    prefixes = tools.prefixes()
    where = Where(request.prefix, request.name, plan.environment)
    prefix = prefixes.real(prefix_of(tools, home.folder, where))
    check_source_home(tools, home, where, prefix, request.choice)
    with prefixes.exclusive(prefix, wait=_WAIT, say=request.say) as ended:
        check_place(tools, prefix)
        notes = (*ended, *settled(tools, home, prefix, request.say))
        choice = request.choice._replace(groups=plan.groups)
        target = Target(prefix, plan.environment)
        source = source_of(tools, home, target, choice, request.how.progress)
        site = Site(tools=tools, request=request, home=home, plan=plan, prefix=prefix)
        doubts = tuple(doubts_of(tools, home, source))
        if doubts and not request.force:
            return refused(doubts, notes)
        told = [f"{each.message}; {each.hints[0]}" for each in doubts]
        notes += tuple(told or untested_notes(tools, home, source))
        result = _Deployment(site, source).run()
    return replace(result, notes=(*notes, *result.notes))


class _Deployment:
    """One run."""

    def __init__(self, site: Site, source: Source) -> None:
        self._site = site
        self._source = source
        self._stages = Stages(site, source)

    def run(self) -> Result:
        """Deploy; raises `EnvtoolError`, and all is as before then."""
        site, request, stages = self._site, self._site.request, self._stages
        prefixes, started = site.tools.prefixes(), request.how.clock()
        stood = adopt_if_needed(
            site.tools, site.prefix, request.how.now, force=request.force, verb="deploy"
        )
        stages.notes += stood.notes
        installation = Installation(site.tools, site.home, site.prefix, self._source, request.how)
        try:
            done = installation.run(stages.after, stages.before)
        except NotWholeError as error:
            self._record("failed", {"check": f"{error}: {error.what}", "said": error.said})
            return self._redacted(self._failed(error))
        except BaseException as error:
            self._record("failed", {"error": f"{type(error).__name__}: {error}"})
            for each in stages.back():
                request.say(stages.clean(each))
            raise
        stages.done()
        whole = both(stood, done.stood)
        stages.notes += whole.notes[len(stood.notes) :]
        prefixes.prune(site.prefix, request.keep, whole.lacking)
        seconds = request.how.clock() - started
        self._record("deployed", {"generation": done.number, "seconds": round(seconds, 2)})
        return self._redacted(self._answer(done, seconds))

    def _failed(self, error: NotWholeError) -> Result:
        back = self._stages.back()
        site, again = self._site, self._stages.course.stopped
        names = ", ".join(str(each.service) for each in again)
        place = "there is no environment at" if self._stages.is_new else "as it was before:"
        notes = [*self._stages.notes, f"{place} `{site.name}`", *error.said.splitlines()[-5:]]
        if names and not back:
            notes.append(f"{names} of before {'answer' if again[1:] else 'answers'} again")
        failures = [Failure(error.code, error.what, hints=tuple(self._hints()))]
        failures += [Failure(ExitCode.NO, each) for each in back]
        data: dict[str, Json] = {**self._data(), "back": not back}
        return Result(
            command="deploy",
            headline=f"Not deployed: {_said(error)}",
            failures=tuple(failures),
            notes=tuple(notes),
            data=data,
        )

    def _hints(self) -> Iterator[str]:
        tools, prefix = self._site.tools, self._site.prefix
        for each in self._stages.course.started[-1:]:
            if each.command is not None:
                log = shown(tools, tools.daemons().log(prefix, each.name))
                yield f"read what it said: `less {log}`"
        yield f"see what was done: {shown(tools, self._stages.log)}"

    def _answer(self, done: Made, seconds: float) -> Result:
        number = len(self._source.conda) + len(self._source.pip)
        packages = "1 package" if number == 1 else f"{number} packages"
        services = self._site.plan.services
        self._stages.course.steps["dependency"] += done.steps
        away = self._stages.course.away
        if self._stages.course.stopped:
            self._stages.notes.append(f"services were away for {away[-1] - away[0]:.1f} s")
        said = _answering(tuple(map(str, services)))
        return Result(
            command="deploy",
            headline=f"Deployed `{self._site.name}`: {packages} from {self._source.origin},"
            f" {said}, in {seconds:.1f} s",
            notes=(*self._stages.notes, *done.notes),
            data={
                **self._data(),
                "generation": done.number,
                "packages": number,
                "seconds": round(seconds, 3),
                "away": round(away[-1] - away[0], 3) if self._stages.course.stopped else 0,
                "swap": done.rung,
            },
        )

    def _data(self) -> dict[str, Json]:
        plan = self._site.plan
        return {
            "prefix": self._site.prefix,
            "profile": plan.profile or None,
            "from": self._source.origin,
            "services": [each.name for each in plan.services],
            "stages": [
                {"stage": name, "steps": [each._asdict() for each in steps]}
                for name, steps in self._stages.course.steps.items()
            ],
            "log": self._stages.log,
        }

    def _record(self, event: str, data: dict[str, Json]) -> None:
        clean = self._stages.clean
        kept = {name: clean(each) if isinstance(each, str) else each for name, each in data.items()}
        self._site.tools.prefixes().log(self._site.prefix, event, kept)

    def _redacted(self, result: Result) -> Result:
        """`result` without the value of any reference."""
        clean = self._stages.clean
        return replace(
            result,
            headline=clean(result.headline),
            failures=tuple(each._replace(message=clean(each.message)) for each in result.failures),
            notes=tuple(map(clean, result.notes)),
        )


def _said(error: NotWholeError) -> str:
    """Who does not do what: a service does, a check or a layer has it told behind a colon."""
    return f"{error} {error.what}" if str(error)[0] == "`" else f"{error}: {error.what}"


def _answering(names: tuple[str, ...]) -> str:
    if not names:
        return "nothing to start"
    return f"{len(names)} services answer" if names[1:] else f"{names[0]} answers"
