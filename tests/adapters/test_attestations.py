"""Signatures of packages: by a Sigstore of the tests, through the real py-rattler."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rattler import PackageRecord, RepoDataRecord
from rattler.package import BuildString

from envtool.adapters.attestations import RattlerAttestations
from envtool.adapters.rattler_client import Connection
from envtool.adapters.rattler_records import record_of
from envtool.domain.auditing.signatures import Signature, SignatureState
from envtool.domain.channel_resolver import ResolvedChannel, Source
from envtool.domain.policy.records import SignatureMode, Signing
from envtool.errors import UsageError
from envtool.ports_auditing import SignatureQuestion
from tests.channel.faults import Status
from tests.channel.server import ChannelServer
from tests.signing import IDENTITY, ISSUER, Claim, LocalSigstore, sidecar, text64

NAME = "app-1.0-0.conda"
SHA256 = hashlib.sha256(b"the archive").hexdigest()
ANYBODY = Signing(SignatureMode.WARN)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def sigstore() -> LocalSigstore:
    return LocalSigstore()


class Shelf:
    """A channel in a folder with one archive, and what lies beside it."""

    def __init__(self, folder: Path, sigstore: LocalSigstore) -> None:
        self.folder = folder
        (folder / "channel/noarch").mkdir(parents=True)
        self.url = (folder / "channel").as_uri()
        self.sigstore = sigstore
        self.root = sigstore.trusted_root()

    def claim(self, **changes: str) -> Claim:
        return Claim(NAME, SHA256, self.url)._replace(**changes)

    def put(self, content: bytes) -> str:
        """Lays a file of signatures beside the archive; its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        (self.folder / f"channel/noarch/{NAME}.sigs.{digest}").write_bytes(content)
        return digest

    def ask(self, said: str, signing: Signing = ANYBODY, **more: Any) -> Signature:
        """What comes of a package whose record names the file of signatures `said`."""
        url = more.get("url", self.url)
        sha256 = more.get("sha256", SHA256)
        known = PackageRecord(
            name="app",
            version="1.0",
            build=BuildString("0"),
            build_number=0,
            subdir="noarch",
            sha256=bytes.fromhex(sha256) or None,
            attestations_sha256=bytes.fromhex(said) or None,
        )
        name = more.get("name", NAME)
        record = record_of(RepoDataRecord(known, name, f"{url}/noarch/{name}", f"{url}/"))
        connection = Connection(retries=0, offline=more.get("offline", False))
        door = RattlerAttestations(connection, str(self.folder / "cache"))
        root = more.get("root", self.root)
        question = SignatureQuestion(record, signing)
        (answer,) = door.verify([question], more.get("channels", ()), root)
        assert (answer.name, answer.version, answer.signing) == ("app", "1.0", signing)
        return answer


@pytest.fixture
def shelf(tmp_path: Path, sigstore: LocalSigstore) -> Shelf:
    return Shelf(tmp_path, sigstore)


def test_a_good_signature_says_who_signed(shelf: Shelf) -> None:
    found = shelf.ask(shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim()))))
    assert found.state is SignatureState.VERIFIED
    assert (found.identity, found.issuer, found.reason) == (IDENTITY, ISSUER, "")
    assert found.channel == shelf.url


def test_one_good_signature_among_others_is_enough(shelf: Shelf) -> None:
    good, other = (shelf.sigstore.bundle(each) for each in (shelf.claim(), shelf.claim()))
    other["dsseEnvelope"]["payload"] = text64(b"{}")
    assert shelf.ask(shelf.put(sidecar(other, good))).state is SignatureState.VERIFIED


def _parts(bundle: Json) -> Json:
    entry: Json = bundle["verificationMaterial"]["tlogEntries"][0]
    return entry


def _flip(text: str) -> str:
    """The same base64 with one bit changed near its end, where signatures have their number."""
    content = bytearray(base64.b64decode(text))
    content[-3] ^= 1
    return text64(bytes(content))


def _payload(bundle: Json, other: Json) -> None:
    del other
    envelope = bundle["dsseEnvelope"]
    content = base64.b64decode(envelope["payload"]).replace(b"app-1.0", b"app-6.6")
    envelope["payload"] = text64(content)


def _signature(bundle: Json, other: Json) -> None:
    del other
    signature = bundle["dsseEnvelope"]["signatures"][0]
    signature["sig"] = _flip(signature["sig"])


def _certificate(bundle: Json, other: Json) -> None:
    material = bundle["verificationMaterial"]
    material["certificate"] = other["verificationMaterial"]["certificate"]


def _certificate_bytes(bundle: Json, other: Json) -> None:
    del other
    certificate = bundle["verificationMaterial"]["certificate"]
    certificate["rawBytes"] = _flip(certificate["rawBytes"])


def _entry_of_another(bundle: Json, other: Json) -> None:
    material = bundle["verificationMaterial"]
    material["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]


def _no_entry(bundle: Json, other: Json) -> None:
    del other
    bundle["verificationMaterial"]["tlogEntries"] = []


def _promise(bundle: Json, other: Json) -> None:
    del other
    promise = _parts(bundle)["inclusionPromise"]
    promise["signedEntryTimestamp"] = _flip(promise["signedEntryTimestamp"])


def _time(bundle: Json, other: Json) -> None:
    del other
    entry = _parts(bundle)
    entry["integratedTime"] = str(int(entry["integratedTime"]) + 60)


def _root_hash(bundle: Json, other: Json) -> None:
    del other
    proof = _parts(bundle)["inclusionProof"]
    proof["rootHash"] = _flip(proof["rootHash"])


def _checkpoint(bundle: Json, other: Json) -> None:
    proof = _parts(bundle)["inclusionProof"]
    proof["checkpoint"] = _parts(other)["inclusionProof"]["checkpoint"]


def _body(bundle: Json, other: Json) -> None:
    del other
    entry = _parts(bundle)
    body = json.loads(base64.b64decode(entry["canonicalizedBody"]))
    body["spec"]["payloadHash"]["value"] = "0" * 64
    entry["canonicalizedBody"] = text64(json.dumps(body).encode())


TAMPERED = [
    _payload,
    _signature,
    _certificate,
    _certificate_bytes,
    _entry_of_another,
    _no_entry,
    _promise,
    _time,
    _root_hash,
    _checkpoint,
    _body,
]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda each: each.__name__)
def test_a_tampered_bundle_is_invalid(shelf: Shelf, tamper: Callable[[Json, Json], None]) -> None:
    bundle, other = (shelf.sigstore.bundle(shelf.claim()) for _ in range(2))
    tamper(bundle, other)
    found = shelf.ask(shelf.put(sidecar(bundle)))
    assert found.state is SignatureState.INVALID
    assert found.reason
    assert "\n" not in found.reason
    assert not found.identity


# What is signed -> what the reason says.
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channel": "https://example.org/other"}, "targets channel https://example.org/other"),
        ({"sha256": "1" * 64}, "hash does not match any subject"),
        ({"file_name": "app-1.1-0.conda"}, 'subject is "app-1.1-0.conda"'),
    ],
)
def test_a_signature_is_of_one_file_in_one_channel(
    shelf: Shelf, changes: dict[str, str], words: str
) -> None:
    found = shelf.ask(shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim(**changes)))))
    assert found.state is SignatureState.INVALID
    assert words in found.reason


@pytest.mark.parametrize(
    ("publisher", "issuer", "state"),
    [
        ("https://github.com/example/*", ISSUER, SignatureState.VERIFIED),
        (IDENTITY, None, SignatureState.VERIFIED),
        (None, ISSUER, SignatureState.VERIFIED),
        ("https://github.com/other/*", ISSUER, SignatureState.UNTRUSTED),
        ("https://github.com/exam", ISSUER, SignatureState.UNTRUSTED),
        ("https://github.com/example/*", "https://gitlab.com", SignatureState.UNTRUSTED),
    ],
)
def test_who_signs_has_to_be_trusted(
    shelf: Shelf, publisher: str | None, issuer: str | None, state: SignatureState
) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim())))
    found = shelf.ask(said, Signing(SignatureMode.REQUIRE, publisher, issuer))
    assert found.state is state
    if state is SignatureState.UNTRUSTED:
        assert found.reason.startswith(f"valid signature by {IDENTITY}")


def test_another_trust_root_knows_none_of_it(shelf: Shelf) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim())))
    other = LocalSigstore().trusted_root()
    assert shelf.ask(said, root=other).state is SignatureState.INVALID
    assert shelf.ask(said, root=None).state is SignatureState.INVALID
    assert shelf.ask(said).state is SignatureState.VERIFIED


def test_a_certificate_that_had_run_out_does_not_count(shelf: Shelf) -> None:
    late = LocalSigstore(
        authority=shelf.sigstore.authority,
        certificate_log=shelf.sigstore.certificate_log,
        signature_log=shelf.sigstore.signature_log,
        now=shelf.sigstore.now - timedelta(days=30),
    )
    said = shelf.put(sidecar(late.bundle(shelf.claim())))
    assert shelf.ask(said).state is SignatureState.INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"predicate": {}},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"subject": []},
    ],
)
def test_a_statement_of_another_kind_says_nothing(shelf: Shelf, changes: Json) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim(), **changes)))
    assert shelf.ask(said).state is SignatureState.INVALID


@pytest.mark.parametrize("content", [b"[]", b"{}", b"nonsense", b"\xff", b""])
def test_what_is_no_list_of_signatures_is_invalid(shelf: Shelf, content: bytes) -> None:
    assert shelf.ask(shelf.put(content)).state is SignatureState.INVALID


def test_a_changed_list_is_not_the_one_of_the_record(shelf: Shelf) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim())))
    path = shelf.folder / f"channel/noarch/{NAME}.sigs.{said}"
    path.write_bytes(sidecar(shelf.sigstore.bundle(shelf.claim())))
    found = shelf.ask(said)
    assert found.state is SignatureState.INVALID
    assert "does not match the advertised hash" in found.reason


def test_without_a_word_of_the_channel_it_is_missing(shelf: Shelf) -> None:
    found = shelf.ask("")
    assert found.state is SignatureState.MISSING
    assert found.reason == f"no attestations are advertised for {NAME}"


def test_a_record_without_a_hash_can_not_be_signed(shelf: Shelf) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim())))
    assert shelf.ask(said, sha256="").state is SignatureState.INVALID


def test_a_list_that_is_gone_could_not_be_retrieved(shelf: Shelf) -> None:
    found = shelf.ask("0" * 64)
    assert found.state is SignatureState.RETRIEVAL_FAILED
    assert "failed to read local attestation sidecar" in found.reason


@pytest.fixture
def server(shelf: Shelf) -> Any:
    with ChannelServer(str(shelf.folder / "channel")) as server:
        yield server


def test_a_server_gives_it_or_says_why_not(shelf: Shelf, server: ChannelServer) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim(channel=server.url))))
    server.fail("noarch/*", Status(code=503))
    found = shelf.ask(said, url=server.url)
    assert found.state is SignatureState.RETRIEVAL_FAILED
    assert "returned HTTP 503" in found.reason
    server.heal()
    assert shelf.ask(said, url=server.url).state is SignatureState.VERIFIED
    assert shelf.ask("0" * 64, url=server.url).state is SignatureState.RETRIEVAL_FAILED


def test_what_was_verified_once_needs_no_network(shelf: Shelf, server: ChannelServer) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim(channel=server.url))))
    before = shelf.ask(said, url=server.url, offline=True)
    assert before.state is SignatureState.RETRIEVAL_FAILED
    assert before.reason == "it was not fetched before, and this is offline"
    online = shelf.ask(said, url=server.url)
    requests = len(server.log)
    assert shelf.ask(said, url=server.url, offline=True) == online
    assert len(server.log) == requests
    # Another policy, root or hash is another question.
    trusted = Signing(SignatureMode.WARN, "https://github.com/other/*")
    for more in ({"signing": trusted}, {"root": None}, {"sha256": "1" * 64}):
        assert shelf.ask(said, url=server.url, offline=True, **more).state is not online.state


@pytest.mark.parametrize("text", ["", "[]", '{"identity": "x"}', "\0"])
def test_a_damaged_memory_is_none(shelf: Shelf, text: str) -> None:
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim())))
    first = shelf.ask(said)
    (note,) = (shelf.folder / "cache/signatures").iterdir()
    note.write_text(text)
    assert shelf.ask(said) == first


def test_a_folder_that_mirrors_the_channel_has_its_signatures(shelf: Shelf) -> None:
    url = "https://example.org/channel"
    said = shelf.put(sidecar(shelf.sigstore.bundle(shelf.claim(channel=url))))
    channel = ResolvedChannel(
        name="channel",
        variables=(),
        url=url,
        label=None,
        subdirs=(),
        sources=(Source("https://example.org/elsewhere", None), Source(shelf.url, None)),
        origin="x",
    )
    other = ResolvedChannel(
        name="o", variables=(), url=f"{url}2", label=None, subdirs=(), sources=(), origin="x"
    )
    found = shelf.ask(said, url=url, channels=(other, channel), offline=True)
    assert found.state is SignatureState.VERIFIED
    gone = shelf.ask("0" * 64, url=url, channels=(channel,), offline=True)
    assert gone.state is SignatureState.RETRIEVAL_FAILED


@pytest.mark.parametrize("root", ["", "{}", "no"])
def test_what_is_no_trust_root_is_said(shelf: Shelf, root: str) -> None:
    with pytest.raises(UsageError, match=r"`signatures.trust-root` is no trust root"):
        shelf.ask("", root=root)
