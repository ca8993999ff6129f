"""A Sigstore of the tests: signs packages as CEP 27 has it, without a network.

What Sigstore runs as services (Fulcio, a certificate transparency log, Rekor) is here one key
each. The formats are those of https://github.com/sigstore/protobuf-specs (bundles, trusted
roots), RFC 6962 (timestamps of certificates), https://github.com/secure-systems-lab/dsse
(envelopes) and CEP 27 (what a publisher of a conda package states).
"""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

IDENTITY = "https://github.com/example/recipes/.github/workflows/build.yml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://schemas.conda.org/attestations-publish-1.schema.json"
_PAYLOAD = "application/vnd.in-toto+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_ROOT = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
# Fulcio's extensions for the issuer: as bare text, and as DER.
_ISSUER = (ObjectIdentifier("1.3.6.1.4.1.57264.1.1"), ObjectIdentifier("1.3.6.1.4.1.57264.1.8"))
_TIMESTAMPS = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_REKOR = "rekor.envtool.test"
_SHA256 = ec.ECDSA(hashes.SHA256())
_UTF8_STRING, _OCTET_STRING = 0x0C, 0x04

Json = dict[str, Any]


class Claim(NamedTuple):
    """What somebody signs: that this archive is published in this channel."""

    file_name: str
    sha256: str
    channel: str
    identity: str = IDENTITY
    issuer: str = ISSUER


def text64(content: bytes) -> str:
    """Bytes as JSON of Sigstore has them."""
    return base64.b64encode(content).decode("ascii")


def sidecar(*bundles: Json) -> bytes:
    """What lies beside an archive as `<name>.sigs.<sha256>`."""
    return json.dumps(bundles).encode()


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    der = serialization.Encoding.DER
    return key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)


def _key_id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_public(key)).digest()


def _canonical(content: Json) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _der(tag: int, content: bytes) -> bytes:
    """One DER value; long lengths in as many bytes as they take."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _prefixed(content: bytes) -> bytes:
    """`content` behind its length in two bytes, as TLS has it."""
    return struct.pack(">H", len(content)) + content


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSigstore:
    """Who vouches for signatures: a certificate authority, and two logs."""

    authority: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    certificate_log: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    signature_log: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def trusted_root(self) -> str:
        """The text of a `trusted_root.json`."""
        der = self._root().public_bytes(serialization.Encoding.DER)
        authority = {
            "subject": {"organization": "envtool", "commonName": "root"},
            "uri": "https://fulcio.envtool.test",
            "certChain": {"certificates": [{"rawBytes": text64(der)}]},
            "validFor": self._valid(),
        }
        root = {
            "mediaType": _ROOT,
            "tlogs": [self._log(self.signature_log, f"https://{_REKOR}")],
            "certificateAuthorities": [authority],
            "ctlogs": [self._log(self.certificate_log, "https://ct.envtool.test")],
            "timestampAuthorities": [],
        }
        return json.dumps(root)

    def bundle(self, claim: Claim, **changes: Any) -> Json:
        """A signed `claim`; `changes` are what its statement says otherwise."""
        statement = {
            "_type": _STATEMENT,
            "subject": [{"name": claim.file_name, "digest": {"sha256": claim.sha256}}],
            "predicateType": _PREDICATE,
            "predicate": {"targetChannel": claim.channel},
            **changes,
        }
        key = _new_key()
        certificate = self._leaf(key, claim)
        payload = json.dumps(statement).encode()
        header = f"DSSEv1 {len(_PAYLOAD)} {_PAYLOAD} {len(payload)} ".encode()
        signature = key.sign(header + payload, _SHA256)
        envelope = {
            "payload": text64(payload),
            "payloadType": _PAYLOAD,
            "signatures": [{"sig": text64(signature)}],
        }
        der = certificate.public_bytes(serialization.Encoding.DER)
        return {
            "mediaType": _BUNDLE,
            "verificationMaterial": {
                "certificate": {"rawBytes": text64(der)},
                "tlogEntries": [self._entry(envelope, payload, signature, certificate)],
            },
            "dsseEnvelope": envelope,
        }

    def _valid(self) -> Json:
        return {"start": (self.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _log(self, key: ec.EllipticCurvePrivateKey, url: str) -> Json:
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": text64(_public(key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": self._valid(),
            },
            "logId": {"keyId": text64(_key_id(key))},
        }

    def _name(self) -> x509.Name:
        return x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "envtool"),
            x509.NameAttribute(NameOID.COMMON_NAME, "root"),
        ])  # fmt: skip

    def _root(self) -> x509.Certificate:
        public = self.authority.public_key()
        return (
            x509.CertificateBuilder(self._name(), self._name(), public, 1)
            .not_valid_before(self.now - timedelta(days=1))
            .not_valid_after(self.now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.authority, hashes.SHA256())
        )

    def _leaf(self, key: ec.EllipticCurvePrivateKey, claim: Claim) -> x509.Certificate:
        """The certificate of who signs, good for ten minutes; with the timestamp of the log."""
        public, above = key.public_key(), self.authority.public_key()
        issuer = claim.issuer.encode()
        builder = (
            x509.CertificateBuilder(self._name(), x509.Name([]), public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(minutes=1))
            .not_valid_after(self.now + timedelta(minutes=9))
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False
            )
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(claim.identity)]),
                critical=True,
            )
            .add_extension(x509.UnrecognizedExtension(_ISSUER[0], issuer), critical=False)
            .add_extension(
                x509.UnrecognizedExtension(_ISSUER[1], _der(_UTF8_STRING, issuer)), critical=False
            )
        )
        # The log signs the certificate without its own timestamp, which any will do for.
        bare = _stamped(builder, b"").sign(self.authority, hashes.SHA256())
        stamp = self._timestamp(bare.tbs_precertificate_bytes)
        return _stamped(builder, stamp).sign(self.authority, hashes.SHA256())

    def _timestamp(self, certificate: bytes) -> bytes:
        """A signed certificate timestamp (RFC 6962, 3.2) for a precertificate."""
        moment = int(self.now.timestamp() * 1000)
        precertificate = struct.pack(">H", 1)
        size = len(certificate).to_bytes(3, "big")
        signed = b"\0\0" + struct.pack(">Q", moment) + precertificate + _key_id(self.authority)
        signed += size + certificate + struct.pack(">H", 0)
        signature = self.certificate_log.sign(signed, _SHA256)
        sha256_ecdsa = b"\x04\x03"
        head = b"\0" + _key_id(self.certificate_log) + struct.pack(">QH", moment, 0)
        return head + sha256_ecdsa + _prefixed(signature)

    def _entry(
        self, envelope: Json, payload: bytes, signature: bytes, certificate: x509.Certificate
    ) -> Json:
        """The entry of the log of signatures, which has no other one."""
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        body = _canonical({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": _hash(_canonical(envelope)),
                "payloadHash": _hash(payload),
                "signatures": [{"signature": text64(signature), "verifier": text64(pem)}],
            },
        })  # fmt: skip
        log = _key_id(self.signature_log)
        moment = int(self.now.timestamp())
        promised = {
            "body": text64(body),
            "integratedTime": moment,
            "logID": log.hex(),
            "logIndex": 0,
        }
        root = hashlib.sha256(b"\0" + body).digest()
        return {
            "logIndex": "0",
            "logId": {"keyId": text64(log)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(moment),
            "inclusionPromise": {
                "signedEntryTimestamp": text64(
                    self.signature_log.sign(_canonical(promised), _SHA256)
                )
            },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": text64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": self._checkpoint(root)},
            },
            "canonicalizedBody": text64(body),
        }

    def _checkpoint(self, root: bytes) -> str:
        """A signed note: the log has one entry, and this is its hash."""
        note = f"{_REKOR} - 1\n1\n{text64(root)}\n"
        signature = self.signature_log.sign(note.encode(), _SHA256)
        hint = _key_id(self.signature_log)[:4]
        return f"{note}\n\N{EM DASH} {_REKOR} {text64(hint + signature)}\n"


def _stamped(builder: x509.CertificateBuilder, stamp: bytes) -> x509.CertificateBuilder:
    listed = _der(_OCTET_STRING, _prefixed(_prefixed(stamp)))
    extension = x509.UnrecognizedExtension(_TIMESTAMPS, listed)
    return builder.add_extension(extension, critical=False)


def _hash(content: bytes) -> Json:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
