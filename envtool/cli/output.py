"""Writes a result: to the terminal, into a pipe, into report files."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping

from envtool.cli.options import Output
from envtool.domain.results import Result
from envtool.errors import UnreadableError, UsageError
from envtool.formats.lines import Line, folded, plain
from envtool.ports import Tools

_WIDEST = 120

_TO_FILE = "write a report into a file: `-o json=FILE`"

Renderer = Callable[[Result, int], list[Line]]


def write(tools: Tools, result: Result, outputs: tuple[Output, ...], as_text: Renderer) -> None:
    """Write every report; files first, so that a full pipe does not lose them.

    `as_text` makes the lines of the format `text` for a width in columns. Raises
    `UnreadableError` when a report file can not be written.
    """
    for output in sorted(outputs, key=lambda each: each.path is None):
        if output.path is None and output.format == "text":
            _show(as_text(result, width()))
        elif output.path is None:
            print_text(_rendered(result, output.format, as_text))
        else:
            if tools.files.was_read(output.path):
                raise UsageError(
                    f"the report would overwrite `{output.path}`, which was just read",
                    hints=(f"name another file: `-o {output.format}=FILE`",),
                )
            tools.files.write(output.path, _rendered(result, output.format, as_text))
        if output.format == "github":
            _step_summary(tools, result, os.environ)


def check_places(outputs: tuple[Output, ...]) -> None:
    """Raises `UnreadableError` where a report could not be written, before anything is done."""
    for path in (each.path for each in outputs if each.path is not None):
        folder = os.path.dirname(os.path.realpath(path))
        if os.path.isdir(path):
            why = "it is a folder"
        elif not os.path.isdir(folder):
            why = f"there is no folder `{os.path.dirname(path) or folder}`"
        elif not os.access(path if os.path.exists(path) else folder, os.W_OK):
            why = "permission denied"
        else:
            continue
        raise UnreadableError(
            f"`{path}` can not be written: {why}",
            hints=("name a file in a folder that exists and is yours",),
        )


def write_bytes(data: bytes) -> None:
    """Write UTF-8 text to stdout to the byte, whatever line endings and the locale are."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        # Somebody collects the output as text.
        sys.stdout.write(data.decode("utf-8", "replace"))
        return
    sys.stdout.flush()
    buffer.write(data)
    buffer.flush()


def _rendered(result: Result, name: str, as_text: Renderer) -> str:
    return plain(as_text(result, 80)) if name == "text" else _report(name, result)(result)


def _report(name: str, result: Result) -> Callable[[Result], str]:
    """What writes the format `name`; only the one that is asked for is loaded."""
    match name:
        case "json":
            from envtool.formats.envelope import render
        case "sarif":
            from envtool.formats.sarif import render
        case "github":
            from envtool.formats.github import render
        case "gitlab":
            from envtool.formats.gitlab import render
        case "junit" if "tested" in result.data:
            from envtool.formats.tested import render_junit as render
        case "junit":
            from envtool.formats.junit import render
        case _ if "plan" in result.data:
            from envtool.formats.plan_markdown import render_markdown as render
        case _ if "audit" in result.data:
            from envtool.formats.audit_markdown import comment as render
        case _ if "changes" in result.data:
            from envtool.formats.changes import render_markdown as render
        case _:
            from envtool.formats.markdown import comment as render
    return render


def _step_summary(tools: Tools, result: Result, environment: Mapping[str, str]) -> None:
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        from envtool.formats import github

        tools.files.append(path, github.summary(result))


def _show(lines: list[Line]) -> None:
    """Print lines: in colour on a terminal that wants it, as they are everywhere else."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    if is_terminal:
        lines = [row for line in lines for row in folded(line, width())]
    if not _wants_colour(os.environ, is_terminal=is_terminal):
        print_text(plain(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(
        highlight=False, soft_wrap=True, force_terminal=True, width=width(), legacy_windows=False
    )
    for line in lines:
        console.print(Text.assemble(*((span.text, span.style.value) for span in line)))


def width() -> int:
    """The columns to fill: those of the terminal, at most 120; 80 in a pipe."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def _wants_colour(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """The conventions of no-color.org and bixense.com/clicolors."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def print_text(text: str) -> None:
    """Write UTF-8 whatever the locale says; half a character is better than a traceback."""
    if sys.stdout is None:
        # What Python has in the place of a closed standard output.
        raise UnreadableError("standard output is closed", hints=(_TO_FILE,))
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # Nothing may be written on the way out, where it would fail again.
        sys.stdout = None
        message = f"standard output can not be written: {error.strerror}"
        raise UnreadableError(message, hints=(_TO_FILE,)) from error
