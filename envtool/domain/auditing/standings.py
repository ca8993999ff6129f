"""What an audit says of each package: one state, and what it rests on."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.identity import Coordinate, Identity
from envtool.domain.auditing.subjects import Subject


class State(StrEnum):
    """What is known of a package; the first that holds."""

    VULNERABLE = "vulnerable"
    # An advisory may be about it: a range without end, withdrawn, a version that has no order.
    UNCONFIRMED = "unconfirmed"
    NOT_AUDITED = "not audited"
    NO_KNOWN = "no known"


class Exploitation(NamedTuple):
    """How likely somebody uses a vulnerability.

    Attributes:
        known: whether CISA's catalogue of known exploited vulnerabilities has it.
        due: the day until which CISA wants it mended, ISO 8601; None outside the catalogue.
        probability: EPSS, 0 to 1; None when not known.
    """

    known: bool = False
    due: str | None = None
    probability: float | None = None


class Hit(NamedTuple):
    """One vulnerability of one package, the advisories on it folded by their aliases.

    Attributes:
        id: of a Python distribution the PYSEC id where there is one; else the CVE, GitHub's, or
            the first advisory's.
        advisories: all that say so, those that stand and are certain first; a withdrawn one only
            where no other is about the vulnerability.
        coordinate: the product that matched.
        unconfirmed: why it is not certain; empty when it is.
        fixed: the lowest version above that of the package, in the order of the source, that no
            advisory of this hit affects; None when no fix is known.
        score: the highest CVSS base score that was published; None without one.
        exploitation: what KEV and EPSS say.
        suppressed: why a VEX document or such says that it does not matter; empty otherwise.
    """

    id: str
    advisories: tuple[Advisory, ...]
    coordinate: Coordinate
    unconfirmed: str = ""
    fixed: str | None = None
    score: float | None = None
    exploitation: Exploitation = Exploitation()
    suppressed: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """All its ids, its own first."""
        others = {name for each in self.advisories for name in (each.id, *each.aliases)}
        return (self.id, *sorted(others - {self.id}))


class Standing(NamedTuple):
    """What was found about one package.

    Attributes:
        subject: the package.
        identity: who it is for those who write advisories.
        state: see there.
        hits: worst first.
        reason: why it was not audited; empty when it was. Of several products that a package is
            one may have been: then it has hits, and the reason says what was not looked at.
        fixed: the lowest version above it that mends all that is certain, and that no advisory
            on the product affects, in the order of the source; None without one.
    """

    subject: Subject
    identity: Identity
    state: State
    hits: tuple[Hit, ...] = ()
    reason: str = ""
    fixed: str | None = None


class SourceState(NamedTuple):
    """One source of advisories, as it was used.

    Attributes:
        name: `osv:PyPI`, `openssl`, `curl`, `kev`, `epss`, `names`.
        url: where it is read, without credentials.
        fetched: when its data was fetched or confirmed unchanged; None when there is none.
        published: how new the newest entry is, where the data says so.
        records: how many advisories it has; None when it was asked online.
        error: why it could not be used, one line; empty when it was.
    """

    name: str
    url: str
    fetched: datetime | None = None
    published: datetime | None = None
    records: int | None = None
    error: str = ""


class Lookup(NamedTuple):
    """What sources say about products.

    Attributes:
        advisories: by product, every advisory that may be about the version asked for; a product
            that was asked for and answered with nothing has an empty tuple, one whose source
            failed is missing.
        exploitation: by CVE, for those that are in the answers.
        sources: every source that was asked, those that failed included.
    """

    advisories: dict[Coordinate, tuple[Advisory, ...]]
    exploitation: dict[str, Exploitation]
    sources: tuple[SourceState, ...]
