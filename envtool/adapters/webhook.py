"""Tells a server of the user's what an audit found: one POST, JSON."""

import ipaddress
from urllib.parse import urlsplit

import requests

from envtool.adapters import web_session
from envtool.adapters.rattler_network import Network
from envtool.errors import UnavailableError, UsageError
from envtool.ports import Credentials

# To connect, and without a byte, in seconds.
_PATIENCE = (10, 30)
_AGAIN = "the report stands; send it again when the server can be reached"


class HttpWebhook:
    """The port `Webhook`; certificates and proxies are those of the user's settings."""

    def __init__(self, network: Network, credentials: Credentials) -> None:
        self._network = network
        self._credentials = credentials

    def check(self, url: str) -> None:
        """See `ports_auditing.Webhook`."""
        _checked(url)

    def post(self, url: str, body: str, token: str | None) -> None:
        """See `ports_auditing.Webhook`."""
        host = _checked(url)
        headers = {"Content-Type": "application/json", "User-Agent": "envtool"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        session = web_session.opened(self._network, self._credentials)
        try:
            # Texts of requests hold the whole URL, which may be a secret.
            answer = session.post(
                url,
                data=body.encode("utf-8"),
                headers=headers,
                auth=web_session.Authorize(None),
                verify=self._network.verify(),
                timeout=_PATIENCE,
                # Somewhere else, the address and the token are nobody's business.
                allow_redirects=False,
            )
        except requests.exceptions.Timeout:
            raise _failed(host, "did not answer in time") from None
        except requests.exceptions.SSLError:
            raise _failed(host, "has a certificate that is not trusted") from None
        except requests.exceptions.RequestException:
            raise _failed(host, "can not be reached") from None
        if not answer.ok or answer.is_redirect:
            raise _failed(host, f"answered with status {answer.status_code}")


def _checked(url: str) -> str:
    """The host of `url`; raises `UsageError` when nothing may be sent there."""
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme.lower()
        _ = parts.port
    except ValueError:
        host, scheme = "", ""
    if not host or scheme not in {"http", "https"}:
        hint = "name a URL of `https`, or a variable that holds one"
        raise UsageError("what `--webhook` names is no URL of the web", hints=(hint,))
    if scheme == "http" and not _is_here(host):
        raise UsageError(
            f"the webhook at `{host}` would be told in clear", hints=("name a URL of `https`",)
        )
    return host


def _is_here(host: str) -> bool:
    """Whether `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failed(host: str, why: str) -> UnavailableError:
    return UnavailableError(f"the webhook at `{host}` {why}", hints=(_AGAIN,))
