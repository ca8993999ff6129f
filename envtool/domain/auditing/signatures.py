"""What is known of the signatures of packages (CEP 27, found as CEP 50 has it)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from envtool.domain.policy.records import SignatureMode, Signing


class SignatureState(StrEnum):
    """What came of looking for the signature of a package, the worst first."""

    # There is something that says to be a signature, and is none of this package.
    INVALID = "invalid"
    # Somebody signed it, and nobody of whom the policy takes signatures.
    UNTRUSTED = "untrusted"
    MISSING = "missing"
    # The channel says that there is one, and does not give it.
    RETRIEVAL_FAILED = "retrieval-failed"
    VERIFIED = "verified"


class Signature(NamedTuple):
    """The signature of one archive.

    Attributes:
        name: of the package.
        version: exact.
        url: of the archive.
        channel: the URL of the channel that it is published in.
        signing: what the policy asks of it.
        state: see there.
        reason: why it is not verified, one line; empty when it is.
        identity: who signed, as the certificate has it; empty when it is not verified.
        issuer: who vouched for that identity.
    """

    name: str
    version: str
    url: str
    channel: str
    signing: Signing
    state: SignatureState
    reason: str = ""
    identity: str = ""
    issuer: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the policy refuses the package without it."""
        return self.signing.mode is SignatureMode.REQUIRE


class SignatureCount(NamedTuple):
    """How many packages a channel says to have signatures of, where no policy asks for any."""

    signed: int
    total: int

    def __str__(self) -> str:
        """The line that tells it."""
        if not self.signed:
            return f"signatures: no channel has one for any of {self.total} packages"
        return (
            f"signatures: there is one for {self.signed} of {self.total} packages, and the policy"
            " asks for none"
        )


def worst(signatures: Iterable[Signature]) -> tuple[Signature, ...]:
    """One signature for each package and version: that of its archive that stands worst."""
    order = list(SignatureState)
    found: dict[tuple[str, str, str], Signature] = {}
    for each in signatures:
        key = (each.name, each.version, each.channel)
        other = found.get(key)
        if other is None or order.index(each.state) < order.index(other.state):
            found[key] = each
    return tuple(found.values())
