"""The door to rattler's verification of attestations: who signed a package (CEP 27, CEP 50).

A record names the SHA-256 of the file of signatures that lies beside the archive, so that a
server can neither change nor withhold it without a word. rattler fetches it, checks it by that
hash, and holds each Sigstore bundle in it against the archive's name and hash, the channel, and
who is trusted. The network is needed for that file alone: the trust root is rattler's own, or in
the repository.

What was verified once is remembered by all that it depends on, so that an environment can be
built again without a network.
"""

import asyncio
import json
import os
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from envtool.adapters.archive_sources import path_of
from envtool.adapters.prefix_places import replace
from envtool.adapters.rattler_records import handle
from envtool.domain.auditing.signatures import Signature, SignatureState
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.policy.records import Signing
from envtool.domain.solving import CondaRecord
from envtool.errors import UsageError
from envtool.ports_auditing import SignatureQuestion

if TYPE_CHECKING:
    from rattler import RepoDataRecord, TrustedRoot, VerificationPolicy
    from rattler.networking import Client

    from envtool.adapters.rattler_client import Connection

# So many files of signatures are asked for at the same time.
_AT_ONCE = 16
# What rattler's texts mean, the first that fits; what is none of them is invalid.
_STATES = (
    (re.compile(r"\Ano attestations are advertised"), SignatureState.MISSING),
    (re.compile(r"\Afailed to (?:read|fetch) "), SignatureState.RETRIEVAL_FAILED),
    (re.compile(r"\A[^\n]* returned HTTP \d"), SignatureState.RETRIEVAL_FAILED),
    (re.compile(r"does not match the trusted publisher"), SignatureState.UNTRUSTED),
)
_BUNDLE = re.compile(r"\n +- bundle \d+: ([^\n]*)")


class RattlerAttestations:
    """The port `Attestations` on py-rattler; `folder` is the cache of envtool."""

    def __init__(self, connection: "Connection", folder: str) -> None:
        self._connection = connection
        self._folder = os.path.join(folder, "signatures")

    def verify(
        self,
        questions: Sequence[SignatureQuestion],
        channels: tuple[ResolvedChannel, ...],
        root: str | None,
    ) -> tuple[Signature, ...]:
        """See `ports_auditing.Attestations.verify`."""
        trusted = _trusted_root(root)
        vouching = sha256((root or _embedded()).encode()).hexdigest()
        found: dict[int, Signature] = {}
        asked: dict[int, SignatureQuestion] = {}
        for number, question in enumerate(questions):
            known = self._known(question, vouching)
            if known is None:
                asked[number] = question
            else:
                found[number] = known
        with warnings.catch_warnings():
            # What rattler has to say of metadata that is not asked for.
            warnings.simplefilter("ignore")
            answers = asyncio.run(self._ask(tuple(asked.values()), channels, trusted))
        for number, answer in zip(asked, answers, strict=True):
            found[number] = answer
            self._remember(asked[number], vouching, answer)
        return tuple(found[number] for number in range(len(questions)))

    async def _ask(
        self,
        questions: Sequence[SignatureQuestion],
        channels: tuple[ResolvedChannel, ...],
        trusted: "TrustedRoot",
    ) -> list[Signature]:
        client = self._connection.client(channels)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def ask(question: SignatureQuestion) -> Signature:
            record = _served(question.record, channels)
            if (
                question.record.attestations
                and self._connection.offline
                and not record.url.startswith("file:")
            ):
                why = "it was not fetched before, and this is offline"
                return _answer(question, SignatureState.RETRIEVAL_FAILED, why)
            async with gate:
                return await _verified(question, record, client, trusted)

        return list(await asyncio.gather(*map(ask, questions)))

    def _note(self, question: SignatureQuestion, vouching: str) -> str:
        """The file that remembers the answer to `question`."""
        record, signing = question
        facts = [
            record.url,
            record.channel,
            record.sha256,
            record.attestations,
            signing.publisher,
            signing.issuer,
            vouching,
        ]
        name = sha256(json.dumps(facts).encode()).hexdigest()
        return os.path.join(self._folder, f"{name}.json")

    def _known(self, question: SignatureQuestion, vouching: str) -> Signature | None:
        """What was verified before; a failure is never remembered."""
        if not (question.record.attestations and question.record.sha256):
            return None
        try:
            with open(self._note(question, vouching), encoding="utf-8") as file:
                said = json.load(file)
            identity, issuer = str(said["identity"]), str(said["issuer"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return _answer(question, SignatureState.VERIFIED, identity=identity, issuer=issuer)

    def _remember(self, question: SignatureQuestion, vouching: str, answer: Signature) -> None:
        if answer.state is SignatureState.VERIFIED:
            said = {"identity": answer.identity, "issuer": answer.issuer}
            with suppress(OSError):
                replace(self._note(question, vouching), json.dumps(said).encode())


async def _verified(
    question: SignatureQuestion, record: "RepoDataRecord", client: "Client", trusted: "TrustedRoot"
) -> Signature:
    from rattler import verify_attestation

    try:
        outcome = await verify_attestation(
            record, _policy(question.signing), client=client, trusted_root=trusted
        )
    except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of rattler is no Exception
        return _failed(question, str(error))
    proof = outcome.attestation
    if proof is None:
        return _failed(question, "rattler did not say who signed it")
    return _answer(
        question,
        SignatureState.VERIFIED,
        identity=proof.identity or "",
        issuer=proof.issuer or "",
    )


def _failed(question: SignatureQuestion, text: str) -> Signature:
    from envtool.adapters.rattler_errors import plain

    # Another signature of a package may be the one that counts.
    state = next((each for pattern, each in _STATES if pattern.search(text)), None)
    reasons = _BUNDLE.findall(text)
    if state is SignatureState.UNTRUSTED:
        reasons = [each for each in reasons if _STATES[-1][0].search(each)]
    reason = reasons[0] if reasons else ": ".join(text.split("\nCaused by: ")).splitlines()[0]
    return _answer(question, state or SignatureState.INVALID, plain(reason))


def _answer(
    question: SignatureQuestion,
    state: SignatureState,
    reason: str = "",
    identity: str = "",
    issuer: str = "",
) -> Signature:
    record, signing = question
    return Signature(
        record.name,
        record.version,
        record.url,
        record.channel,
        signing,
        state,
        reason,
        identity,
        issuer,
    )


def _policy(signing: Signing) -> "VerificationPolicy":
    from rattler import Publisher, VerificationPolicy
    from rattler.sigstore import Issuer

    issuer = Issuer(signing.issuer) if signing.issuer else None
    return VerificationPolicy.require(Publisher(signing.publisher, issuer))


def _trusted_root(text: str | None) -> "TrustedRoot":
    from rattler import TrustedRoot

    if text is None:
        return TrustedRoot.embedded()
    try:
        return TrustedRoot.from_json(text)
    except ValueError as error:
        raise UsageError(
            f"`signatures.trust-root` is no trust root of Sigstore: {error}",
            hints=("name a `trusted_root.json`, as `cosign trusted-root create` writes it",),
        ) from error


def _embedded() -> str:
    """What stands for the trust root that comes with rattler: it ages with its version."""
    from importlib.metadata import version

    return f"py-rattler {version('py-rattler')}"


def _served(record: CondaRecord, channels: tuple[ResolvedChannel, ...]) -> "RepoDataRecord":
    """The record with the URL that its signatures are read from; its channel stays."""
    from rattler import RepoDataRecord

    known = handle(record)
    url = _located(record, channels)
    if url == record.url:
        return known
    return RepoDataRecord(known, known.file_name, url, known.channel)


def _located(record: CondaRecord, channels: tuple[ResolvedChannel, ...]) -> str:
    """Where its archive would lie in a folder that serves the channel, with its signatures."""
    for channel in channels:
        if record.url.startswith(f"{channel.url}/"):
            rest = record.url[len(channel.url) :]
            for source in channel.sources:
                url = source.url + rest
                if source.is_local and os.path.isfile(f"{path_of(url)}.sigs.{record.attestations}"):
                    return url
    return record.url
