"""What running a program asks of the outside world; `envtool run` loads no more than this."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envtool.ports import Desk, Files, Tools


class Processes(Protocol):
    """The process that envtool is, and what becomes of it."""

    @property
    def is_windows(self) -> bool:
        """Whether search paths, shells and processes are those of Windows."""
        ...

    def variables(self) -> dict[str, str]:
        """What is set in the environment."""
        ...

    def scripted(
        self, command: "Sequence[str]", variables: "Mapping[str, str]", script: str
    ) -> "tuple[Sequence[str], Mapping[str, str]]":
        """What to start, and with which variables, for `command` to run after `script`.

        Raises `ToolError` when the script has to be run for that, and does not come to its end.
        """
        ...

    def become(
        self,
        command: "Sequence[str]",
        variables: "Mapping[str, str]",
        *,
        folder: str | None = None,
        script: str | None = None,
    ) -> int:
        """Go on as `command`, found on the search path of `variables`, in `folder`.

        With a `script` the shell of the system reads that before; where a process can become
        another one it is the script that does, with the command as its arguments. Elsewhere this
        waits for it: its exit status. Raises `CommandError` when it can not be started,
        `UsageError` when `folder` is none, `ToolError` when the script does not come to its end.
        """
        ...


class RunTools(NamedTuple):
    """The few doors that starting a program in an environment needs; the others on demand."""

    files: "Files"
    processes: Processes
    tools: "Callable[[], Tools]"

    @property
    def desk(self) -> "Callable[[], Desk]":
        """See `Tools.desk`."""
        return self.tools().desk
