"""Rules on what the channels list today, against what is locked or installed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.channels import parse_channel
from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.auditing.upstream import Upstream


@rule("channels.altered", "error", "error", Scope.AUDIT, has_line=False)
def altered(project: Project) -> Iterator[Violation]:
    """A channel lists another file under the name of a package.

    Its SHA-256 is not the one that was locked. A build is never changed once it is published, so
    somebody replaced the file, in the channel or on the way here. An installation from the lock
    refuses the new file; who solves anew gets it.
    """
    for group in _packages(project):
        for each in group:
            if each.presence.name == "ALTERED" and each.record is not None:
                yield Violation(
                    f"`{each.subject.label}` is not what `{each.channel}` lists: its SHA-256 is"
                    f" {each.artifact.sha256[:12]}, and {each.record.sha256[:12]} there",
                    each.subject.place,
                    package=each.subject.name,
                    version=each.subject.version,
                    fix="do not update it; ask whoever keeps that channel which file is theirs",
                    summary="packages are not what their channels list",
                    brief=f"{each.subject.label} ({each.artifact.platform})",
                    reason=f"`{each.subject.name}` is not what its channel lists",
                )
                break


@rule("channels.shadowed", "warning", "warning", Scope.AUDIT, has_line=False)
def shadowed(project: Project) -> Iterator[Violation]:
    """A channel of lower priority has a greater version under the same name.

    With a public channel below your own this is how dependency confusion is done: somebody
    publishes your package there with a greater version, and a tool that does not keep to the
    order of channels takes it. Between conda-forge, bioconda and defaults it is the usual state,
    and not reported.
    """
    for group in _packages(project):
        for each in group:
            if each.rival is not None and not _is_usual(each.channel, each.rival.channel):
                yield Violation(
                    f"`{each.subject.label}` comes from `{each.channel}`, and"
                    f" `{each.rival.channel}` below it has {each.rival.version}",
                    each.subject.place,
                    package=each.subject.name,
                    version=each.subject.version,
                    fix=f"name its channel: `{each.channel}::{each.subject.name}`, and keep"
                    " `channel_priority: strict`",
                    summary="packages have a greater version in a channel of lower priority",
                    brief=f"{each.subject.label} ({each.rival.version})",
                    reason=f"`{each.subject.name}` has a greater version in `{each.rival.channel}`",
                )
                break


def _is_usual(*channels: str) -> bool:
    """Whether all of them are public ones that are used together everywhere."""
    public = [parse_channel(name) for name in ("conda-forge", "bioconda", "defaults")]
    read = [parse_channel(each) for each in channels]
    return all(any(known.covers(each) for known in public) for each in read)


def _packages(project: Project) -> "Iterator[list[Upstream]]":
    if project.audit is not None:
        from envtool.domain.auditing.upstream import by_subject

        yield from by_subject(project.audit.upstream).values()


RULES = (altered, shadowed)
