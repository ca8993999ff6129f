"""Several files of a project written as one change, by one writer at a time."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from envtool.adapters.disk import Disk, encoded, mode_of, token, write_draft
from envtool.adapters.journal import (
    STATE_FOLDER,
    Journal,
    Step,
    is_inside,
    journal_in,
    load_journal,
    sweep,
    sweep_strays,
    sync_folders,
)
from envtool.adapters.turns import turn
from envtool.adapters.writing import UNCHANGED, writing
from envtool.errors import UnreadableError, UsageError
from envtool.ports import FileKind

_LIMIT = 1 << 28
_NO_LOCKS = "This file system has no locks, so nothing keeps a second envtool from writing here"


class _File(NamedTuple):
    """A file that is to change; None where there is none."""

    step: Step
    old: bytes | None
    new: bytes | None
    mode: int | None


class ProjectChanges:
    """The port `Changes` on the real file system."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    @contextmanager
    def exclusive(
        self, root: str, *, wait: float, say: Callable[[str], None]
    ) -> Iterator[tuple[str, ...]]:
        """See `ports.Changes.exclusive`."""
        with turn(os.path.join(root, STATE_FOLDER), wait, say) as has_locks:
            finished = ", ".join(f"`{each}`" for each in self.recover(root))
            notes = (f"Finished what an earlier run had begun to write: {finished}",)
            yield (notes if finished else ()) + (() if has_locks else (_NO_LOCKS,))

    def is_pending(self, root: str) -> bool:
        """See `ports.Changes.is_pending`."""
        return os.path.lexists(journal_in(root))

    def commit(self, root: str, texts: Mapping[str, str | None]) -> None:
        """See `ports.Changes.commit`."""
        every = [self._file(root, path, text) for path, text in texts.items()]
        files = [each for each in every if each.old != each.new]
        if not files:
            return
        _refuse_twins(root, files)
        steps = tuple(each.step for each in files)
        journal = Journal(token(), tuple(_new_folders(root, steps)), steps)
        _claim(root, journal)
        try:
            _draft(root, journal, files)
        except BaseException:
            # What can not be taken away now, the next run takes away.
            with suppress(OSError):
                sweep(root, journal)
            raise
        self._apply(root, journal, files)

    def _file(self, root: str, path: str, text: str | None) -> _File:
        if not is_inside(path):
            raise ValueError(f"no path below the project: {path}")
        new = None if text is None else encoded(text)
        place = Step(path, None, _sum(new)).place(root)
        old = self._content(place)
        step = Step(path, _sum(old), _sum(new))
        with writing(_shown(root, step), UNCHANGED):
            return _File(step, old, new, mode_of(place))

    def _content(self, place: str) -> bytes | None:
        """What stands at `place`; raises `UnreadableError` for all but a file and nothing."""
        is_missing = self._disk.kind(place) is FileKind.MISSING
        return None if is_missing else self._disk.read(place, _LIMIT)

    def _apply(self, root: str, journal: Journal, files: list[_File]) -> None:
        """Replace every file, or none when one can not be."""
        try:
            self._swap(root, journal, journal.steps, UNCHANGED)
        except BaseException as error:
            self._undo(root, journal, files, error)
            raise
        # When it stays, the next run finds that everything is done and takes it away.
        with suppress(OSError):
            sweep(root, journal)

    def _swap(self, root: str, journal: Journal, steps: Sequence[Step], state: str) -> None:
        """Make `steps`; `state` says what is left when that fails."""
        for step in steps:
            with writing(_shown(root, step), state):
                if step.new is None:
                    os.unlink(step.place(root))  # its draft goes with the journal
                else:
                    self._disk.rename(journal.draft(root, step), step.place(root))
        with writing(os.path.normpath(root), state):
            sync_folders(os.path.dirname(step.place(root)) for step in steps)

    def _undo(self, root: str, journal: Journal, files: list[_File], error: BaseException) -> None:
        """Put back what was replaced; cut off in between, the next run finishes the change."""
        try:
            for each in reversed(files):
                self._put_back(root, journal, each)
            sweep(root, journal)
        except OSError:
            raise UnreadableError(
                f"only a part of {_named(root, journal.steps)} could be written: {error}",
                hints=("mend that and type the command again: the rest is written first",),
            ) from error

    def _put_back(self, root: str, journal: Journal, file: _File) -> None:
        place, draft = file.step.place(root), journal.draft(root, file.step)
        if file.new is None:
            if not os.path.lexists(place):
                self._disk.replace(place, file.old or b"", file.mode)
        elif not os.path.exists(draft):
            # The journal goes on promising the new text.
            write_draft(draft, file.new, file.mode)
            if file.old is None:
                os.unlink(place)
            else:
                self._disk.replace(place, file.old, file.mode)

    def recover(self, root: str) -> tuple[str, ...]:
        """End the change that an earlier run was cut off in; the files that were written for it.

        Finished when it was complete, swept away when not. Only for who has the turn. Raises
        `UnreadableError` when one of the files was changed in the meantime.
        """
        journal = load_journal(root)
        with writing(journal_in(root)):
            sweep_strays(root)
        if journal is None:
            return ()
        pending = self._pending(root, journal)
        if pending is not None:
            self._swap(root, journal, pending, "")
        with writing(journal_in(root)):
            sweep(root, journal)
        return tuple(_shown(root, step) for step in pending or ())

    def _pending(self, root: str, journal: Journal) -> tuple[Step, ...] | None:
        """What is left to do of a change; None when it can not have begun."""
        if not journal.complete:
            return None
        now = {step: _sum(self._content(step.place(root))) for step in journal.steps}
        pending = tuple(step for step in journal.steps if now[step] != step.new)
        for step in pending:
            if now[step] != step.old:
                raise _stuck(root, journal, pending, f"`{_shown(root, step)}` was changed since")
        for step in pending:
            draft = journal.draft(root, step)
            if _sum(self._content(draft)) != (step.new or _sum(b"")):
                if pending == journal.steps:
                    return None
                raise _stuck(root, journal, pending, f"`{os.path.normpath(draft)}` is gone")
        return pending


def _refuse_twins(root: str, files: list[_File]) -> None:
    seen: dict[str, Step] = {}
    for step in (each.step for each in files):
        first = seen.setdefault(step.place(root), step)
        if first is not step:
            raise UnreadableError(
                f"`{_shown(root, first)}` and `{_shown(root, step)}` are links to one file",
                hints=("put a file of its own in place of one of the links",),
            )


def _new_folders(root: str, steps: Iterable[Step]) -> list[str]:
    """The folders that have to be made, relative to `root`, outer ones first."""
    found: set[str] = set()
    for folder in (os.path.dirname(step.path) for step in steps if step.new is not None):
        while folder and not os.path.lexists(os.path.join(root, folder)):
            found.add(folder)
            folder = os.path.dirname(folder)  # noqa: PLW2901 - climbs
    return sorted(found, key=len)


def _claim(root: str, journal: Journal) -> None:
    with writing(journal_in(root), UNCHANGED):
        try:
            journal.create(root)
        except FileExistsError as error:
            raise UsageError(
                f"`{journal_in(root)}` says that another run is writing here; {UNCHANGED}",
                hints=("type the command again when that is done",),
            ) from error


def _draft(root: str, journal: Journal, files: list[_File]) -> None:
    """Write everything that is new, so that nothing is left that can fail for want of room."""
    for folder in journal.folders:
        path = os.path.join(root, folder)
        with writing(os.path.normpath(path), UNCHANGED):
            os.mkdir(path)
    for each in files:
        with writing(_shown(root, each.step), UNCHANGED):
            write_draft(journal.draft(root, each.step), each.new or b"", each.mode)
    with writing(journal_in(root), UNCHANGED):
        sync_folders(os.path.dirname(each.step.place(root)) for each in files)
        journal.completed(root)


def _stuck(root: str, journal: Journal, pending: Iterable[Step], reason: str) -> UnreadableError:
    from shlex import join

    drafts = [journal.draft(root, step) for step in pending]
    remains = [os.path.normpath(each) for each in drafts if os.path.lexists(each)]
    return UnreadableError(
        f"a run of envtool was cut off while it wrote {_named(root, journal.steps)}, and {reason}",
        hints=(
            "to have it finished, take that change back and type the command again",
            f"to go on with the files as they are: `{join(['rm', journal_in(root), *remains])}`",
        ),
    )


def _named(root: str, steps: Iterable[Step]) -> str:
    return ", ".join(f"`{_shown(root, step)}`" for step in steps)


def _shown(root: str, step: Step) -> str:
    return os.path.normpath(os.path.join(root, step.path))


def _sum(data: bytes | None) -> str | None:
    from hashlib import sha256

    return None if data is None else sha256(data).hexdigest()
