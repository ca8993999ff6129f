"""What a rule is."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from envtool.domain.findings import Violation
from envtool.domain.policy.records import Level
from envtool.domain.policy.resolve import RuleDefault
from envtool.domain.project import Project
from envtool.errors import ExitCode

Check = Callable[[Project], Iterator[Violation]]


class Scope(Enum):
    """When a rule can be judged."""

    # From each file alone.
    FILE = "file"
    # Only with all files of a project.
    PROJECT = "project"
    # The same, and when all other rules have spoken.
    LAST = "last"
    # From an installed prefix; no other rule is judged there.
    PREFIX = "prefix"
    # From what an audit found out.
    AUDIT = "audit"
    # From what is about to be committed; the same.
    COMMIT = "commit"
    # From a look at what is deployed; the same.
    SERVICE = "service"
    # From each file alone, and again in an audit, which knows more.
    EITHER = "either"


_ELSEWHERE = {
    Scope.PREFIX: "is about an installed prefix: name one with `--prefix`",
    Scope.AUDIT: "is judged by `envtool audit`",
    Scope.COMMIT: "is about what is committed: `envtool commit --dry-run`",
    Scope.SERVICE: "is about what is deployed: `envtool deploy --status`",
}


class Rule(NamedTuple):
    """One rule: its id `family.rule`, its level in both profiles, and the check.

    The docstring of `check` is what `envtool explain` prints; its first line is the title.
    """

    id: str
    recommended: Level
    strict: Level
    check: Check
    scope: Scope = Scope.FILE
    # Whether its findings stand in lines that a person writes, where an inline ignore can be.
    has_line: bool = True
    # The exit status that an open finding of it stands for.
    cause: ExitCode = ExitCode.NO

    @property
    def elsewhere(self) -> str:
        """Where it is judged, when the files of a project are not enough; empty when they are."""
        return _ELSEWHERE.get(self.scope, "")

    @property
    def family(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def title(self) -> str:
        """One line without final period."""
        return self.text.partition("\n")[0].rstrip(".")

    @property
    def text(self) -> str:
        """The whole documentation."""
        from inspect import cleandoc

        return cleandoc(self.check.__doc__ or "")

    @property
    def default(self) -> RuleDefault:
        """The rule as the policy sees it."""
        return RuleDefault(self.id, self.recommended, self.strict)


def rule(
    id_: str,
    recommended: str,
    strict: str,
    scope: Scope = Scope.FILE,
    *,
    has_line: bool = True,
) -> Callable[[Check], Rule]:
    """Makes a rule of a check."""

    def decorate(check: Check) -> Rule:
        return Rule(id_, Level(recommended), Level(strict), check, scope, has_line)

    return decorate


def ends_with(code: ExitCode) -> Callable[[Rule], Rule]:
    """Has the findings of a rule stand for another exit status than 1."""

    def decorate(made: Rule) -> Rule:
        return made._replace(cause=code)

    return decorate
