"""`envtool baseline`."""

from typing import Annotated

import typer

from envtool.cli.options import OUTPUT, read_day, read_outputs
from envtool.cli.session import session
from envtool.domain.policy.records import Profile

baseline = typer.Typer(
    help="Let the findings of today pass, and only new ones count.", no_args_is_help=True
)

_Paths = Annotated[
    list[str] | None,
    typer.Argument(help="As for `envtool verify`.", metavar="[PATH]...", show_default=False),
]
_Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Judge every project below the paths.")
]
_Profile = Annotated[
    Profile | None, typer.Option(help="Instead of the policy's own.", case_sensitive=False)
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, write nothing.")]


@baseline.command()
def create(
    paths: _Paths = None,
    *,
    recursive: _Recursive = False,
    profile: _Profile = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an old baseline says of these files.")
    ] = False,
    dry_run: _DryRun = False,
    output: OUTPUT = None,
) -> None:
    """Write the open findings to `envtool-baseline.json`, for `envtool verify --new-only`.

    Credentials, findings about policies and waivers, and files that can not be read are left
    out: exit status 1.
    """
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("baseline create", outputs) as run:
        from envtool.workflows.baseline import BaselineRequest
        from envtool.workflows.baseline import create as workflow
        from envtool.workflows.verify import VerifyRequest

        request = VerifyRequest(
            paths=tuple(paths or ()), today=read_day(None), recursive=recursive, profile=profile
        )
        asked = BaselineRequest(verify=request, force=force, dry_run=dry_run)
        run.finish(workflow(run.tools, asked))


@baseline.command()
def prune(
    paths: _Paths = None,
    *,
    recursive: _Recursive = False,
    profile: _Profile = None,
    dry_run: _DryRun = False,
    output: OUTPUT = None,
) -> None:
    """Remove the entries that no longer occur; nothing is added."""
    outputs = read_outputs(tuple(output or ()), allowed=("text", "json"))
    with session("baseline prune", outputs) as run:
        from envtool.workflows.baseline import BaselineRequest
        from envtool.workflows.baseline import prune as workflow
        from envtool.workflows.verify import VerifyRequest

        request = VerifyRequest(
            paths=tuple(paths or ()), today=read_day(None), recursive=recursive, profile=profile
        )
        run.finish(workflow(run.tools, BaselineRequest(verify=request, dry_run=dry_run)))
