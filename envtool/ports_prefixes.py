"""The door to installed prefixes and their past."""

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from envtool.domain.generations import Generation
    from envtool.domain.locks import LockedPackage
    from envtool.domain.results import Json
    from envtool.domain.solving import CondaRecord


class PrefixKind(Enum):
    """What stands where a prefix is or shall be."""

    MISSING = "nothing"
    EMPTY = "an empty folder"
    PREFIX = "an environment"
    FOREIGN = "a folder that no package manager made"
    FILE = "no folder"
    ROOT = "the base environment of conda"


class Disk(NamedTuple):
    """What a tree takes, without byte-code.

    Attributes:
        files: with links.
        size: of all of them, in bytes.
        own: the bytes of those that the tree does not share with the cache, or another tree.
    """

    files: int = 0
    size: int = 0
    own: int = 0


class Ran(NamedTuple):
    """How a command ended: its exit status, and the end of what it said."""

    code: int
    said: str


class Scripted(NamedTuple):
    """What a script of a package did.

    Attributes:
        ran: how it ended.
        message: what it has to say to the user; empty when nothing.
        made: the files that are there since then, relative to the prefix.
    """

    ran: Ran
    message: str
    made: tuple[str, ...]


class Inventory(NamedTuple):
    """What is installed in a prefix.

    `unread` are the packages whose records can not be read, as `name-version-build`.
    """

    conda: "tuple[CondaRecord, ...]"
    pip: "tuple[LockedPackage, ...]"
    unread: "tuple[str, ...]" = ()


class Changed(NamedTuple):
    """The files of a tree that are not what they were; new ones do not count.

    Attributes:
        missing: those that are gone.
        altered: others, by size or time.
    """

    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()


class Broken(NamedTuple):
    """A generation whose record is damaged: its tree, None when it is gone, and its moment."""

    number: int
    tree: str | None
    moment: "datetime"


class Prefixes(Protocol):
    """Installed prefixes, each of them one whole tree at every instant, and their past."""

    def exclusive(
        self, prefix: str, *, wait: float, say: "Callable[[str], None]"
    ) -> "AbstractContextManager[tuple[str, ...]]":
        """Be the only one who changes the prefix; ends first what an earlier run was cut off in.

        Gives what there is to tell. `say` is told once when another run has its turn, and that
        for `wait` seconds at most: then `UsageError`. Raises `UnreadableError` when nothing can
        be written beside the prefix.
        """
        ...

    def real(self, prefix: str) -> str:
        """Where the tree really is: links followed. Raises `UsageError` when that is nowhere."""
        ...

    def kind(self, prefix: str) -> "PrefixKind":
        """What stands at `prefix`."""
        ...

    def current(self, prefix: str) -> int | None:
        """The generation of the tree at `prefix`; None when none is there, or it does not say."""
        ...

    def inventory(self, prefix: str, *, whole: bool = True) -> "Inventory":
        """What is installed in the tree at `prefix`.

        Raises `UnreadableError` for a record that can not be read, when it has to be `whole`.
        """
        ...

    def generations(self, prefix: str) -> "tuple[Generation, ...]":
        """The states that the prefix has had, as far as they are recorded."""
        ...

    def built_for(self, prefix: str, number: int | None = None) -> str | None:
        """The path that envtool built what stands at `prefix` for, where that is another place.

        With a `number`, that of the kept tree of this generation. None for what others made.
        """
        ...

    def tree(self, prefix: str, number: int) -> str | None:
        """The tree of a generation, where it is kept beside the prefix; None where it is not."""
        ...

    def records(self, prefix: str, number: int) -> str:
        """The text of its `records.lock`; raises `IntegrityError` when no copy is right."""
        ...

    def next_number(self, prefix: str) -> int:
        """The number of the generation that comes next."""
        ...

    def adopt(self, prefix: str, generation: "Generation", records: str) -> None:
        """Record the tree at `prefix` as it is; raises `UnreadableError`."""
        ...

    def begin(self, prefix: str, number: int) -> str:
        """The folder that the tree of a generation is made in, empty; raises `UnreadableError`."""
        ...

    def carry(
        self, prefix: str, packages: "Sequence[str]", specs: "Sequence[str]"
    ) -> tuple[str, ...]:
        """Take along what in the tree at `prefix` is the user's, and conda's history of it.

        `packages` are `channel/subdir::name-version-build`. Gives the files. Raises
        `UnreadableError`.
        """
        ...

    def run_staged(self, prefix: str, command: "Sequence[str]", seconds: float) -> Ran | None:
        """Run a program of the staged tree as it will be run, its path relative to the prefix.

        None where no view of the disk can be had in which the stage stands at `prefix`.
        """
        ...

    def run(self, prefix: str, command: "Sequence[str]", seconds: float) -> Ran:
        """Run a program of the tree at `prefix`."""
        ...

    def has_script(self, prefix: str, name: str) -> bool:
        """Whether a package of the staged tree has a post-link script."""
        ...

    def run_script(
        self, prefix: str, key: tuple[str, str, str], seconds: float, *, staged: bool
    ) -> "Scripted | None":
        """Run the post-link script of a package (name, version, build) as conda would.

        What it does to files of packages is recorded as theirs. In the staged tree, seen at
        `prefix`: None where no such view can be had; or in the tree at `prefix`. Raises
        `UnreadableError`.
        """
        ...

    def record(
        self,
        prefix: str,
        generation: "Generation",
        records: str,
        texts: "Iterable[bytes]" = (),
    ) -> Disk:
        """Record the staged tree as a generation; what it takes, byte-code left out.

        `texts` are the files of the project that it was made from.
        """
        ...

    def seal(self, prefix: str) -> None:
        """Make the staged tree durable, and what is recorded of it."""
        ...

    def restore(self, prefix: str, generation: "Generation", records: str, tree: str) -> None:
        """Record anew what `tree` is, which is in its place or kept; raises `UnreadableError`."""
        ...

    def mend(self, prefix: str, number: int) -> tuple[str, ...]:
        """Write again what of the record of a generation was damaged, from its second copy.

        Gives the names of those files; none as well where no copy is right. Raises
        `UnreadableError`.
        """
        ...

    def broken(self, prefix: str) -> "tuple[Broken, ...]":
        """The generations of which no copy of the record can be read."""
        ...

    def unsealed(self, prefix: str, number: int) -> tuple[str, ...]:
        """The records of packages in a kept tree that are not those of the generation.

        Raises `UnreadableError`.
        """
        ...

    def text(self, prefix: str, digest: str) -> bytes | None:
        """A file of a project that a generation was made from; None when it is lost."""
        ...

    def intend(self, prefix: str, text: str | None) -> None:
        """Note which files go back with the tree that was just put in place; None: it is done.

        From then on a run that is cut off is finished by the next one, and not undone. Raises
        `UnreadableError`.
        """
        ...

    def intent(self, prefix: str) -> str | None:
        """What was noted and not done; None when there is nothing."""
        ...

    def replace(self, prefix: str, number: int, *, staged: bool, checked: bool) -> str:
        """Put the tree of a generation in the place of the one at `prefix`; says how.

        From the stage, or where it was kept. The one that was there is kept. When it is not
        `checked`, `finish` or `undo` has to come next. Raises `UnreadableError`; then nothing is
        changed.
        """
        ...

    def finish(self, prefix: str) -> None:
        """The new tree stays."""
        ...

    def undo(self, prefix: str) -> None:
        """The tree from before comes back, and what was made goes away."""
        ...

    def changed(self, prefix: str, number: int) -> Changed | None:
        """What of a generation, kept or in place, is not what it was; None when nobody knows."""
        ...

    def is_untouched(self, prefix: str, number: int) -> bool:
        """Whether what is in place has, at a glance, the very packages of a generation."""
        ...

    def prune(self, prefix: str, keep: int, lacking: int | None = None) -> tuple[int, ...]:
        """Take away kept trees but for the last `keep`, one of which is what a rollback goes to.

        That of the generation `lacking` goes, too: it was not whole anymore when it was replaced.
        Gives the numbers of those that went.
        """
        ...

    def register(self, prefix: str, home: str) -> None:
        """Have conda list the prefix."""
        ...

    def log(self, prefix: str, event: str, data: "Mapping[str, Json]") -> str:
        """Add a line to the log beside the prefix; its path."""
        ...
