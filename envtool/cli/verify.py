"""`envtool verify`."""

from typing import Annotated

import typer

from envtool.cli.options import read_day, read_mode, read_outputs, read_rules
from envtool.cli.session import session
from envtool.domain.findings import Severity
from envtool.domain.policy.records import Profile

_OUTPUT = (
    "FORMAT[=FILE]: text, json, sarif, github, gitlab, junit, markdown. Repeat it for several."
)
_PATHS = "Files, folders or - for standard input; none is the project around here."
_SELECT = "Run only these rules or families; repeat it, or separate with commas."

Paths = Annotated[list[str] | None, typer.Argument(help=_PATHS, show_default=False)]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Judge every project below the paths.")
]
AnyProfile = Annotated[
    Profile | None, typer.Option(help="Instead of the policy's own.", case_sensitive=False)
]
Select = Annotated[list[str] | None, typer.Option(help=_SELECT)]
Ignore = Annotated[list[str] | None, typer.Option(help="Do not run these rules or families.")]
FailOn = Annotated[
    Severity | None, typer.Option(help="The mildest severity that makes the exit status 1.")
]
Outputs = Annotated[list[str] | None, typer.Option("--output", "-o", help=_OUTPUT)]
Expand = Annotated[bool, typer.Option("--expand", help="List every finding, and what was waived.")]
AsOf = Annotated[str | None, typer.Option(metavar="DATE", help="Judge waivers as on that day.")]
PolicyFrom = Annotated[
    str | None,
    typer.Option(help="Judge by the policy of a git revision, or of FILE@sha256:HASH."),
]
NewOnly = Annotated[
    bool, typer.Option("--new-only", help="Do not count what stands in the baseline.")
]
Fix = Annotated[
    bool, typer.Option("--fix", help="Mend what can be mended, and judge what remains.")
]
Diff = Annotated[
    bool, typer.Option("--diff", help="With --fix: print what it would change, write nothing.")
]
UnsafeFixes = Annotated[
    bool, typer.Option("--unsafe-fixes", help="With --fix: change what is installed, too.")
]

Prefix = Annotated[
    str | None,
    typer.Option(
        "--prefix", "-p", help="Judge this installed environment, by the lock of the project."
    ),
]
Name = Annotated[
    str | None, typer.Option("--name", "-n", help="The same, by the name that conda knows it by.")
]
Environment = Annotated[
    str | None, typer.Option(help="The part of the lock that is installed there: production.")
]


def verify(
    paths: Paths = None,
    *,
    recursive: Recursive = False,
    profile: AnyProfile = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: FailOn = None,
    output: Outputs = None,
    expand: Expand = False,
    as_of: AsOf = None,
    policy_from: PolicyFrom = None,
    new_only: NewOnly = False,
    fix: Fix = False,
    diff: Diff = False,
    unsafe_fixes: UnsafeFixes = False,
    prefix: Prefix = None,
    name: Name = None,
    environment: Environment = None,
) -> None:
    """Judge environment files against the policy.

    With --prefix, --name or --environment, judge an installed environment instead.
    Reads the repository only: no network, no conda, nothing is run, and without --fix nothing is
    written. Exit status 0: passed. 1: a finding at or above --fail-on, or --diff shows a change.
    2: something could not be read.
    """
    outputs = read_outputs(tuple(output or ()))
    with session("verify", outputs, expand=expand) as run:
        mode = read_mode(fix=fix, diff=diff, unsafe=unsafe_fixes)
        from envtool.workflows.verify import VerifyRequest
        from envtool.workflows.verify import verify as judge

        request = VerifyRequest(
            paths=tuple(paths or ()),
            today=read_day(as_of),
            recursive=recursive,
            profile=profile,
            select=read_rules(tuple(select or ())),
            ignore=read_rules(tuple(ignore or ())),
            fail_on=fail_on,
            policy_from=policy_from,
            new_only=new_only,
        )
        if prefix is not None or name is not None or environment is not None:
            from envtool.cli.prefix_checking import check

            check(run, request, (prefix, name, environment), mode)
        elif mode is None:
            from envtool.workflows.mendable import with_mendable

            run.finish(with_mendable(run.tools, request, judge(run.tools, request)))
        else:
            from envtool.cli.mending import mend

            mend(run, request, mode)
