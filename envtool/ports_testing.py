"""What testing and committing ask of the outside world; as `ports` has the rest."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager


class Trial(NamedTuple):
    """A command to run, and to end with all that it started.

    Attributes:
        command: looked for on the search path of `variables`.
        variables: all that is set.
        folder: the working directory.
        seconds: that it may take.
        log: the file that gets what it says, behind what is there.
        title: what stands above that.
        hidden: texts that are never written down.
    """

    command: "Sequence[str]"
    variables: "Mapping[str, str]"
    folder: str
    seconds: float
    log: str
    title: str
    hidden: "Sequence[str]" = ()


class Tried(NamedTuple):
    """How it ended.

    Attributes:
        code: the exit status, negative for a signal; None when it took too long.
        seconds: that it took.
        peak: the memory of its largest process in bytes, 0 when nobody knows.
        left: processes that it left behind, and that were ended.
        said: the last lines of what it said.
    """

    code: int | None
    seconds: float
    peak: int
    left: int
    said: tuple[str, ...]


class Serving(Protocol):
    """A command that runs beside others."""

    def ended(self) -> Tried | None:
        """How it ended; None while it runs."""
        ...


class Trials(Protocol):
    """Runs commands that may do anything: hang, flood, or leave processes behind.

    They have no terminal and no input, and nothing of them is left when they are over: on Linux
    not even what went into the background; elsewhere what stays in the session, or is a child.
    """

    def run(self, trial: Trial, hear: "Callable[[str], None]") -> Tried:
        """Run a command; `hear` is told each line of what it says, as far as the log has it."""
        ...

    def serving(self, trial: Trial) -> "AbstractContextManager[Serving]":
        """Have a command run; it is ended at the end of the block."""
        ...

    def answers_http(self, url: str, seconds: float) -> str:
        """Empty when `url` answers with a 2xx or 3xx within `seconds`, else why not."""
        ...

    def answers_tcp(self, address: str, seconds: float) -> str:
        """Empty when `host:port` is open within `seconds`, else why not."""
        ...

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        ...


class Head(NamedTuple):
    """What is checked out.

    Attributes:
        commit: its hash; empty on a branch without any.
        tree: the hash of its tree; empty without a commit.
        branch: its name; empty when there is none.
        dirty: whether files that git knows are others than in the commit.
    """

    commit: str
    tree: str
    branch: str
    dirty: bool


class Commit(NamedTuple):
    """What to commit.

    Attributes:
        paths: files of the working tree, there or deleted, relative to the folder; at least one.
        texts: files that are committed with another content than they have, by path; only where
            there is a commit before.
        message: the whole of it.
        branch: a new one to make it on; empty for the one that is checked out.
        sign: whether to sign it.
    """

    paths: "Sequence[str]"
    texts: "Mapping[str, bytes]"
    message: str
    branch: str = ""
    sign: bool = False


class Repository(Protocol):
    """The repository that holds a folder, and writes to it as its user would."""

    def head(self, folder: str) -> Head:
        """What is checked out in `folder`.

        Raises `UsageError` when that is in no repository, `ToolError` when git is missing or
        fails.
        """
        ...

    def ready(self, folder: str, branch: str = "") -> Head:
        """As `head`, where `commit` can make a commit, on a new `branch` if that has a name.

        Raises as that does before it commits.
        """
        ...

    def author(self, folder: str) -> str:
        """Who commits here: `NAME <ADDRESS>`; raises `UsageError` when git does not know."""
        ...

    def changed(self, folder: str, paths: "Sequence[str]") -> tuple[str, ...]:
        """The files at or below `paths` that are not as in the commit; ignored ones are not."""
        ...

    def commit(self, folder: str, wanted: Commit) -> str:
        """Commit exactly what is wanted, whatever is staged; the hash of the commit.

        Hooks run. What is staged of other files stays so, and stays out. Raises `UsageError` for
        a branch that is there, in the middle of a merge, and when git does not know who commits;
        `ToolError` with the words of git or of a hook that refuses: nothing is changed then.
        """
        ...
