"""Fetches files over HTTP and from disks: the door to requests.

Certificates, proxies, time limits and retries are conda's settings, as for channels; credentials
go to the server that they are stored for, and into no message: texts of requests hold whole URLs.
"""

import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests
from requests.adapters import HTTPAdapter

from envtool.adapters.index_credentials import basic_of, without_basic
from envtool.adapters.rattler_network import Network
from envtool.domain.credentials import (
    Credential,
    CredentialKind,
    authorization,
    expand,
    joined,
    variables_in,
)
from envtool.domain.secrets import mask
from envtool.errors import EnvtoolError, UnavailableError, UsageError
from envtool.ports import Credentials

_PIECE = 1 << 18
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
_NOT_ADMITTED = frozenset({401, 403, 407})
_LONGEST_PAUSE = 30.0
_TRUSTSTORE = "truststore"
_AGAIN = ("try again in a while",)
_LOGIN = ("store credentials for it in `~/.netrc`, or name them in `UV_DEFAULT_INDEX`",)
_LOCK = ("lock again: `envtool lock`",)
_TRUST = ("name the certificates to trust: `ssl_verify: /path/of/ca.pem` in your `.condarc`",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """How servers are asked.

    Attributes:
        network: certificates and proxies.
        credentials: what opens servers.
        retries: of a request that fails for a passing reason, with growing pauses.
        connect: the longest time to reach a server, in seconds.
        read: the longest time without a byte.
        pause: before the first retry.
    """

    network: Network
    credentials: Credentials
    retries: int = 3
    connect: float = 9.15
    read: float = 60
    pause: float = 0.5


class Address(NamedTuple):
    """Where a file is, without credentials, and what opens it; `shown` is for messages."""

    url: str
    credential: Credential | None
    shown: str

    @property
    def is_local(self) -> bool:
        """Whether no network is needed."""
        return self.url.lower().startswith("file:")


class _PassingError(Exception):
    """A request failed and may not fail again; after `pause` seconds, if the server says so."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


class Downloads:
    """Fetches files, from several threads at once if need be."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def address(self, url: str) -> Address:
        """What the URL of a lock stands for: variables filled in, the credential found.

        Raises `UsageError` when it is no address of a file, or a variable is not set.
        """
        variables = self._web.network.variables
        filled = expand(url, variables).partition("#")[0]
        bare = without_basic(filled)
        shown = mask(bare.partition("?")[0])
        if urlsplit(bare).scheme.lower() not in {"http", "https", "file"}:
            hint = "take it from an index or a channel"
            raise UsageError(f"`{shown}` is no address of a file", hints=(hint,))
        missing = [each for each in variables_in(url) if each not in variables]
        if missing:
            hint = f"export {missing[0]}=..."
            raise UsageError(f"`{shown}` needs the variable `{missing[0]}`", hints=(hint,))
        return Address(bare, basic_of(filled) or self._web.credentials.find(bare), shown)

    def fetch(self, address: Address, take: Callable[[Iterator[bytes]], int]) -> int:
        """What `take` makes of the bytes, which come in pieces; it is called anew at a retry.

        Raises `UnavailableError` when there is no whole answer, and what `take` raises.
        """
        if address.is_local:
            return take(_local(address))
        self._check(address)
        pause = self._web.pause
        for left in reversed(range(self._web.retries + 1)):
            try:
                return self._once(address, take)
            except _PassingError as error:
                if not left:
                    raise _unavailable(address, error.reason, _AGAIN) from None
                time.sleep(min(error.pause or pause, _LONGEST_PAUSE))
                pause *= 2
        raise AssertionError("the last try returns or raises")

    def has(self, address: Address) -> bool:
        """Whether the file is there; true, too, where that can not be told."""
        if address.is_local:
            return os.path.isfile(_path(address))
        try:
            self._check(address)
            with _told(address, self._web), self._get(address, "HEAD") as response:
                return response.status_code not in _GONE
        except (_PassingError, EnvtoolError):
            return True

    def _once(self, address: Address, take: Callable[[Iterator[bytes]], int]) -> int:
        with _told(address, self._web), self._get(address) as response:
            if response.status_code != requests.codes.ok:
                raise _refused(address, response)
            return take(response.iter_content(_PIECE))

    def _get(self, address: Address, method: str = "GET") -> requests.Response:
        web, url = self._web, address.url
        credential = address.credential
        if credential and credential.kind is CredentialKind.TOKEN:
            url, credential = joined(url, credential).reveal(), None
        return self._session.request(
            method,
            url,
            auth=_Authorize(credential),
            # Bytes as they are: a second compression would only cost.
            headers={"Accept-Encoding": "identity", "User-Agent": "envtool"},
            verify=self._verify,
            stream=True,
            allow_redirects=True,
            timeout=(web.connect, web.read),
        )

    def _check(self, address: Address) -> None:
        """Raises `UsageError` before a secret goes to a server that nobody checked."""
        origin = self._web.network.unchecked
        if origin and address.credential and address.url.lower().startswith("https:"):
            raise UsageError(
                f"{origin}: credentials for `{address.shown}` are not sent to a server whose"
                " certificate is not checked",
                hints=_TRUST,
            )

    @cached_property
    def _verify(self) -> bool | str:
        return self._web.network.verify()

    @cached_property
    def _session(self) -> "_Session":
        settings = self._web.network.settings
        session = _Session(self._web)
        # Those of the environment go first, says requests.
        session.proxies = {key: each.value for key, each in settings.proxy_servers.items()}
        certificate, key = settings.client_ssl_cert.value, settings.client_ssl_cert_key.value
        session.cert = (certificate, key) if certificate and key else certificate
        if settings.ssl_verify.value == _TRUSTSTORE:
            session.mount("https://", _SystemAdapter())
        if self._web.network.unchecked:
            import urllib3

            # It is said once, by whoever reads the settings.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return session


class _Authorize:
    """Puts a credential into a request; that there is one keeps requests from reading netrc."""

    def __init__(self, credential: Credential | None) -> None:
        self._credential = credential

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._credential:
            request.headers["Authorization"] = authorization(self._credential)
        return request


class _Session(requests.Session):
    """One that gives a server that it is sent to what is stored for that server."""

    def __init__(self, web: Web) -> None:
        super().__init__()
        self._web = web

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        old, url = str(response.request.url), str(prepared_request.url)
        if self.should_strip_auth(old, url):
            prepared_request.headers.pop("Authorization", None)
            found = None if self._web.network.unchecked else self._web.credentials.find(url)
            if found and found.kind is not CredentialKind.TOKEN:
                prepared_request.headers["Authorization"] = authorization(found)


class _SystemAdapter(HTTPAdapter):
    """Trusts what the system trusts."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        """See `HTTPAdapter`."""
        options["ssl_context"] = ssl.create_default_context()
        super().init_poolmanager(*arguments, **options)


def _local(address: Address) -> Iterator[bytes]:
    """The pieces of a file of this machine."""
    path = _path(address)
    if not os.path.isfile(path):
        raise _unavailable(address, "there is no such file", _LOCK)
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise _unavailable(address, error.strerror or "it can not be read", _LOCK) from error


def _path(address: Address) -> str:
    """Where a file of this machine is; empty for one of another machine that has no such paths."""
    parts = urlsplit(address.url)
    host = "" if parts.netloc.lower() == "localhost" else parts.netloc
    if host and os.name != "nt":
        return ""
    return url2pathname(f"//{host}{parts.path}" if host else parts.path)


@contextmanager
def _told(address: Address, web: Web) -> Iterator[None]:
    """Turn the errors of requests into ours, without the texts of theirs."""
    try:
        yield
    except requests.exceptions.SSLError:
        raise _unavailable(address, "the certificate is not trusted", _TRUST) from None
    except requests.exceptions.Timeout:
        reason = f"no answer within {max(web.connect, web.read):.0f} s"
        raise _PassingError(reason) from None
    except requests.exceptions.ProxyError:
        raise _PassingError("the proxy did not let it through") from None
    except (
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ):
        raise _PassingError("the connection failed") from None
    except requests.exceptions.TooManyRedirects:
        raise _unavailable(address, "it is sent on for ever", _LOCK) from None
    except requests.exceptions.RequestException:
        raise _unavailable(address, "the address, or a proxy, can not be used", _LOCK) from None


def _refused(address: Address, response: requests.Response) -> Exception:
    status = response.status_code
    if status in _NOT_ADMITTED:
        message = f"`{address.shown}` does not admit you: status {status}"
        return UnavailableError(message, hints=_LOGIN)
    if status in _PASSING:
        after = response.headers.get("Retry-After", "")
        return _PassingError(f"status {status}", float(after) if after.isdecimal() else None)
    return _unavailable(address, f"status {status}", _LOCK)


def _unavailable(address: Address, reason: str, hints: tuple[str, ...]) -> UnavailableError:
    return UnavailableError(f"`{address.shown}` can not be fetched: {reason}", hints=hints)
