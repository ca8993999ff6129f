"""The environment check and the dependency check of a tree that has just taken its place."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from envtool.domain.findings import Finding
from envtool.domain.installed import Inspection, Yardstick
from envtool.domain.judge import Selection, judge
from envtool.domain.locks import LockedPackage
from envtool.ports import Tools
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import Source
from envtool.workflows.layer_checks import NotSoundError
from envtool.workflows.prefixes import shown

_FAMILY = "prefix"
_UNMET = "prefix.unsatisfied"
_NAMED = 3


class Checked(NamedTuple):
    """What is wrong with an installed tree; empty where nothing is.

    Attributes:
        environment: it is not what was locked, or files are not as they were installed.
        dependencies: packages lack what they need.
    """

    environment: str
    dependencies: str

    def demand(self) -> None:
        """Raises `NotSoundError` when something is wrong."""
        for said, name in ((self.environment, "environment"), (self.dependencies, "dependency")):
            if said:
                raise NotSoundError(f"the {name} check fails", said)


def check_installed(tools: Tools, home: Home, prefix: str, source: Source, today: date) -> Checked:
    """Hold the tree at `prefix` against what it was made from, by the policy of the project.

    Raises `UnreadableError` when it is no environment.
    """
    inspector = tools.inspector()
    installed = inspector.read(prefix)
    yardstick = Yardstick(source.origin, source.environment, tuple(_locked(source)))
    damages = inspector.check_files(installed)
    inspection = Inspection(shown(tools, prefix), installed, damages, yardstick)
    project = replace(home.project, today=today, inspection=inspection)
    judged = judge(project, Selection(frozenset({_FAMILY})))
    limit = project.policy.fail_on
    bad = [each for each in judged.findings if each.is_open and each.severity.at_least(limit)]
    return Checked(
        _listed(each for each in bad if each.rule != _UNMET),
        _listed(each for each in bad if each.rule == _UNMET),
    )


def checked_in_place(
    tools: Tools, home: Home, prefix: str, source: Source, now: datetime
) -> Callable[[], None] | None:
    """The same for `Installation`, where services stand on the tree; else None."""
    if not home.project.policy.deploy_services:
        return None

    def check() -> None:
        check_installed(tools, home, prefix, source, now.date()).demand()

    return check


def _locked(source: Source) -> Iterator[LockedPackage]:
    for each in source.conda:
        yield LockedPackage(
            each.name,
            each.version,
            "conda",
            each.subdir,
            each.url,
            each.md5,
            each.sha256,
            (),
            "",
            0,
        )
    yield from source.pip


def _listed(findings: Iterator[Finding]) -> str:
    texts = [each.message for each in findings]
    more = f" (and {len(texts) - _NAMED} more)" if len(texts) > _NAMED else ""
    return "; ".join(texts[:_NAMED]) + more
