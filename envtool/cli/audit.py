"""`envtool audit`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from envtool.cli.audit_db import db
from envtool.cli.options import read_moment, read_outputs, read_rules, read_where
from envtool.cli.session import session
from envtool.cli.verify import Expand, FailOn, Ignore, Outputs, PolicyFrom, Select
from envtool.domain.auditing.sources import Engine
from envtool.domain.policy.records import Profile
from envtool.errors import UsageError

if TYPE_CHECKING:
    # What typer calls so in its signatures; it has no other name.
    from typer._click import Command, Context


class AnyEngine(StrEnum):
    """Who looks up what is on PyPI, as typed."""

    OSV = "osv"
    PIP_AUDIT = "pip-audit"

    @property
    def engine(self) -> Engine:
        """The one that is meant."""
        return Engine.PIP_AUDIT if self is AnyEngine.PIP_AUDIT else Engine.ENVTOOL


Path = Annotated[
    str | None,
    typer.Argument(
        help="A lock of any kind, or a project; none is the project around here.",
        show_default=False,
    ),
]
Prefix = Annotated[
    str | None, typer.Option("--prefix", "-p", help="Audit this installed environment.")
]
Name = Annotated[
    str | None, typer.Option("--name", "-n", help="The same, by the name that conda knows it by.")
]
Environment = Annotated[
    str | None, typer.Option(help="The one of the project that is installed: production.")
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Ask nobody: the database of `envtool audit db update`.")
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Fail on incomplete coverage, old data, and what is in doubt."),
]
MinCoverage = Annotated[
    int | None,
    typer.Option(min=0, max=100, metavar="PERCENT", help="Fail when less of it was audited."),
]
AnyProfile = Annotated[
    Profile | None, typer.Option(help="Instead of the policy's own.", case_sensitive=False)
]
EngineName = Annotated[
    AnyEngine | None, typer.Option(help="Who looks up what is on PyPI: osv.", case_sensitive=False)
]
Explain = Annotated[
    str | None,
    typer.Option(metavar="PACKAGE", help="Say who it is, who was asked, and each answer."),
]
AsOf = Annotated[
    str | None, typer.Option(metavar="DATE", help="Judge waivers and ages as on that day.")
]
Since = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Compare with this JSON report of an audit before."),
]
Vex = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="OpenVEX or CycloneDX: what does not affect you."),
]
Fix = Annotated[
    bool,
    typer.Option("--fix", help="Lay a candidate beside the project that mends what can be."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --fix: show it, write nothing.")]
Webhook = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="POST the JSON report there: a URL, or a variable that has one."
    ),
]


def check(
    path: Path = None,
    *,
    prefix: Prefix = None,
    name: Name = None,
    environment: Environment = None,
    offline: Offline = False,
    strict: Strict = False,
    min_coverage: MinCoverage = None,
    fail_on: FailOn = None,
    select: Select = None,
    ignore: Ignore = None,
    profile: AnyProfile = None,
    policy_from: PolicyFrom = None,
    engine: EngineName = None,
    explain: Explain = None,
    as_of: AsOf = None,
    since: Since = None,
    vex: Vex = None,
    webhook: Webhook = None,
    fix: Fix = False,
    dry_run: DryRun = False,
    output: Outputs = None,
    expand: Expand = False,
) -> None:
    """Look up every package in the advisories on it, and say which nobody could.

    `envtool audit db` keeps the advisories on this machine, for --offline (a folder of that name
    is `./db`). Nothing of a package is run. Exit status 0: nothing at or above --fail-on. 1: a
    finding. 2: nothing to audit. 5: a source could not be asked. 6: the database is damaged.
    """
    outputs = read_outputs(tuple(output or ()))
    used = (engine or AnyEngine.OSV).engine
    if fix or dry_run:
        others = {
            "--dry-run": dry_run and not fix,
            "--prefix": prefix,
            "--name": name,
            "--explain": explain,
            "--since": since,
            "--webhook": webhook,
            "--as-of": as_of,
        }
        for option, value in others.items():
            if value:
                raise UsageError(
                    f"`{option}` does not go together with a fix of the lock"
                    if fix
                    else "`--dry-run` is for `--fix`",
                    hints=("`envtool audit --fix` mends what `envtool audit` finds",),
                )
        from envtool.cli.fixing import fix as mend

        outputs = read_outputs(tuple(output or ()), allowed=("text", "json", "markdown"))
        mend(
            "audit",
            path or ".",
            outputs,
            offline=offline,
            dry_run=dry_run,
            engine=used,
            vex=tuple(vex or ()),
        )
    with session("audit", outputs, expand=expand, offline=offline) as run:
        from envtool.cli.auditing import explain_package, tell
        from envtool.workflows.audit import AuditRequest

        request = AuditRequest(
            path=path,
            now=read_moment(as_of),
            where=read_where(prefix, name, environment),
            strict=strict,
            coverage=min_coverage,
            fail_on=fail_on,
            select=read_rules(tuple(select or ())),
            ignore=read_rules(tuple(ignore or ())),
            profile=profile,
            policy_from=policy_from,
            engine=used,
            since=since,
            vex=tuple(vex or ()),
            keep=as_of is None,
        )
        if explain is None:
            tell(run, request, webhook)
        elif webhook is None and since is None:
            explain_package(run, request, explain)
        else:
            raise UsageError(
                "`--explain` tells one package, and only you",
                hints=("leave out `--webhook` and `--since`",),
            )


class _Group(TyperGroup):
    """`audit db ...` is a group; whatever else stands behind `audit` is the audit itself."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: "Context | None" = None,
        **extra: Any,  # noqa: ANN401 - what typer hands on
    ) -> "Context":
        """See `Command.make_context`; the first word decides."""
        if args[:1] == ["db"]:
            return super().make_context(info_name, args, parent, **extra)
        return self.checking.make_context(info_name, args, parent, **extra)

    @property
    def checking(self) -> "Command":
        """The command that audits."""
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command("audit")(check)
        return typer.main.get_command(single)


audit = typer.Typer(cls=_Group, help="Look up every package in the advisories on it.")
audit.add_typer(db, name="db")
