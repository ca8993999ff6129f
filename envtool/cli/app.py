"""Every command of envtool."""

from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup, TyperOption

from envtool import __version__
from envtool.errors import InterruptedRunError, notes_of

if TYPE_CHECKING:
    # What typer calls so in its signatures; it has no other name.
    from typer._click import Context, Parameter

# In the order of the help; each stands in the module of its name.
COMMANDS = (
    "lock",
    "update",
    "test",
    "evidence",
    "export",
    "approve",
    "commit",
    "deploy",
    "recreate",
    "rollback",
    "run",
    "shell-hook",
    "verify",
    "audit",
    "cache",
    "demo",
    "init",
    "baseline",
    "diff",
    "explain",
    "policy",
    "schema",
    "merge-driver",
)
# What stands behind the first word belongs to another program.
_PASSING = {"allow_interspersed_args": False}
# What git calls, and no person types.
_HIDDEN = frozenset({"merge-driver"})


class _InOrder(TyperGroup):
    """Lists commands and groups of commands as `COMMANDS` has them; typer puts groups last."""

    def list_commands(self, ctx: "Context") -> list[str]:
        """See `Group.list_commands`."""
        return sorted(super().list_commands(ctx), key=COMMANDS.index)

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """See `Command.get_params`; what typer says of an option in two lines is said in one."""
        params = super().get_params(ctx)
        for each in params:
            if isinstance(each, TyperOption) and each.name == "show_completion":
                each.help = "Print completion for the current shell."
        return params

    def invoke(self, ctx: "Context") -> object:
        """See `Group.invoke`; typer makes a number of an interrupt, and loses its notes."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            interrupted = InterruptedRunError("interrupted")
            for each in notes_of(error):
                interrupted.add_note(each)
            raise interrupted from error


def application(verb: str | None = None) -> typer.Typer:
    """Every command of envtool; only `verb` when that is one, which saves 3 ms a start."""
    app = typer.Typer(
        name="envtool",
        cls=_InOrder,
        help="Keep conda environments pinned, tested, audited and recoverable.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(main)
    for name in (verb,) if verb in COMMANDS else COMMANDS:
        module = name.replace("-", "_")
        command = getattr(import_module(f"envtool.cli.{module}"), module)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            settings = _PASSING if name == "run" else None
            app.command(name, hidden=name in _HIDDEN, context_settings=settings)(command)
    return app


def _version(value: bool) -> None:  # noqa: FBT001 - typer hands over the flag like this
    if value:
        typer.echo(f"envtool {__version__}")
        raise typer.Exit


def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")
    ] = False,
) -> None:
    """Keep conda environments pinned, tested, audited and recoverable."""
    del version, debug
