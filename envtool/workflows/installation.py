"""Builds a tree layer by layer, and puts it in the place of a prefix when it is whole."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from hashlib import sha256

from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.generations import Generation
from envtool.domain.installing import Layer, layered
from envtool.domain.policy.records import Archives
from envtool.domain.solving import CondaRecord
from envtool.errors import IntegrityError, UnavailableError, UsageError
from envtool.ports import Tools
from envtool.ports_installing import Linked, Linking, Stage
from envtool.ports_prefixes import Disk
from envtool.workflows.file_checks import check_installed
from envtool.workflows.install_home import Home, channels_of, check_source
from envtool.workflows.install_source import Source
from envtool.workflows.install_terms import How, Made, Step
from envtool.workflows.installed_state import look
from envtool.workflows.layer_checks import Checks, check, checking
from envtool.workflows.link_scripts import LinkScripts
from envtool.workflows.project_files import kept_texts

# conda's name for a script that wants to run when its package is linked.
_POST_LINK = re.compile(r"(?:bin|Scripts)/\.(.+)-post-link\.(?:sh|bat)")


class Installation:
    """One tree, from its packages to its place; only inside `Prefixes.exclusive`."""

    def __init__(self, tools: Tools, home: Home, prefix: str, source: Source, how: How) -> None:
        self._follow: Callable[[], None] | None = None
        self._tools = tools
        self._prefixes = tools.prefixes()
        self._home = home
        self._prefix = prefix
        self._source = source
        self._how = how
        self._steps: list[Step] = []
        self._linked = Linked()
        self._disk = Disk()
        self._notes: list[str] = [*source.notes]
        self._linked_by: list[str] = []
        self._scripts = LinkScripts(tools, home, prefix, source)

    def run(
        self,
        follow: Callable[[], None] | None = None,
        before: Callable[[], None] | None = None,
    ) -> Made:
        """Build it; raises `NotWholeError` and `EnvtoolError`, and nothing is changed then.

        What `follow` does belongs to it: done when the tree is in its place, and undone with it
        when that raises; `before` is done when the tree is whole, and not in its place.
        """
        self._follow = follow
        self._notes += check_source(self._tools, self._home, self._source)
        number = self._number()
        try:
            stage = self._prefixes.begin(self._prefix, number)
            layers = layered(self._source.conda, lambda name: self._home.layer(self._source, name))
            with (
                self._byte_code_expected(),
                checking(self._prefix, self._prefixes.run_staged) as checks,
                ThreadPoolExecutor(max_workers=1) as pool,
            ):
                looked = pool.submit(look, self._tools, self._prefix)
                was_scripted = self._build(stage, layers, checks)
                self._complete(number, stage)
                was_checked = checks.passed() and was_scripted
                stood = looked.result()
            if before is not None:
                before()
            rung = self._put(number, layers, was_checked=was_checked)
            if follow is not None:
                follow()
        except BaseException:
            self._prefixes.undo(self._prefix)
            raise
        self._prefixes.finish(self._prefix)
        self._notes += self._scripts.notes(self._linked_by)
        if self._how.register:
            self._prefixes.register(self._prefix, self._tools.desk().machine("/").home)
        return Made(
            self._source,
            number,
            rung,
            was_checked,
            self._linked,
            self._disk,
            tuple(self._steps),
            tuple(self._notes),
            stood,
        )

    def _number(self) -> int:
        generation = self._source.generation
        return self._prefixes.next_number(self._prefix) if generation is None else generation.number

    def _build(self, stage: str, layers: tuple[Layer, ...], checks: Checks) -> bool:
        """Fill the stage; whether all scripts that shall run could run there."""
        if self._how.refetch:
            self._tools.installer().forget(self._source.conda)
        channels = channels_of(self._tools, self._home, self._source)
        self._keep(channels)
        was_scripted = True
        done: tuple[str, ...] = ()
        for layer in layers:
            with self._timed(layer.name, _counted(len(layer.records))):
                names = {each.url for each in layer.records} | set(done)
                records = tuple(each for each in self._source.conda if each.url in names)
                done = tuple(names)
                linking = Linking(
                    records,
                    layer.records,
                    stage,
                    self._prefix,
                    channels,
                    copies=self._scripts.may_run,
                )
                self._linked = _sum(self._linked, self._link(linking))
                was_scripted &= self._scripts.run_staged(layer)
            checks.start(layer)
        self._tools.installer().publish(self._source.conda, stage)
        self._add_wheels(stage)
        return was_scripted

    def _byte_code_expected(self) -> AbstractContextManager[None]:
        python = self._python
        if not self._how.compile or python is None:
            return nullcontext()
        lists = self._tools.installer().lists(self._source.conda)
        return self._tools.byte_code().expecting(python.sha256, lists)

    def _keep(self, channels: tuple[ResolvedChannel, ...]) -> None:
        """Have the archives in the store, where that is wanted; what is not is told."""
        is_policy = self._home.project.policy.archives is Archives.KEPT
        if self._how.archives is False or not (self._how.archives or is_policy):
            return
        with self._timed("archives", ""):
            kept = self._tools.installer().keep(self._source.conda, channels, self._how.progress)
        self._told(f"{kept.archives} kept")
        self._linked = _sum(self._linked, Linked(downloaded=kept.downloaded))
        if kept.missing:
            names = ", ".join(f"`{each}`" for each in kept.missing)
            self._notes.append(f"not kept, for it could not be fetched: the archive of {names}")

    def _link(self, linking: Linking) -> Linked:
        try:
            return self._tools.installer().link(linking, self._how.progress)
        except (UnavailableError, IntegrityError) as error:
            from envtool.workflows.gone_archives import explained

            raise explained(
                self._tools, self._source, linking.channels, self._platform, error
            ) from error

    def _add_wheels(self, path: str) -> None:
        """Install the `pip:` section into the stage."""
        source = self._source
        if source.pip:
            with self._timed("pip", _counted(len(source.pip))):
                facts = self._tools.wheels().install(self._stage(path), source.pip, _nobody)
            self._linked = _sum(
                self._linked, Linked(facts.hits, len(source.pip) - facts.hits, facts.downloaded)
            )
            self._notes += [f"two wheels have {each}" for each in facts.replaced]
        if source.lost:
            names = ", ".join(f"`{each}`" for each in source.lost)
            self._notes.append(f"could not be carried over, for its archive is not known: {names}")
        if source.outside:
            names = ", ".join(f"`{each}`" for each in source.outside)
            self._notes.append(f"not installed, for it is in no lock: {names}; `pip install` it")

    def _stage(self, path: str) -> Stage:
        python = self._python
        if python is None:
            raise UsageError(
                "the lock has pip packages and no python",
                hints=("list `python` under `dependencies:`, then `envtool lock`",),
            )
        return Stage(path, self._prefix, python.version, self._platform)

    def _complete(self, number: int, stage: str) -> None:
        packages = [
            f"{each.channel}/{each.subdir}::{'-'.join(each.key)}" for each in self._source.conda
        ]
        makes_byte_code = self._how.compile and self._python is not None
        if makes_byte_code:
            self._tools.byte_code().begin(self._stage(stage))
        carried = self._prefixes.carry(self._prefix, packages, self._source.asked)
        if carried:
            self._notes.append(f"kept {_files(len(carried))} of yours: {', '.join(carried[:5])}")
        with self._timed("verify", ""):
            installed = self._tools.inspector().read(stage)
            files = [file for package in installed.packages for file in package.files]
            modules = {each.path: each.sha256 for each in files if each.path.endswith(".py")}
            if makes_byte_code:
                self._tools.byte_code().link(modules)
            check_installed(self._tools, installed, self._linked.hashed)
        self._told(f"{len(files)} files hashed")
        self._linked_by = [found[1] for each in files if (found := _POST_LINK.fullmatch(each.path))]
        with self._timed("record", f"generation {number}"):
            generation, texts = self._generation(number), kept_texts(self._source)
            self._disk = self._prefixes.record(self._prefix, generation, self._records(), texts)
        if makes_byte_code:
            self._compile(stage, modules)
        with self._timed("seal", "made durable"):
            self._prefixes.seal(self._prefix)

    def _records(self) -> str:
        return self._tools.solver().write_records({"default": {self._platform: self._source.conda}})

    def _compile(self, stage: str, modules: Mapping[str, str]) -> None:
        with self._timed("byte-code", ""):
            facts = self._tools.byte_code().complete(self._stage(stage), modules)
        number = facts.linked + facts.compiled
        self._told(f"{number} modules, {facts.compiled} anew" if number else "none missing")
        if facts.skipped:
            self._notes.append(f"no byte-code was made: {facts.skipped}")

    @property
    def _python(self) -> CondaRecord | None:
        return next((each for each in self._source.conda if each.name == "python"), None)

    @property
    def _platform(self) -> str:
        return self._tools.desk().platform()

    def _generation(self, number: int) -> Generation:
        source = self._source
        if source.generation is not None:
            return replace(source.generation, loose=self._scripts.made)
        return Generation(
            number=number,
            created=self._how.now,
            origin=source.origin,
            environment=source.environment,
            platform=self._platform,
            lock=source.lock,
            revision=source.revision,
            conda=tuple(sorted(" ".join(each.key) for each in source.conda)),
            pip=source.pip,
            loose=self._scripts.made,
            project=source.project,
            files={name: sha256(text).hexdigest() for name, text in source.files},
        )

    def _put(self, number: int, layers: tuple[Layer, ...], *, was_checked: bool) -> str:
        with self._timed("swap", ""):
            is_done = was_checked and self._follow is None
            rung = self._prefixes.replace(self._prefix, number, staged=True, checked=is_done)
        self._told(f"by {rung}")
        if not was_checked:
            with self._timed("check", "at its place"):
                self._scripts.run_waiting()
                check(self._prefix, layers, self._prefixes.run)
            if self._scripts.waits:
                self._prefixes.restore(
                    self._prefix, self._generation(number), self._records(), self._prefix
                )
        return rung

    def _told(self, what: str) -> None:
        """Say what came of the last step."""
        self._steps[-1] = self._steps[-1]._replace(what=what)

    @contextmanager
    def _timed(self, name: str, what: str) -> Iterator[None]:
        started = self._how.clock()
        self._how.progress(name, 0, 0)
        yield
        self._steps.append(Step(name, what, round(self._how.clock() - started, 3)))


def _nobody(_: str) -> None:
    """Hears what the progress says already."""


def _counted(number: int) -> str:
    return "1 package" if number == 1 else f"{number} packages"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _sum(one: Linked, other: Linked) -> Linked:
    return Linked(
        one.hits + other.hits,
        one.fetched + other.fetched,
        one.downloaded + other.downloaded,
        one.stored + other.stored,
        one.hashed + other.hashed,
    )
