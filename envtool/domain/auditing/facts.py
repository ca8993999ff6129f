"""All that an audit found out, for the rules to judge."""

from datetime import datetime
from typing import NamedTuple

from envtool.domain.auditing.project_status import ProjectsFound
from envtool.domain.auditing.signatures import Signature, SignatureCount
from envtool.domain.auditing.standings import SourceState, Standing
from envtool.domain.auditing.upstream import Upstream
from envtool.domain.findings import Place


class AuditFacts(NamedTuple):
    """What the rules of an audit judge.

    Attributes:
        place: of what is audited: the lock, or the prefix.
        now: the moment of the audit.
        standings: one for each package.
        sources: what they rest on.
        signatures: of the packages of whose channels the policy asks for any.
        upstream: what the channels say of each archive; those whose channel could not be asked
            are among them.
        projects: what an index says of the Python projects behind packages.
        signature_count: how many packages say to be signed; None when nobody looked.
        is_whole: whether all that waivers of such rules can be about was looked at.
        named: what names it on the command line, like `pixi.lock` or `-p PREFIX`; empty for the
            project around here.
        fix: what to type to have it mended; empty where that is not for envtool to do.
    """

    place: Place
    now: datetime
    standings: tuple[Standing, ...]
    sources: tuple[SourceState, ...] = ()
    signatures: tuple[Signature, ...] = ()
    upstream: tuple[Upstream, ...] = ()
    projects: ProjectsFound = ProjectsFound({})
    signature_count: SignatureCount | None = None
    is_whole: bool = False
    named: str = ""
    fix: str = "envtool audit --fix"

    def explain(self, name: str) -> str:
        """What to type to see all that is known of the package `name`."""
        named = f" {self.named}" if self.named else ""
        return f"`envtool audit{named} --explain {name}`"
