"""What deploying asks of the outside world: programs that go on running."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envtool.ports_testing import Tried


class Launch(NamedTuple):
    """A program to start that goes on when envtool has ended.

    Attributes:
        name: of letters, digits, `-`, `_` and `.`.
        command: looked for on the search path of `variables`.
        variables: all that is set.
        folder: the working directory.
        hidden: texts that its log never holds.
        signal: what asks it to end, like `TERM`.
        grace: seconds that it has for that before it is killed.
        memo: what is kept of it, and given back; without secrets.
    """

    name: str
    command: "Sequence[str]"
    variables: "Mapping[str, str]"
    folder: str
    hidden: "Sequence[str]"
    signal: str
    grace: float
    memo: str


class Known(NamedTuple):
    """A program that was started, and not stopped since.

    Attributes:
        name: as it was started.
        memo: the same.
        process: its number.
        since: when it was started, ISO 8601 in UTC.
        running: whether it runs.
    """

    name: str
    memo: str
    process: int
    since: str
    running: bool


class Daemons(Protocol):
    """Runs programs beside a prefix: each in a session of its own, what it says in a log.

    What is told of one process is never taken for another that has got its number.
    """

    def start(self, prefix: str, launch: Launch) -> None:
        """Start a program, which nobody else of its name is then; it may end at once.

        Raises `UsageError` when the folder is none, or where no program can be kept like this;
        `UnreadableError` when nothing can be written beside the prefix.
        """
        ...

    def known(self, prefix: str) -> "tuple[Known, ...]":
        """What was started beside the prefix and not stopped, in the order of the starts."""
        ...

    def ended(self, prefix: str, name: str) -> "Tried | None":
        """How a program ended by itself; None while it runs."""
        ...

    def stop(self, prefix: str, name: str) -> None:
        """End a program, with all that it started; nothing is known of it then.

        Raises `UsageError` when that belongs to another user.
        """
        ...

    def hold(self, prefix: str, name: str) -> None:
        """End a program that runs, so that `resume` can start it again just as it was.

        Its settings are kept for that by the process that kept it running, and nowhere else. It
        is no more known, and another one may have its name. Raises as `stop`.
        """
        ...

    def resume(self, prefix: str, name: str) -> None:
        """Start a program again that is held; raises `ToolError` when nobody knows how."""
        ...

    def release(self, prefix: str) -> None:
        """Nothing that is held is wanted again."""
        ...

    def log(self, prefix: str, name: str) -> str:
        """The path of the log of a program."""
        ...
