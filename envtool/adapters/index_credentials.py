"""Credentials of the indexes of pip packages, as `UV_*` variables have them.

Sources: `UV_DEFAULT_INDEX`, `UV_INDEX` and the older `UV_INDEX_URL`, `UV_EXTRA_INDEX_URL`, with
`UV_INDEX_<NAME>_USERNAME` and `_PASSWORD` for those that have a name (docs.astral.sh/uv).
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from envtool.domain.credentials import Credential, CredentialKind, Secret
from envtool.ports import Credentials

_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
_NAMED = re.compile(r"([A-Za-z0-9._-]+)=(?=[a-z]+://)")


class IndexCredentials:
    """The port `Credentials`: those of indexes, for all that their server has; then `stored`."""

    def __init__(self, variables: Mapping[str, str], stored: Credentials) -> None:
        self._variables = variables
        self._stored = stored

    def find(self, url: str) -> Credential | None:
        """See `ports.Credentials.find`."""
        of_indexes = dict(self._known())
        return of_indexes.get(_server(url)) or self._stored.find(url)

    def _known(self) -> Iterator[tuple[str, Credential]]:
        for variable in _VARIABLES:
            for text in self._variables.get(variable, "").split():
                named = _NAMED.match(text)
                url = text[named.end() :] if named else text
                found = basic_of(url) or (self._of(named[1]) if named else None)
                if found:
                    yield _server(url), found

    def _of(self, name: str) -> Credential | None:
        start = f"UV_INDEX_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"
        password = self._variables.get(f"{start}_PASSWORD", "")
        user = self._variables.get(f"{start}_USERNAME", "")
        if not (user or password):
            return None
        return Credential(CredentialKind.BASIC, Secret(password), Secret(user))


def basic_of(url: str) -> Credential | None:
    """The user and password that stand in `url`."""
    userinfo, found, _ = urlsplit(url).netloc.rpartition("@")
    if not found:
        return None
    user, _, password = userinfo.partition(":")
    return Credential(CredentialKind.BASIC, Secret(unquote(password)), Secret(unquote(user)))


def without_basic(url: str) -> str:
    """`url` without user and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _server(url: str) -> str:
    """Scheme, host and port of `url`."""
    parts = urlsplit(without_basic(url))
    return f"{parts.scheme}://{parts.netloc.lower()}"
