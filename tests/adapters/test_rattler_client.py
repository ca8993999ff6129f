"""Which requests carry which credentials."""

import pytest

from envtool.adapters.rattler_client import authorizer
from envtool.domain.channel_resolver import Source
from envtool.domain.credentials import Credential, CredentialKind, Secret

BASIC = Credential(CredentialKind.BASIC, Secret("pass"), Secret("user"))
NAMELESS = Credential(CredentialKind.BASIC, Secret("pass"))
BEARER = Credential(CredentialKind.BEARER, Secret("token"))
TOKEN = Credential(CredentialKind.TOKEN, Secret("token"))
SOURCES = (
    Source("https://a.org/private", BASIC),
    Source("https://a.org/other", BEARER),
    Source("https://a.org/open", None),
    Source("https://b.org", NAMELESS),
    Source("https://c.org/x", TOKEN),
)


@pytest.mark.parametrize(
    ("host", "path", "header"),
    [
        ("a.org", "/private/noarch/repodata.json", "Basic dXNlcjpwYXNz"),
        ("a.org", "/other/noarch/repodata.json", "Bearer token"),
        ("a.org", "/open/noarch/repodata.json", None),
        ("a.org", "/private-too/noarch/repodata.json", None),
        ("a.org", "/", None),
        ("b.org", "/noarch/repodata.json", "Basic OnBhc3M="),
        ("c.org", "/x/noarch/repodata.json", None),
        ("a.org.evil.org", "/private/noarch/repodata.json", None),
    ],
)
def test_a_credential_goes_below_its_channel_only(host: str, path: str, header: str | None) -> None:
    assert authorizer(SOURCES)(host, path) == (header and {"Authorization": header})
