"""The structured values of a policy."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from envtool.domain.findings import Severity


class Profile(StrEnum):
    """A set of defaults."""

    RECOMMENDED = "recommended"
    STRICT = "strict"


class Level(StrEnum):
    """A severity, or a rule that is off; the strictest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"

    @property
    def severity(self) -> Severity | None:
        """None when the rule is off."""
        return None if self is Level.OFF else Severity(self.value)


class UpdateKind(StrEnum):
    """How far a change of a package goes, the mildest first.

    REPLACED: the same version and build, from another address or with other bytes.
    """

    REBUILD = "rebuild"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    DOWNGRADE = "downgrade"
    REPLACED = "replaced"
    ADDED = "added"
    REMOVED = "removed"


class Artifact(StrEnum):
    """A file, or several, that `envtool export` writes into `recovery/`."""

    EXPLICIT = "explicit"
    REQUIREMENTS = "requirements"
    ENVIRONMENT = "environment"
    SBOM = "sbom"
    RECOVERY = "recovery"
    CHANGELOG = "changelog"


class Archives(StrEnum):
    """Which archives of conda packages outlive their installation, the strictest first."""

    KEPT = "kept"
    NONE = "none"


class Decision(StrEnum):
    """Whether a change may pass by itself, the stricter first."""

    REVIEW = "review"
    AUTO = "auto"


class Ban(NamedTuple):
    """A package that may not be used, or not in these versions."""

    package: str
    reason: str
    versions: str | None = None
    instead: str | None = None

    def __str__(self) -> str:
        """The ban as people write it."""
        return f"`{self.package} {self.versions}`" if self.versions else f"`{self.package}`"


class Waiver(NamedTuple):
    """A finding that is accepted for now."""

    rule: str
    reason: str
    owner: str
    expires: date
    package: str | None = None
    path: str | None = None
    advisory: str | None = None

    def __str__(self) -> str:
        """What it covers."""
        only = " in ".join(f"`{each}`" for each in (self.advisory, self.package) if each)
        return f"`{self.rule}`" + (f" for {only}" if only else "")


class LicenseLists(NamedTuple):
    """The licences of a policy: identifiers, or patterns like `GPL-3.0*`."""

    allow: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    @property
    def ask(self) -> bool:
        """Whether there is anything to judge by."""
        return bool(self.allow or self.review or self.deny)


class SignatureMode(StrEnum):
    """What is to happen about packages that are not signed as they should be, strictest first."""

    REQUIRE = "require"
    WARN = "warn"
    OFF = "off"


class Signing(NamedTuple):
    """Who has to have signed the packages of a channel.

    `publisher` is a pattern of the identity in the certificate, `issuer` who vouched for it.
    """

    mode: SignatureMode
    publisher: str | None = None
    issuer: str | None = None


class StatedLicense(NamedTuple):
    """What a policy says that a package is licensed under, whatever its record says."""

    license: str
    reason: str
    versions: str | None = None

    def __str__(self) -> str:
        """The licence as people write it."""
        return f"{self.license} ({self.versions})" if self.versions else self.license


class Vendored(NamedTuple):
    """A file of the repository, pinned by its hash: a shared policy, a trust root."""

    path: str
    sha256: str
