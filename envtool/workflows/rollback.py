"""`envtool rollback`: the environment as it was, in one step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envtool.domain.generations import Generation
from envtool.domain.results import Failure, Json, Result
from envtool.errors import ExitCode, UsageError
from envtool.ports import Tools
from envtool.ports_prefixes import Prefixes
from envtool.workflows.file_checks import check_files
from envtool.workflows.generation_records import Asked, check_tree, find_generation, mended
from envtool.workflows.install_home import Home, check_home, find_home
from envtool.workflows.install_place import check_place, settled
from envtool.workflows.install_terms import How, Made, Step
from envtool.workflows.installed_state import adopt_if_needed, both
from envtool.workflows.layer_checks import NotWholeError
from envtool.workflows.prefixes import Where, prefix_of, shown
from envtool.workflows.turn import project_turn, told_on_interrupt

if TYPE_CHECKING:
    from envtool.workflows.file_rollback import FilesBack

_WAIT = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """Where to go back to.

    Attributes:
        folder: of the project, or below it.
        where: the prefix.
        to: a generation by number, date, lock or commit; None is the one before.
        how: in which way it is built, when its tree is gone.
        say: is told on whom it waits.
        files: have the environment files and the lock go back, too.
        dry_run: say what would be done, and do nothing.
        force: go on over what somebody changed in the prefix by hand.
    """

    folder: str
    where: Where
    to: str | None
    how: How
    say: Callable[[str], None]
    files: bool = False
    dry_run: bool = False
    force: bool = False


def rollback(tools: Tools, request: RollbackRequest) -> Result:
    """Put a generation from before in the place of the one that is there.

    Its kept tree where that is still what it was, and else one that is built from the same
    packages. Raises `EnvtoolError`; the environment, and the files of the project, are as they
    were then.
    """
    started = request.how.clock()
    home = find_home(tools, request.folder)
    prefixes = tools.prefixes()
    prefix = prefixes.real(prefix_of(tools, home.folder, request.where))
    check_home(tools, home, request.where, prefix)
    with prefixes.exclusive(prefix, wait=_WAIT, say=request.say) as notes:
        check_place(tools, prefix)
        told = (*notes, *settled(tools, home, prefix, request.say))
        asked = Asked(request.to, prefixes.current(prefix), request.where.typed)
        found = find_generation(tools, home, prefix, asked)
        told += mended(tools, prefix, found.number)
        with _files(tools, request, home, prefix, found) as (files, more):
            run = _Run(
                tools=tools,
                request=request,
                home=home,
                prefix=prefix,
                found=found,
                files=files,
                current=prefixes.current(prefix),
            )
            return run.result((*told, *more), started)


@contextmanager
def _files(
    tools: Tools, request: RollbackRequest, home: Home, prefix: str, found: Generation
) -> Iterator[tuple["FilesBack | None", tuple[str, ...]]]:
    """What goes back besides the prefix, None when nothing does; and what there is to tell."""
    if not request.files:
        yield None, ()
        return
    from envtool.workflows.file_rollback import FilesBack

    with project_turn(tools, home.folder, request.say) as notes:
        yield FilesBack(tools, home, prefix, found), notes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One rollback, when it is known to what."""

    tools: Tools
    request: RollbackRequest
    home: Home
    prefix: str
    found: Generation
    files: "FilesBack | None"
    current: int | None
    steps: list[Step] = field(default_factory=list)

    @property
    def _name(self) -> str:
        return shown(self.tools, self.prefix)

    @property
    def _prefixes(self) -> Prefixes:
        return self.tools.prefixes()

    def result(self, told: tuple[str, ...], started: float) -> Result:
        """Do it; `told` is what there is to tell already. Raises `EnvtoolError`."""
        if self.files is not None and (unsaved := self.files.unsaved()):
            return self._refused(self.files, unsaved, told)
        if self.found.number == self.current and self.files is None:
            raise UsageError(
                f"generation {self.current} is the one in place",
                hints=(f"see the others: `envtool rollback{self.request.where.typed} --list`",),
            )
        if self.request.dry_run:
            return self._planned(told)
        if self.found.number == self.current and self.files is not None:
            return self._files_only(self.files, told)
        return self._rolled(told, started)

    def _refused(
        self, files: "FilesBack", unsaved: tuple[str, ...], told: tuple[str, ...]
    ) -> Result:
        some = ", ".join(f"`{each}`" for each in unsaved)
        verb = "has edits that are" if len(unsaved) == 1 else "have edits that are"
        message = f"{some} {verb} saved nowhere"
        return Result(
            command="rollback",
            headline=f"Not rolled back: {message}",
            failures=(Failure(ExitCode.NO, message, hints=files.hints(unsaved)),),
            notes=(*told, "nothing was changed"),
        )

    def _planned(self, told: tuple[str, ...]) -> Result:
        number = self.found.number
        has_tree = self._prefixes.tree(self.prefix, number) is not None
        how = "its tree is kept" if has_tree else "its tree is gone, and would be built again"
        if number == self.current:
            how = "it is in place"
        elif has_tree:
            told += check_tree(self.tools, self.prefix, self.found)
        files = (self.files.told(would=True),) if self.files else ()
        return Result(
            command="rollback",
            headline=f"Would roll back `{self._name}` to generation {number}: {how}",
            notes=(*told, *files, f"nothing {'else ' if told else ''}was changed"),
            data={
                "prefix": self.prefix,
                "to": number,
                "built": not has_tree and number != self.current,
                **self._changed(),
            },
        )

    def _changed(self) -> dict[str, Json]:
        """The files that change, for programs."""
        if self.files is None:
            return {}
        words = {True: "deleted", False: "restored"}
        return {"files": {each.name: words[each.new is None] for each in self.files.changes}}

    def _files_only(self, files: "FilesBack", told: tuple[str, ...]) -> Result:
        files.write()
        number = self.found.number
        self._prefixes.log(self.prefix, "files restored", {"to": number, **self._changed()})
        return Result(
            command="rollback",
            headline=f"Rolled back the files to generation {number}, which is in place",
            notes=(*told, *files.after()),
            data={"prefix": self.prefix, "from": number, "to": number, **self._changed()},
        )

    def _rolled(self, told: tuple[str, ...], started: float) -> Result:
        request, number = self.request, self.found.number
        now, force = request.how.now, request.force
        stood = adopt_if_needed(self.tools, self.prefix, now, force=force, verb="rollback")
        data: dict[str, Json] = {"to": number, "from": self.current, **self._changed()}
        log = self._prefixes.log(self.prefix, "rollback", data)
        try:
            with told_on_interrupt(self._kept()):
                made, notes = self._go()
        except NotWholeError as error:
            self._prefixes.log(self.prefix, "failed", {"check": error.what, "said": error.said})
            return self._failed(error, log, told)
        except BaseException as error:
            what = f"{type(error).__name__}: {error}"
            self._prefixes.log(self.prefix, "failed", {"error": what})
            error.add_note(f"What was done is logged in {shown(self.tools, log)}")
            raise
        if made is not None:
            stood = both(stood, made.stood)
        if stood.lacking is not None:
            every = len(self._prefixes.generations(self.prefix))
            self._prefixes.prune(self.prefix, every, stood.lacking)
        seconds = request.how.clock() - started
        done: dict[str, Json] = {"to": number, "seconds": round(seconds, 2)}
        self._prefixes.log(self.prefix, "rolled back", done)
        before = f", from {self.current}" if self.current is not None else ""
        files = self.files.after() if self.files else ()
        return Result(
            command="rollback",
            headline=f"Rolled back `{self._name}` to generation {number}{before}"
            f" in {seconds:.1f} s",
            notes=(*told, *stood.notes, *notes, *files, *self._outdated()),
            data={
                "prefix": self.prefix,
                **data,
                "built": made is not None,
                "seconds": round(seconds, 3),
                "steps": [each._asdict() for each in (made.steps if made else self.steps)],
                "log": log,
            },
        )

    def _outdated(self) -> Iterator[str]:
        """That services go on with what was there when they were started."""
        known = self.tools.daemons().known(self.prefix)
        names = [f"`{each.name}`" for each in known if each.running]
        if names:
            where = self.request.where
            # What is deployed has no option for what it is for.
            option = where.typed if where.prefix or where.name else ""
            verb = "run" if names[1:] else "runs"
            yield (
                f"{', '.join(names)} still {verb} from before:"
                f" `envtool deploy{option} --generation {self.found.number}`"
            )

    def _kept(self) -> str:
        """What there is to tell of a rollback that did not come to its end."""
        files = ", and so are the files of the project" if self.files is not None else ""
        return f"`{self._name}` is as it was before{files}"

    def _failed(self, error: NotWholeError, log: str, told: tuple[str, ...]) -> Result:
        hint = f"see what was done: {shown(self.tools, log)}"
        said = error.said.splitlines()[-5:]
        return Result(
            command="rollback",
            headline=f"Not rolled back: {error}",
            failures=(Failure(error.code, error.what, hints=(hint,)),),
            notes=(*told, f"`{self._name}` is as it was before", *said),
        )

    def _go(self) -> tuple[Made | None, tuple[str, ...]]:
        """Put the generation in place, and the files; what was made, if anything, and notes."""
        try:
            if self._prefixes.tree(self.prefix, self.found.number) is None:
                from envtool.workflows.install_source import generation_source
                from envtool.workflows.installation import Installation

                source = generation_source(self.tools, self.prefix, self.found)
                how = self.request.how
                build = Installation(self.tools, self.home, self.prefix, source, how)
                made = build.run(self.files.restore if self.files else None)
                return made, made.notes
            return None, self._exchange()
        finally:
            # After the tree, whether it stays or went back.
            if self.files is not None:
                self.files.done()

    def _exchange(self) -> tuple[str, ...]:
        clock, number = self.request.how.clock, self.found.number
        started = clock()
        notes = check_tree(self.tools, self.prefix, self.found)
        self._prefixes.replace(self.prefix, number, staged=False, checked=False)
        swapped = clock()
        try:
            check_files(self.tools, self.prefix)
            if self.files is not None:
                self.files.restore()
        except BaseException:
            self._prefixes.undo(self.prefix)
            raise
        self._prefixes.finish(self.prefix)
        self.steps.append(Step("swap", "", round(swapped - started, 3)))
        self.steps.append(Step("verify", "every file hashed", round(clock() - swapped, 3)))
        return notes
