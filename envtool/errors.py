"""The errors that end a command, each with its exit code and the next command to type."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit status of envtool means: a promise, see the README."""

    YES = 0
    NO = 1
    UNREADABLE = 2
    UNSATISFIABLE = 3
    TOOL_FAILED = 4
    UNAVAILABLE = 5
    INTEGRITY = 6
    BUG = 70
    NOT_EXECUTABLE = 126
    NOT_FOUND = 127
    INTERRUPTED = 130


BUG_HINT = "this is a bug in envtool; run it again with `--debug` and report what it shows"
COMMAND_HINT = "have its package in `environment.yml`, then `envtool lock` and `envtool recreate`"

# Of several causes the first of these is the exit status.
_PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.INTEGRITY,
    ExitCode.UNREADABLE,
    ExitCode.TOOL_FAILED,
    ExitCode.UNSATISFIABLE,
    ExitCode.NO,
    ExitCode.UNAVAILABLE,
)


def worst(codes: "frozenset[ExitCode]") -> ExitCode:
    """The one exit status that stands for all of `codes`; `YES` when there are none."""
    return next((code for code in _PRECEDENCE if code in codes), ExitCode.YES)


class EnvtoolError(Exception):
    """The question could not be answered.

    Attributes:
        exit_code: the exit status of a command that ends with this error.
        message: one line without final period.
        hints: what to do next, one line each.
    """

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints


class UsageError(EnvtoolError):
    """The command line, or a file it names, can not be used as given."""

    exit_code = ExitCode.UNREADABLE


class NoProjectError(UsageError):
    """There is no project around a folder."""


class UnreadableError(EnvtoolError):
    """A file could not be read: missing, forbidden, too large, not text."""

    exit_code = ExitCode.UNREADABLE


class RefusedError(EnvtoolError):
    """The policy does not permit what was asked for."""

    exit_code = ExitCode.NO


class UnavailableError(EnvtoolError):
    """The network, or data that is needed, is out of reach."""

    exit_code = ExitCode.UNAVAILABLE


class IntegrityError(EnvtoolError):
    """Bytes are not the ones that were promised."""

    exit_code = ExitCode.INTEGRITY


class ToolError(EnvtoolError):
    """An external program failed or is not installed."""

    exit_code = ExitCode.TOOL_FAILED


class CommandError(EnvtoolError):
    """A program could not be started; the exit status is the one of shells."""

    def __init__(self, message: str, *, is_found: bool, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message, hints=hints)
        self.exit_code = ExitCode.NOT_EXECUTABLE if is_found else ExitCode.NOT_FOUND


class InterruptedRunError(EnvtoolError):
    """Somebody has interrupted the command; its notes say what is left."""

    exit_code = ExitCode.INTERRUPTED


def is_interruption(error: BaseException) -> bool:
    """Whether somebody has interrupted; Python 3.11 wraps that while a class is made."""
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)


def notes_of(error: BaseException) -> tuple[str, ...]:
    """What was added to `error` on its way: what there is to know besides, one line each."""
    return tuple(getattr(error, "__notes__", ()))
