"""`envtool cache`: what envtool keeps on this machine to fetch and make nothing twice."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from envtool.cli.installing import Progress, say
from envtool.cli.options import OUTPUT, read_outputs
from envtool.cli.session import session
from envtool.errors import UsageError

if TYPE_CHECKING:
    from envtool.workflows.cache import CleanUpRequest

cache = typer.Typer(
    help="Look at envtool's own cache, verify it, and clean it up.", invoke_without_command=True
)

_Archives = Annotated[
    bool,
    typer.Option("--archives", help="Take the kept archives and wheels away, too."),
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, take nothing away.")]


@cache.callback()
def shown(context: typer.Context, output: OUTPUT = None) -> None:
    """Look at envtool's own cache, verify it, and clean it up.

    Without a command: `envtool cache status`.
    """
    if context.invoked_subcommand is None:
        status(output)
    elif output:
        word = context.invoked_subcommand
        raise UsageError(
            "`--output` stands behind the command",
            hints=(f"as in `envtool cache {word} --output {output[0]}`",),
        )


@cache.command()
def status(output: OUTPUT = None) -> None:
    """Show where the cache is, what it takes, and what nothing uses."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("cache status", outputs) as run:
        from envtool.formats.cache import render
        from envtool.workflows.cache import cache_status

        run.finish(cache_status(run.tools), render)


@cache.command()
def verify(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Take away what is damaged.")] = False,
    output: OUTPUT = None,
) -> None:
    """Hash all that has a known hash, and name what is damaged.

    Without `--fix` nothing is changed, and a cache that can only be read is no trouble.

    Exit status 0: all is whole, or was made so with `--fix`. 1: something is damaged. 2: something
    could not be read, or taken away.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("cache verify", outputs) as run:
        from envtool.workflows.cache import CheckRequest, verify_cache

        progress = Progress()
        try:
            result = verify_cache(run.tools, CheckRequest(say=say, progress=progress, fix=fix))
        finally:
            progress.close()
        run.finish(result)


@cache.command()
def prune(*, archives: _Archives = False, dry_run: _DryRun = False, output: OUTPUT = None) -> None:
    """Take away what no environment uses, and what was left unfinished.

    An environment, or a kept generation, uses the packages and the byte-code that it shares a file
    of. Where environments have copies (on another disk), nothing tells what they use, and all goes;
    it is fetched anew when it is needed.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("cache prune", outputs) as run:
        from envtool.formats.cache import render
        from envtool.workflows.cache import prune_cache

        run.finish(prune_cache(run.tools, _request(archives=archives, dry_run=dry_run)), render)


@cache.command()
def clean(*, archives: _Archives = False, dry_run: _DryRun = False, output: OUTPUT = None) -> None:
    """Take away all but archives and wheels, and nothing of others.

    Environments do not need the cache: what they share with it is theirs as well.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("cache clean", outputs) as run:
        from envtool.formats.cache import render
        from envtool.workflows.cache import clean_cache

        run.finish(clean_cache(run.tools, _request(archives=archives, dry_run=dry_run)), render)


def _request(*, archives: bool, dry_run: bool) -> "CleanUpRequest":
    from envtool.workflows.cache import CleanUpRequest

    return CleanUpRequest(now=time.time(), say=say, archives=archives, dry_run=dry_run)
