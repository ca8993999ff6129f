"""What surrounds every command: the tools, the reports, the exit status."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

from envtool.adapters import connect
from envtool.cli.options import Output
from envtool.cli.output import Renderer, check_places, write, write_bytes
from envtool.domain.results import Failure, Result
from envtool.domain.secrets import mask
from envtool.errors import BUG_HINT, EnvtoolError, ExitCode, is_interruption, notes_of
from envtool.formats.lines import Line, plain
from envtool.ports import Tools


class Session:
    """One run of one command."""

    def __init__(self, tools: Tools, outputs: tuple[Output, ...], *, expand: bool) -> None:
        self.tools = tools
        self._outputs = outputs
        self.expand = expand

    @property
    def has_text(self) -> bool:
        """Whether the report on stdout is the text for people."""
        return Output("text", None) in self._outputs

    def finish(self, result: Result, as_text: "Renderer | None" = None) -> None:
        """Write every report and leave with the exit status of `result`."""
        self.show(result, as_text)
        raise typer.Exit(result.exit_code)

    def show(self, result: Result, as_text: "Renderer | None" = None) -> None:
        """Write every report, and go on."""
        try:
            write(self.tools, result, self._outputs, as_text or self._findings)
        except EnvtoolError as error:
            # It was done, whoever hears of it.
            error.add_note(result.headline)
            raise

    def record(self, command: str, error: BaseException) -> None:
        """Write the reports of a run that `error` ended; the text of it is for the caller."""
        bug = not is_interruption(error)
        failure = Failure(
            code=ExitCode.BUG if bug else ExitCode.INTERRUPTED,
            message=mask(f"{type(error).__name__}: {error}") if bug else "interrupted",
            hints=(BUG_HINT,) if bug else (),
        )
        result = Result(
            command=command,
            headline=f"Failed: {failure.message}",
            failures=(failure,),
            notes=notes_of(error),
        )
        reports = tuple(each for each in self._outputs if each.format != "text")
        # That there is no report either is less than what `error` says.
        with suppress(EnvtoolError):
            write(self.tools, result, reports, self._findings)

    def pour(self, result: Result, answer: bytes, as_text: Renderer) -> None:
        """Write `answer` to stdout, the text that would stand there to stderr; then leave.

        A report of another format keeps stdout for itself.
        """
        reports = tuple(each for each in self._outputs if each != Output("text", None))
        write(self.tools, result, reports, as_text)
        if self.has_text:
            write_bytes(answer)
            typer.echo(plain(as_text(result, 80)), nl=False, err=True)
        raise typer.Exit(result.exit_code)

    def _findings(self, result: Result, width: int) -> list[Line]:
        from envtool.formats import text

        return text.render(result, width=width, expand=self.expand)


def failed(command: str, error: EnvtoolError) -> Result:
    """What there is to report of a command that `error` ended."""
    return Result(
        command=command,
        headline=f"Failed: {error.message}",
        failures=(Failure.of(error),),
        notes=notes_of(error),
    )


@contextmanager
def session(
    command: str, outputs: tuple[Output, ...], *, expand: bool = False, offline: bool = False
) -> Iterator[Session]:
    """Run a command; an error that ends it is reported in every chosen format, too."""
    run = Session(connect(offline=offline), outputs, expand=expand)
    check_places(outputs)
    try:
        yield run
    except EnvtoolError as error:
        if not any(output.format != "text" for output in outputs):
            raise
        try:
            run.finish(failed(command, error))
        except EnvtoolError:
            # A report that can not be written says less than what came before it.
            raise error from None
    except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
        raise
    except (Exception, KeyboardInterrupt) as error:
        run.record(command, error)
        raise
