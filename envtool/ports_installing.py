"""What putting environments in place asks of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from envtool.domain.channel_resolver import ResolvedChannel
    from envtool.domain.demo import Offer, Played
    from envtool.domain.locks import LockedPackage
    from envtool.domain.solving import CondaRecord
    from envtool.ports import Files


class Progress(Protocol):
    """Told how far it is."""

    def __call__(self, step: str, done: int, total: int, size: int = 0, /) -> None:
        """In `step` so many of `total` are done; `size` bytes of them came from elsewhere."""
        ...


class Linked(NamedTuple):
    """What putting packages into a stage came to.

    Attributes:
        hits: packages that were in the cache.
        fetched: packages that were neither there nor in the store of archives.
        downloaded: bytes.
        stored: packages that the store of archives had.
        hashed: the folders of packages in the cache that were hashed, every file, before it
            was linked; each has the name that the record of the package has.
    """

    hits: int = 0
    fetched: int = 0
    downloaded: int = 0
    stored: int = 0
    hashed: "tuple[str, ...]" = ()


class Kept(NamedTuple):
    """What keeping archives came to.

    Attributes:
        archives: how many are in the store now.
        downloaded: bytes.
        missing: the names of packages whose archives could not be had.
    """

    archives: int
    downloaded: int
    missing: tuple[str, ...]


class Gone(NamedTuple):
    """Packages that can not be had anymore.

    Attributes:
        records: neither the cache, the store of archives nor a channel has them.
        spoiled: those of them that the store has, and with other bytes.
    """

    records: "tuple[CondaRecord, ...]"
    spoiled: "tuple[CondaRecord, ...]"


class Linking(NamedTuple):
    """Packages that come into a stage.

    Attributes:
        records: all that shall be there then.
        new: those of them that come now.
        stage: the folder.
        final: the path that the stage will have, which is what packages name their prefix by.
        channels: that have the packages.
        copies: whether the stage may share no file with the cache, for a script may change it.
    """

    records: "Sequence[CondaRecord]"
    new: "Sequence[CondaRecord]"
    stage: str
    final: str
    channels: "tuple[ResolvedChannel, ...]"
    copies: bool = False


class Installer(Protocol):
    """Puts conda packages into a tree that will stand elsewhere later."""

    def link(self, wanted: Linking, progress: Progress) -> Linked:
        """Put packages into a stage; runs nothing of any of them.

        Raises `IntegrityError` for bytes that are not the locked ones, `UnavailableError` when a
        package can not be had, `ToolError` when the installer fails.
        """
        ...

    def lists(self, records: "Sequence[CondaRecord]") -> tuple[str, ...]:
        """The files that say which files packages have, each with its sha256 between quotes.

        Not all of them need to be there.
        """
        ...

    def publish(self, records: "Sequence[CondaRecord]", stage: str) -> None:
        """Have the prefix say of `records` where they are published, not who served them."""
        ...

    def forget(self, records: "Sequence[CondaRecord]") -> None:
        """Take packages out of the cache."""
        ...

    def keep(
        self,
        records: "Sequence[CondaRecord]",
        channels: "tuple[ResolvedChannel, ...]",
        progress: Progress,
    ) -> Kept:
        """Have the archives of packages in the store; raises `UnreadableError`, when it is full."""
        ...

    def gone(
        self, records: "Sequence[CondaRecord]", channels: "tuple[ResolvedChannel, ...]"
    ) -> Gone:
        """Those of `records` that can not be had anymore, as far as that can be told."""
        ...


class Stage(NamedTuple):
    """An environment that is being made at `path`, and will stand at `final`.

    Attributes:
        path: absolute; the conda packages are there, with `final` in them.
        final: absolute, in the spelling of the machine.
        python: the version of its Python, as in `3.12.4`.
        platform: its subdir, as in `linux-64`.
    """

    path: str
    final: str
    python: str
    platform: str


class Fetched(NamedTuple):
    """How many bytes were downloaded, and how many packages were in the cache."""

    downloaded: int
    hits: int


class WheelFacts(NamedTuple):
    """What installing wheels came to.

    Attributes:
        downloaded: bytes.
        hits: packages that were in the cache.
        files: what was written, relative to the prefix with slashes, with its sha256.
        replaced: files that two wheels have, as `PATH of NAME`; the later by name has it now.
    """

    downloaded: int
    hits: int
    files: "Mapping[str, str]"
    replaced: tuple[str, ...]


class Wheels(Protocol):
    """Installs the pip packages of a lock, which are wheels; runs nothing of them."""

    def fetch(self, packages: "Sequence[LockedPackage]", say: "Callable[[str], None]") -> Fetched:
        """Have the wheels of `packages` in the cache; `say` is told a line for each new one.

        What is there is hashed again, and fetched anew when it is wrong. Raises `UsageError` for
        what is no wheel, `IntegrityError` when the lock has no sha256 or a wheel is another one,
        `UnavailableError` when one can not be fetched.
        """
        ...

    def install(
        self, stage: Stage, packages: "Sequence[LockedPackage]", say: "Callable[[str], None]"
    ) -> WheelFacts:
        """Install `packages` into `stage`; fetches what is not in the cache.

        Nothing is written before all are there and checked. Raises as `fetch`; `UsageError` also
        for a wheel of another Python or platform; `IntegrityError` also for a wheel that is not
        what it says, that would write out of the prefix or over a file of a conda package;
        `UnreadableError` when the stage can not be written to.
        """
        ...


class Demo(Protocol):
    """A channel from what is on this machine, and envtool as it is typed."""

    def offer(self, folder: str) -> "Offer":
        """Write a channel into a new folder; with the running Python, where that can be packed."""
        ...

    def play(self, folder: str, arguments: "Sequence[str]") -> "Played":
        """Run envtool in `folder` with a cache and a home of its own, and without a network."""
        ...

    def commit(self, folder: str, names: "Sequence[str]") -> str:
        """Make a repository of `folder`, and commit files; why not, empty when it is done."""
        ...

    def kill(self, folder: str, arguments: "Sequence[str]", sign: str) -> bool:
        """The same, killed as soon as the file `sign` is there; whether that came to pass."""
        ...


class DemoTools(NamedTuple):
    """The doors of `envtool demo`."""

    files: "Files"
    demo: Demo


class ByteCodeFacts(NamedTuple):
    """What making byte-code came to, in files.

    Attributes:
        linked: taken from the cache.
        compiled: made anew.
        failed: not to be compiled; they work without, if they work at all.
        skipped: why nothing was done; empty when it was.
    """

    linked: int = 0
    compiled: int = 0
    failed: int = 0
    skipped: str = ""


class ByteCode(Protocol):
    """Gives an environment the byte-code that Python would make when it first runs."""

    def expecting(self, python: str, lists: "Iterable[str]") -> "AbstractContextManager[None]":
        """Within it, work beside other things on what `complete` will end.

        `python` is the sha256 of the package that the interpreter comes in, `lists` are files as
        `Installer.lists` names them. At its end nothing is written to a stage anymore.
        """
        ...

    def begin(self, stage: Stage) -> None:
        """Say, where byte-code is expected, that all modules of `stage` are there."""
        ...

    def link(self, hashes: "Mapping[str, str]") -> None:
        """Say which hashes they have, as for `complete`."""
        ...

    def complete(self, stage: Stage, hashes: "Mapping[str, str]") -> ByteCodeFacts:
        """Have a `.pyc` for every module of the site-packages of `stage` that has none.

        `hashes` are the sha256 of files as they stand there, as far as known, by path relative
        to the prefix with slashes. Runs Python of the stage, and nothing of a package; raises
        nothing, for an environment without byte-code is only slower.
        """
        ...
