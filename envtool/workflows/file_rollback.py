"""Files of a project on their way back to what they were for a generation of its environment.

Two things change, the prefix and the files. The new tree is put in its place and checked; then a
note says which files shall follow; then they are written as one change; then the old tree is let
go. Cut off before the note, all is as it was when the next command begins; after it, that command
writes the files, unless somebody edited one of them meanwhile: then it says so.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import NamedTuple

from envtool.domain.artifacts.state import ArtifactState
from envtool.domain.generations import Generation, is_inside
from envtool.errors import EnvtoolError, IntegrityError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.artifact_state import artifact_state
from envtool.workflows.candidate import refused
from envtool.workflows.finder import join
from envtool.workflows.install_home import Home
from envtool.workflows.project_files import LOCKED, project_root, read_file
from envtool.workflows.spec_files import LOCK_FILE
from envtool.workflows.turn import project_turn


class FileChange(NamedTuple):
    """A file by its name relative to the project; None where there is none."""

    name: str
    old: bytes | None
    new: bytes | None


class FilesBack:
    """The files of one project, and of one generation; only inside the turn of the project."""

    def __init__(self, tools: Tools, home: Home, prefix: str, generation: Generation) -> None:
        self._tools = tools
        self._prefixes = tools.prefixes()
        self._prefix = prefix
        self._generation = generation
        self._folder = home.folder
        self._names = home.files
        self.root = project_root(tools, home)
        self._check(has_files=bool(home.files))
        names = dict.fromkeys((*generation.files, *home.files))
        own = (each for each in names if is_inside(each) and each not in LOCKED)
        found = (self._change(each) for each in (*own, *LOCKED))
        self.changes = tuple(each for each in found if each.old != each.new)

    def _check(self, *, has_files: bool) -> None:
        generation = self._generation
        if not generation.files:
            raise UsageError(
                f"generation {generation.number} has no files of a project on record: it came from"
                f" {generation.origin}",
                hints=(
                    "leave out `--files`; the files may be in git: `git log -- environment.yml`",
                ),
            )
        other = generation.project
        is_there = self._tools.files.kind(join(other, LOCK_FILE)) is FileKind.FILE
        # One that was moved is here, where its files are.
        if other != self.root and (is_there or not has_files):
            raise UsageError(
                f"generation {generation.number} was made from the files in `{other}`",
                hints=(f"name that project: `envtool rollback {other} -p {self._prefix} --files`",),
            )

    def _change(self, name: str) -> FileChange:
        old = read_file(self._tools, join(self._folder, name))
        is_same = _digest(old) == self._generation.files.get(name)
        return FileChange(name, old, old if is_same else self._recorded(name))

    def _recorded(self, name: str) -> bytes | None:
        """What it was; from git where what was kept is lost. Raises `IntegrityError`."""
        digest = self._generation.files.get(name)
        if digest is None:
            return None
        text = self._prefixes.text(self._prefix, digest)
        if text is None and self._generation.revision:
            text = self._committed(self._generation.revision, name)
        if text is None or _sum(text) != digest:
            raise IntegrityError(
                f"`{name}` of generation {self._generation.number} is lost",
                hints=(
                    f"leave out `--files`, and look for it: `git log -- {name}`",
                    "what holds a credential is kept by git alone, when it was committed",
                ),
            )
        return text

    def _committed(self, revision: str, name: str) -> bytes | None:
        try:
            return self._tools.git.blob(self._folder, revision, name)
        except EnvtoolError:
            return None

    def unsaved(self) -> tuple[str, ...]:
        """The files that would be lost: neither in git's `HEAD`, nor what a generation has."""
        return tuple(
            each.name
            for each in self.changes
            if each.old and not self._is_saved(each.name, each.old)
        )

    def _is_saved(self, name: str, text: bytes) -> bool:
        if self._prefixes.text(self._prefix, _sum(text)) is not None:
            return True
        known = self._prefixes.generations(self._prefix)
        commits = {each.revision for each in known if each.files.get(name) == _sum(text)} - {""}
        found = (self._committed(each, name) for each in ("HEAD", *sorted(commits)))
        return any(each is not None and _lines(each) == _lines(text) for each in found)

    def hints(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """How to save files."""
        some = " ".join(names)
        if self._committed("HEAD", LOCK_FILE) is None:
            return (f"put it away: `mv {names[0]} {names[0]}.mine`",)
        return (f"commit it: `git commit {some}`", f"or put it away: `git stash push {some}`")

    def restore(self) -> None:
        """Write the files, now that the tree is in its place; raises `UnreadableError`."""
        files = {each.name: [_digest(each.old), _digest(each.new)] for each in self.changes}
        data = {"root": self.root, "generation": self._generation.number, "files": files}
        self._prefixes.intend(self._prefix, json.dumps(data))
        self.write()

    def write(self) -> None:
        """Write the files; raises `UnreadableError`, and none is written then."""
        texts = {each.name: _decoded(each.new) for each in self.changes}
        self._tools.changes().commit(self.root, texts)

    def done(self) -> None:
        """Nothing is left to do, or nothing shall be done."""
        self._prefixes.intend(self._prefix, None)

    def told(self, *, would: bool = False) -> str:
        """What becomes of the files."""
        back = [f"`{each.name}`" for each in self.changes if each.new is not None]
        away = [f"`{each.name}`" for each in self.changes if each.new is None]
        verb, gone = ("would restore", "would delete") if would else ("restored", "deleted")
        parts = [f"{verb} {', '.join(back)}"] if back else []
        parts += [f"{gone} {', '.join(away)}, which was not there then"] if away else []
        return "; ".join(parts) or "the files of the project are what they were then"

    def after(self) -> tuple[str, ...]:
        """What became of the files, and what is left to do, once they are written."""
        state = artifact_state(self._tools, self._folder)
        if state is None or state == ArtifactState(state.place):
            return (self.told(),)
        # A candidate of other files is in the way of what is made of these.
        is_in_the_way = refused(self._tools, self._folder, self._names)
        first = "`envtool update --discard`, then " if is_in_the_way else ""
        return (self.told(), f"`recovery` is still of another lock; type {first}`envtool export`")


class _Intent(NamedTuple):
    """Which files follow a tree: their hashes before and after, by name."""

    root: str
    generation: int
    files: Mapping[str, tuple[str | None, str | None]]


def _intent(text: str) -> _Intent:
    """What was noted; raises `ValueError` when it is nothing that envtool writes."""
    try:
        data = json.loads(text)
        files = {str(name): (old, new) for name, (old, new) in data["files"].items()}
        if not all(map(is_inside, files)):
            raise ValueError("no file of a project")
        return _Intent(str(data["root"]), int(data["generation"]), files)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("no intent") from error


def finish_files(
    tools: Tools, home: Home, prefix: str, say: Callable[[str], None]
) -> tuple[str, ...]:
    """Write the files that a run was cut off before; what there is to tell.

    Only those of the project in `home`: a note that came from elsewhere reaches no other folder.
    Only inside the turn of the prefix. Raises `EnvtoolError`.
    """
    prefixes = tools.prefixes()
    try:
        intent = _intent(prefixes.intent(prefix) or "")
    except ValueError:
        prefixes.intend(prefix, None)
        return ("an earlier rollback was cut off, and did not restore the files of the project",)
    if prefixes.current(prefix) != intent.generation:
        # The tree went back, and so nothing follows it.
        prefixes.intend(prefix, None)
        return ()
    left = f"an earlier rollback was cut off before it restored the files of `{intent.root}`"
    if intent.root != project_root(tools, home):
        return (f"{left}: go on there, with `-p {prefix}`",)
    with project_turn(tools, home.folder, say) as notes:
        names = _finish(tools, prefix, intent)
        prefixes.intend(prefix, None)
    if names is None:
        again = f"`envtool rollback --to {intent.generation} --files`"
        return (*notes, f"{left}, and they were changed since: {again} goes on")
    some = ", ".join(f"`{each}`" for each in names)
    return (*notes, f"finished what an earlier rollback had begun: {some}") if names else notes


def _finish(tools: Tools, prefix: str, intent: _Intent) -> tuple[str, ...] | None:
    """Write the files that are not written yet; None when that can not be done anymore."""
    pending = {}
    for name, (old, new) in intent.files.items():
        now = _digest(read_file(tools, join(intent.root, name)))
        text = _new(tools, prefix, new)
        if now not in {old, new} or _digest(text) != new:
            return None
        if now != new:
            pending[name] = _decoded(text)
    tools.changes().commit(intent.root, pending)
    return tuple(pending)


def _new(tools: Tools, prefix: str, digest: str | None) -> bytes | None:
    return None if digest is None else tools.prefixes().text(prefix, digest)


def _decoded(text: bytes | None) -> str | None:
    return None if text is None else text.decode()


def _digest(text: bytes | None) -> str | None:
    return None if text is None else _sum(text)


def _sum(text: bytes) -> str:
    return sha256(text).hexdigest()


def _lines(text: bytes) -> bytes:
    """`text` as git may have it: a checkout on Windows has other ends of lines."""
    return text.replace(b"\r\n", b"\n")
