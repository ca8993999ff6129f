"""The one value that every command returns, and its exit status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from envtool.domain.findings import Finding, Place, Severity
from envtool.errors import EnvtoolError, ExitCode, worst

# What `json.dumps` takes.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Skip(NamedTuple):
    """A check that was not made, and why."""

    what: str
    reason: str


class Coverage(NamedTuple):
    """How much of what `rules` need was there, where nothing is demanded of it."""

    rules: str
    # What the numbers count: "licences known".
    what: str
    known: int
    total: int


class Failure(NamedTuple):
    """A question that could not be answered, as a value: one file of several, say.

    `details` are what there is to know besides the message, one line each.
    """

    code: ExitCode
    message: str
    place: Place | None = None
    hints: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: EnvtoolError, place: Place | None = None) -> "Failure":
        """The failure that `error` stands for."""
        return cls(code=error.exit_code, message=error.message, place=place, hints=error.hints)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """What a workflow found out.

    Attributes:
        command: the verb, as typed.
        headline: the answer in one line.
        findings: in the order of file and line, waived ones included.
        skipped: checks that were not made.
        failures: what could not be judged.
        notes: what else there is to know, one line each.
        fail_on: a finding of this severity or worse makes the answer "no".
        data: what only this command has to say, as JSON.
    """

    command: str
    headline: str
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skip, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    data: Mapping[str, Json] = field(default_factory=dict)

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that count: neither waived nor in the baseline."""
        return tuple(finding for finding in self.findings if finding.is_open)

    @property
    def causes(self) -> frozenset[ExitCode]:
        """Every reason not to exit with 0."""
        failed = {failure.code for failure in self.failures}
        bad = (each for each in self.open_findings if each.severity.at_least(self.fail_on))
        return frozenset(failed | {each.cause for each in bad})

    @property
    def exit_code(self) -> ExitCode:
        """The exit status that stands for all causes."""
        return worst(self.causes)
