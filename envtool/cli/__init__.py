"""The command line: options in, one workflow called, its result written, exit status out."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

from envtool.cli.streams import unheard
from envtool.errors import (
    BUG_HINT,
    EnvtoolError,
    ExitCode,
    InterruptedRunError,
    UsageError,
    is_interruption,
    notes_of,
)

_JOINED = ("-o", "--output=")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run envtool and leave the process with its exit status."""
    # What is loaded lives until the end; looking through it for garbage takes 5 ms a start.
    gc.set_threshold(100_000, 50, 100)
    sys.stderr = unheard(sys.stderr)
    code = run(sys.argv[1:] if arguments is None else list(arguments))
    if "rattler" in sys.modules:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End the process at once: rattler's threads, still at work, crash an orderly end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run envtool and return its exit status; only `--debug` shows tracebacks."""
    arguments, debug = _without_debug(arguments)
    try:
        return _run(arguments)
    except KeyboardInterrupt as error:
        return _noted(_interrupted(), error)
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be written on the way out.
        sys.stderr = sys.stdout = None
        return ExitCode.YES
    except Exception as error:  # noqa: BLE001 - whatever is left is a bug, and says so
        if is_interruption(error):
            return _noted(_interrupted(), error)
        if debug:
            import traceback

            from envtool.domain.secrets import mask

            sys.stderr.write(mask(traceback.format_exc()))
        return _noted(_failed(error, arguments), error)


def _without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """`--debug` may stand anywhere, but for `envtool run`: there it may be another program's."""
    words = [each for each in arguments if each != "--debug"]
    if words[:1] != ["run"]:
        return words, len(words) < len(arguments)
    rest = list(arguments)
    while "--debug" in rest[:2]:
        rest.remove("--debug")
    return rest, len(rest) < len(arguments)


def _failed(error: Exception, arguments: Sequence[str]) -> int:
    import typer

    if isinstance(error, InterruptedRunError):
        return _interrupted()
    if isinstance(error, EnvtoolError):
        return _report(error, arguments)
    return _usage(error, arguments) if isinstance(error, typer.TyperException) else _bug(error)


def _run(arguments: list[str]) -> int:
    from envtool.cli.app import application

    # Completion asks for all of them.
    verb = arguments[0] if arguments and "_ENVTOOL_COMPLETE" not in os.environ else None
    app = application(verb)
    code = int(app(args=arguments, prog_name="envtool", standalone_mode=False) or 0)
    return _interrupted() if code == ExitCode.INTERRUPTED else code


def _noted(code: int, error: BaseException) -> int:
    """Tell what stands on `error` besides its message, behind the answer."""
    sys.stderr.writelines(f"{each}\n" for each in notes_of(error))
    return code


def _interrupted() -> int:
    sys.stderr.write("interrupted\n")
    return ExitCode.INTERRUPTED


def _bug(error: Exception) -> int:
    from envtool.domain.secrets import mask

    sys.stderr.write(mask(f"error: {type(error).__name__}: {error}\n\nhint: {BUG_HINT}\n"))
    return ExitCode.BUG


def _usage(error: Exception, arguments: Sequence[str]) -> int:
    """A wrong option or argument, in the same form as every other error."""
    message = getattr(error, "format_message", error.__str__)()
    context = getattr(error, "ctx", None)
    if message.startswith("Usage: "):
        # A command that needs another word behind it: its help says which.
        sys.stderr.write(message.rstrip() + "\n")
        return ExitCode.UNREADABLE
    command = context.command_path if context else _command(arguments)
    hints = (f"`{command} --help` lists all",)
    return _report(UsageError(message.rstrip("."), hints=hints), arguments)


def _command(arguments: Sequence[str]) -> str:
    """The command that `arguments` name; an option without its value does not say of which."""
    import typer.main

    from envtool.cli.app import application

    command = typer.main.get_command(application())
    words = ["envtool"]
    for word in arguments:
        below = getattr(command, "commands", {})
        if word in below:
            words.append(word)
            command = below[word]
    return " ".join(words)


def _report(error: EnvtoolError, arguments: Sequence[str]) -> int:
    """Say what is wrong; as JSON, too, where that is wanted and no command has done it."""
    from envtool.cli.output import width
    from envtool.formats.lines import fit

    lines = fit(f"error: {error.message}", width())
    lines += ["", *(line for hint in error.hints for line in fit(f"hint: {hint}", width()))]
    sys.stderr.writelines(f"{line}\n" for line in (lines if error.hints else lines[:-1]))
    if _wants_json(arguments):
        from envtool.cli.output import print_text
        from envtool.cli.session import failed
        from envtool.formats.envelope import render

        with suppress(EnvtoolError, BrokenPipeError):
            print_text(render(failed(arguments[0], error)))
    return error.exit_code


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether standard output is for a program; what stands behind `run` is for another one."""
    if arguments[:1] == ["run"]:
        return False
    wanted = [value for name, value in pairwise(arguments) if name in {"-o", "--output"}]
    for each in arguments:
        wanted += [each.removeprefix(to) for to in _JOINED if each.startswith(to) and each != to]
    return [each for each in wanted if "=" not in each] == ["json"]
