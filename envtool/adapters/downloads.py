"""Fetches files over HTTP and from disks: the door to requests.

Certificates, proxies, time limits and retries are conda's settings, as for channels; credentials
go to the server that they are stored for, and into no message: texts of requests hold whole URLs.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from math import inf
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests
import urllib3

from envtool.adapters.index_credentials import basic_of, without_basic
from envtool.adapters.rattler_network import Network
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.web_messages import PLAIN, Address, Answer, Request
from envtool.adapters.web_session import Authorize, opened
from envtool.domain.credentials import CredentialKind, expand, joined, variables_in
from envtool.domain.secrets import mask
from envtool.errors import EnvtoolError, UnavailableError, UsageError
from envtool.ports import Credentials

_PIECE = 1 << 18
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
_NOT_ADMITTED = frozenset({401, 403, 407})
_LONGEST_PAUSE = 30.0
# Where there is no network, a person waits for every try.
_NOBODY = 1
# A time limit of nothing is none, for sockets.
_SHORTEST = 0.001
_OK = 200

T = TypeVar("T")
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


class _PassingError(Exception):
    """A request failed and may not fail again.

    Attributes:
        reason: why.
        pause: after so many seconds, if the server says so.
        most: so many more tries are worth it.
    """

    def __init__(self, reason: str, pause: float | None = None, most: float = inf) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause
        self.most = most


class Downloads:
    """Fetches files, from several threads at once if need be."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self.network = web.network

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
        return self.ask(address, lambda answer: take(answer.pieces))

    def ask(self, address: Address, take: Callable[[Answer], T], request: Request = PLAIN) -> T:
        """What `take` makes of the answer; it is called anew at a retry.

        Raises `UnavailableError` when there is no whole answer in time, and what `take` raises.
        """
        if address.is_local:
            return take(Answer(_OK, {}, _local(address)))
        self._check(address)
        time_left = request.left or TimeLeft()
        tried, pause = 0, self._web.pause
        while True:
            try:
                return self._once(address, take, request, time_left)
            except _PassingError as error:
                wait = error.pause or pause
                is_last = tried >= min(self._web.retries, error.most)
                if is_last or wait > _LONGEST_PAUSE or wait >= time_left.seconds():
                    raise _unavailable(address, error.reason, _AGAIN) from None
                time.sleep(wait)
                tried, pause = tried + 1, min(pause * 2, _LONGEST_PAUSE)

    def has(self, address: Address) -> bool:
        """Whether the file is there; true, too, where that can not be told."""
        if address.is_local:
            return os.path.isfile(_path(address))
        limits = (self._web.connect, self._web.read)
        try:
            self._check(address)
            with (
                _told(address, max(limits)),
                self._send(address, Request(method="HEAD"), limits) as response,
            ):
                return response.status_code not in _GONE
        except (_PassingError, EnvtoolError):
            return True

    def _once(
        self, address: Address, take: Callable[[Answer], T], request: Request, left: TimeLeft
    ) -> T:
        limit = max(left.seconds(), _SHORTEST)
        limits = (min(self._web.connect, limit), min(self._web.read, limit))
        with _told(address, max(limits)), self._send(address, request, limits) as response:
            if response.status_code not in {_OK, request.unchanged}:
                raise _refused(address, response)
            pieces = _pieces(address, response, request.limit, left)
            return take(Answer(response.status_code, response.headers, pieces))

    def _send(
        self, address: Address, request: Request, limits: tuple[float, float]
    ) -> requests.Response:
        url = address.url
        credential = address.credential
        if credential and credential.kind is CredentialKind.TOKEN:
            url, credential = joined(url, credential).reveal(), None
        return self._session.request(
            request.method,
            url,
            data=request.body,
            auth=Authorize(credential),
            # Bytes as they are: a second compression would only cost.
            headers={"Accept-Encoding": "identity", "User-Agent": "envtool", **request.headers},
            verify=self._verify,
            stream=True,
            allow_redirects=True,
            timeout=limits,
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
    def _session(self) -> requests.Session:
        return opened(self._web.network, self._web.credentials)


def _pieces(
    address: Address, response: requests.Response, limit: float, left: TimeLeft
) -> Iterator[bytes]:
    """The body, whole and in time, and of `limit` bytes at most.

    What came of it is read at once: a server that sends a byte now and then would otherwise
    keep us for longer than any limit on the time between two bytes.
    """
    size, promised = 0, response.headers.get("Content-Length", "")
    while piece := response.raw.read1(_PIECE):
        size += len(piece)
        if size > limit:
            raise _unavailable(address, f"it is larger than {limit / 1e6:,.0f} MB", ())
        yield piece
        if not left.seconds():
            raise _PassingError(f"no whole answer within {left.total:.0f} s")
    if promised.isdecimal() and response.status_code == _OK and size != int(promised):
        raise _PassingError(f"{size} of {promised} bytes came")


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
def _told(address: Address, seconds: float) -> Iterator[None]:
    """Turn the errors of requests into ours, without the texts of theirs."""
    try:
        yield
    except requests.exceptions.SSLError:
        raise _unavailable(address, "the certificate is not trusted", _TRUST) from None
    except requests.exceptions.ConnectTimeout:
        raise _PassingError(f"no connection within {seconds:.0f} s", most=_NOBODY) from None
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
        raise _PassingError(f"no answer within {seconds:.0f} s") from None
    except requests.exceptions.ProxyError:
        raise _PassingError("the proxy did not let it through") from None
    except (requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError) as error:
        if _is_unnamed(error):
            raise _PassingError("the name of the server is not known", most=_NOBODY) from None
        raise _PassingError("the connection failed") from None
    except requests.exceptions.TooManyRedirects:
        raise _unavailable(address, "it is sent on for ever", _LOCK) from None
    except requests.exceptions.RequestException:
        raise _unavailable(address, "the address, or a proxy, can not be used", _LOCK) from None


def _is_unnamed(error: Exception) -> bool:
    """Whether there is no address for the name of the server, as far as urllib3 tells."""
    causes = (getattr(each, "reason", None) for each in error.args)
    return any(isinstance(each, urllib3.exceptions.NameResolutionError) for each in causes)


def _refused(address: Address, response: requests.Response) -> Exception:
    status = response.status_code
    if status in _NOT_ADMITTED:
        message = f"`{address.shown}` does not admit you: status {status}"
        return UnavailableError(message, hints=_LOGIN)
    if status in _PASSING:
        pause = _seconds(response.headers.get("Retry-After", ""))
        later = f", and asks to wait {pause:.0f} s" if (pause or 0) > _LONGEST_PAUSE else ""
        return _PassingError(f"status {status}{later}", pause)
    return _unavailable(address, f"status {status}", _LOCK)


def _seconds(after: str) -> float | None:
    """The time that `Retry-After` asks for, as a number or a date (RFC 9110)."""
    if after.isdecimal():
        return float(after)
    try:
        return max(parsedate_to_datetime(after).timestamp() - time.time(), 0)
    except (ValueError, OverflowError):
        return None


def _unavailable(address: Address, reason: str, hints: tuple[str, ...]) -> UnavailableError:
    return UnavailableError(f"`{address.shown}` can not be fetched: {reason}", hints=hints)
