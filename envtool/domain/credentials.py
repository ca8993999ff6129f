"""Credentials, apart from the URLs they belong to, and never shown by accident.

Where they stand in a URL: conda's `split_scheme_auth_token` (conda/common/url.py). Kinds: those
of rattler's `Authentication` (rattler_networking) that a URL or a header can carry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote, unquote

from envtool.domain.secrets import MASK

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
# A host ends where every reader of URLs sees its end; some take a backslash for a slash.
_AUTHORITY = re.compile(r"[^/?#\\]*")
_TOKEN = re.compile(r"/t/([^/]+)(?=/|$)")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})", re.ASCII)


class Secret:
    """A text that shows itself as `***`: in messages, formats, tracebacks and data classes."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the request that needs it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __deepcopy__(self, _memo: object) -> "Secret":
        return self

    def __reduce__(self) -> str:
        raise TypeError("a secret is neither written to disk nor sent to another process")


class CredentialKind(StrEnum):
    """How a credential travels: in the path, or in the header `Authorization`."""

    TOKEN = "conda token"  # noqa: S105
    BASIC = "user and password"
    BEARER = "bearer token"


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a channel.

    Attributes:
        kind: how it travels.
        secret: token or password.
        user: whose password it is; may be empty.
        at: the path that a token stands behind, as in `https://host/conda/t/TOKEN/channel`.
    """

    kind: CredentialKind
    secret: Secret
    user: Secret | None = None
    at: str = ""


class SplitUrl(NamedTuple):
    """A URL without credentials, a slash at the end, query and fragment; and what it held."""

    url: str
    credential: Credential | None


def has_scheme(text: str) -> bool:
    """Whether `text` is a URL and no name or path."""
    return _SCHEME.match(text) is not None


def split_url(text: str) -> SplitUrl:
    """Take the credential out of the URL `text`; scheme and host become lower case."""
    scheme, _, rest = text.partition("://")
    authority, path = _authority(rest)
    userinfo, _, host = authority.rpartition("@")
    token = _token(scheme, path)
    if token:
        path = path[: token.start()] + path[token.end() :]
    url = f"{scheme.lower()}://{host.lower()}{path.rstrip('/')}"
    if token:
        at = path[: token.start()]
        return SplitUrl(url, Credential(CredentialKind.TOKEN, Secret(token[1]), at=at))
    return SplitUrl(url, _basic(userinfo) if userinfo else None)


def _authority(rest: str) -> tuple[str, str]:
    found = _AUTHORITY.match(rest)
    end = found.end() if found else 0
    return rest[:end], rest[end:]


def _token(scheme: str, path: str) -> re.Match[str] | None:
    """Where a token stands; in a file's path `/t/` is a folder."""
    return None if scheme.lower() == "file" else _TOKEN.search(path)


def url_root(url: str) -> str:
    """Scheme and host of `url`."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{_authority(rest)[0]}"


def _basic(userinfo: str) -> Credential:
    user, _, password = userinfo.partition(":")
    return Credential(CredentialKind.BASIC, Secret(unquote(password)), Secret(unquote(user)))


def joined(url: str, credential: Credential | None) -> Secret:
    """`url` with the credential in it; one that travels in a header only leaves it as it is."""
    scheme, _, rest = url.partition("://")
    if credential is None or credential.kind is CredentialKind.BEARER:
        return Secret(url)
    if credential.kind is CredentialKind.TOKEN:
        host, path = _authority(rest)
        at = credential.at if f"{path}/".startswith(f"{credential.at}/") else ""
        return Secret(f"{scheme}://{host}{at}/t/{credential.secret.reveal()}{path[len(at) :]}")
    user = quote(credential.user.reveal() if credential.user else "", safe="")
    return Secret(f"{scheme}://{user}:{quote(credential.secret.reveal(), safe='')}@{rest}")


def authorization(credential: Credential) -> str:
    """The value of the header `Authorization`, for one that is no token in the path."""
    import base64

    if credential.kind is CredentialKind.BEARER:
        return f"Bearer {credential.secret.reveal()}"
    user = credential.user.reveal() if credential.user else ""
    pair = f"{user}:{credential.secret.reveal()}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def public_url(text: str) -> str:
    """The URL `text` as it may be published: credentials stay where they are all variables."""
    scheme, _, rest = text.partition("://")
    authority, path = _authority(rest)
    userinfo, _, host = authority.rpartition("@")
    kept = f"{_braced(userinfo)}@" if userinfo and _only_variables(userinfo) else ""
    token = _token(scheme, path)
    if token and not _only_variables(token[1]):
        path = path[: token.start()] + path[token.end() :]
    return f"{scheme}://{kept}{_braced(host + path)}"


def _only_variables(text: str) -> bool:
    return all(_VARIABLE.fullmatch(part) for part in text.split(":"))


def _braced(text: str) -> str:
    return _VARIABLE.sub(lambda found: f"${{{found[1] or found[2]}}}", text)


def variables_in(text: str) -> tuple[str, ...]:
    """The names of the environment variables that `text` refers to, sorted."""
    return tuple(sorted({found[1] or found[2] for found in _VARIABLE.finditer(text)}))


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with `$NAME` and `${NAME}` replaced; what is not set stays, as conda has it."""
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), text)
