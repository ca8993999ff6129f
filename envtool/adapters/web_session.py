"""The session of requests that all servers are asked in."""

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from envtool.adapters.rattler_network import Network
from envtool.domain.credentials import Credential, CredentialKind, authorization
from envtool.ports import Credentials

_TRUSTSTORE = "truststore"


def opened(network: Network, credentials: Credentials) -> requests.Session:
    """A session with the proxies and certificates of `network`."""
    settings = network.settings
    session = _Session(network, credentials)
    # Those of the environment go first, says requests.
    session.proxies = {key: each.value for key, each in settings.proxy_servers.items()}
    certificate, key = settings.client_ssl_cert.value, settings.client_ssl_cert_key.value
    session.cert = (certificate, key) if certificate and key else certificate
    if settings.ssl_verify.value == _TRUSTSTORE:
        session.mount("https://", _SystemAdapter())
    if network.unchecked:
        import urllib3

        # It is said once, by whoever reads the settings.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return session


class Authorize:
    """Puts a credential into a request; that there is one keeps requests from reading netrc."""

    def __init__(self, credential: Credential | None) -> None:
        self._credential = credential

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """See `requests.auth.AuthBase`."""
        if self._credential:
            request.headers["Authorization"] = authorization(self._credential)
        return request


class _Session(requests.Session):
    """One that gives a server that it is sent to what is stored for that server."""

    def __init__(self, network: Network, credentials: Credentials) -> None:
        super().__init__()
        self._network = network
        self._credentials = credentials

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        old, url = str(response.request.url), str(prepared_request.url)
        if self.should_strip_auth(old, url):
            prepared_request.headers.pop("Authorization", None)
            found = None if self._network.unchecked else self._credentials.find(url)
            if found and found.kind is not CredentialKind.TOKEN:
                prepared_request.headers["Authorization"] = authorization(found)


class _SystemAdapter(HTTPAdapter):
    """Trusts what the system trusts."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        """See `HTTPAdapter`."""
        options["ssl_context"] = ssl.create_default_context()
        super().init_poolmanager(*arguments, **options)
