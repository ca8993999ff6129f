"""The shapes of names and records in a policy."""

from envtool.domain.policy.collections import Field, Record
from envtool.domain.policy.licenses import LicenseText
from envtool.domain.policy.records import (
    Ban,
    SignatureMode,
    Signing,
    StatedLicense,
    Vendored,
    Waiver,
)
from envtool.domain.policy.shapes import Choice, Day, Text, VersionRange
from envtool.domain.policy.signatures import SigningRecord, TrustRootRecord

NAME = Text(r"[A-Za-z0-9_.*?\[\]-]+", "a package name or a pattern like `pytest*`")
PATTERN = Text(what="a file name or a pattern like `environment-*.yml`")
CHANNEL = Text(what="a channel name or URL")
ADVISORY = Text(r"[A-Za-z0-9][A-Za-z0-9_.:-]*", "an id like `CVE-2026-1234`")
URL = Text(r"(?:https?|file)://\S+", "a URL of `https`, `http` or `file`")
PRODUCT = Text(
    r"none|(?:PyPI|Bitnami|OpenSSL|curl)/[A-Za-z0-9_.-]+",
    "a product like `PyPI/requests`, `Bitnami/node`, `OpenSSL/openssl`, `curl/libcurl`, or `none`",
)
REASON = Field(Text(what="a sentence"), "why", required=True)

BAN = Record(
    Ban,
    {
        "package": Field(NAME, "the package, or a pattern", required=True),
        "versions": Field(VersionRange(), "only these versions; without it all of them"),
        "reason": REASON,
        "instead": Field(Text(what="a sentence"), "what to use instead"),
    },
)
WAIVER = Record(
    Waiver,
    {
        "rule": Field(Text(what="a rule id"), "the id of the rule", required=True),
        "package": Field(NAME, "only this package; a pattern is allowed"),
        "path": Field(PATTERN, "only files that match this pattern"),
        "advisory": Field(ADVISORY, "only this vulnerability, by any of its ids"),
        "reason": REASON,
        "owner": Field(Text(what="a name or address"), "who answers for it", required=True),
        "expires": Field(Day(), "the last day on which it counts", required=True),
    },
)
STATED_LICENSE = Record(
    StatedLicense,
    {
        "license": Field(LicenseText(), "an SPDX expression", required=True),
        "reason": REASON,
        "versions": Field(VersionRange(), "only these versions; without it all of them"),
    },
)
_VENDORED = {
    "path": Field(Text(what="a path"), "the file, relative to this one", required=True),
    "sha256": Field(
        Text(r"[0-9a-f]{64}", "64 hexadecimal digits"), "the hash of its bytes", required=True
    ),
}
EXTENDS = Record(Vendored, _VENDORED)
TRUST_ROOT = TrustRootRecord(Vendored, _VENDORED)
SIGNING = SigningRecord(
    Signing,
    {
        "mode": Field(
            Choice({word.value: word for word in SignatureMode}),
            "`require` refuses what is not signed so, `warn` says it, `off` does not look",
            required=True,
        ),
        "publisher": Field(
            Text(what="an identity, or a pattern like `https://github.com/OWNER/*`"),
            "who signs: the identity in the certificate, `*` for any text",
        ),
        "issuer": Field(
            Text(
                r"https?://[^\s/]+\S*", "a URL like `https://token.actions.githubusercontent.com`"
            ),
            "who vouches for that identity (OpenID Connect)",
        ),
    },
)
