"""What a rule says: severities, places, findings."""

from enum import StrEnum
from typing import NamedTuple

from envtool.errors import ExitCode


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst; a larger rank is milder."""
        return _RANKS[self]

    def at_least(self, threshold: "Severity") -> bool:
        """Whether this is as bad as `threshold` or worse."""
        return self.rank <= threshold.rank


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


# Tuples and no dataclasses: a place is made for every scalar of every file, and a dataclass
# costs each start of envtool 0.7 ms.
class Place(NamedTuple):
    """A stretch of one line of a file.

    `line` and `column` count from 1, in characters; `end_column` is the first column behind
    the stretch. `line` 0 is the file as a whole.
    """

    path: str
    line: int = 0
    column: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        """`path:line:column`, which editors and terminals make clickable."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Exposure(NamedTuple):
    """One vulnerability among those that a finding is about.

    Attributes:
        id: as the source of advisories has it, a CVE where there is one.
        title: what it is, one line; empty when nobody says.
        marks: what else there is to know, the most urgent first: `CVSS 8.1`, `fixed in 2.0`.
        url: where to read on.
        score: its CVSS base score, 0 to 10; None without one.
    """

    id: str
    title: str
    marks: tuple[str, ...]
    url: str
    score: float | None = None

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"{self.title or self.id} ({', '.join(self.marks)})"


class Violation(NamedTuple):
    """What a rule function yields: a finding before the policy gave it a severity."""

    message: str
    place: Place
    package: str | None = None
    version: str | None = None
    fix: str | None = None
    # The same sentence without the package, when several of them are folded into one line.
    summary: str | None = None
    # What stands for it in such a line; the package when there is nothing more to say.
    brief: str | None = None
    # The message without what changes by itself: lines, paths, totals, what is locked today.
    reason: str | None = None
    # How many packages the message counts, when it is one message for all of them.
    number: int | None = None
    # As bad as this at most, whatever the policy makes of the rule.
    most: Severity | None = None
    # The line of an environment file that asks for it, where an inline ignore may be, too.
    listed: Place | None = None
    # The vulnerabilities that it is about.
    exposures: tuple[Exposure, ...] = ()
    # The id in a waiver of one vulnerability that names all of these.
    advisory: str | None = None


class Waived(NamedTuple):
    """Why a finding does not count: who accepted it, and where that is written."""

    reason: str
    place: Place
    owner: str | None = None
    expires: str | None = None


class BaselineState(StrEnum):
    """Whether a finding stands in the baseline, in the words of SARIF."""

    NEW = "new"
    UNCHANGED = "unchanged"


class Finding(NamedTuple):
    """One violated rule at one place.

    Attributes:
        rule: the rule's id, `family.rule`.
        severity: as the policy in force has it.
        message: one line without final period, literals in backticks.
        place: where it is to be mended.
        source: the line at `place`, credentials masked; None when there is none to show.
        package: canonical name, when the finding is about one package.
        version: its version or constraint, as written.
        fix: what to do, one line.
        summary: the message for several packages at once.
        waived: set when a waiver or an inline ignore covers the finding.
        brief: what stands for it among several packages; the package when None.
        reason: the message without what changes by itself; the message when None.
        number: how many packages the message counts; None when it is about one thing.
        baseline: what the baseline says of it; None when none was asked.
        cause: the exit status that it stands for.
        exposures: the vulnerabilities that it is about.
    """

    rule: str
    severity: Severity
    message: str
    place: Place
    source: str | None = None
    package: str | None = None
    version: str | None = None
    fix: str | None = None
    summary: str | None = None
    waived: Waived | None = None
    brief: str | None = None
    reason: str | None = None
    number: int | None = None
    baseline: BaselineState | None = None
    cause: ExitCode = ExitCode.NO
    exposures: tuple[Exposure, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it counts: nobody waived it, and it is not in the baseline."""
        return self.waived is None and self.baseline is not BaselineState.UNCHANGED
