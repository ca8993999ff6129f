"""Certificates and proxies, for rattler, which knows of them by environment variables alone.

conda's settings go before `SSL_CERT_FILE`, and that before the variables of requests; a proxy of
the environment goes before `proxy_servers`, as requests has it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from envtool.domain.condarc import Setting, Settings
from envtool.domain.credentials import has_scheme
from envtool.errors import UnreadableError, UsageError

_SYSTEM = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_TRUSTSTORE = "truststore"
_SCHEMES = ("http", "https", "all")


class Network(NamedTuple):
    """What the settings of conda and the environment say of the way to servers."""

    settings: Settings
    variables: Mapping[str, str]

    @property
    def unchecked(self) -> str | None:
        """Where it stands that the certificates of servers are not checked; None: they are."""
        verify = self.settings.ssl_verify
        return verify.origin if verify.value is False else None

    def environment(self, urls: tuple[str, ...]) -> dict[str, str | None]:
        """The variables that rattler's client has to be made with to ask `urls`; None: unset.

        Raises `UsageError` for what rattler can not do, `UnreadableError` when certificates are
        missing.
        """
        if not urls:
            return {}
        certificate = self.settings.client_ssl_cert
        if certificate.value and any(url.startswith("https:") for url in urls):
            raise UsageError(
                f"{certificate.origin}: rattler can not show a `client_ssl_cert`",
                hints=("use a mirror that wants none: `mirrored_channels` in your `.condarc`",),
            )
        return {**self._certificates(), **self._proxies(urls)}

    def verify(self) -> bool | str:
        """What requests takes as `verify`: the path of certificates, or whether to check them.

        Raises `UnreadableError` when certificates are missing.
        """
        if self.unchecked:
            return False
        named = self._certificates()
        system = (self.variables.get(name) for name in _SYSTEM)
        usual = next((path for path in system if path and os.path.exists(path)), None)
        return named.get("SSL_CERT_FILE") or named.get("SSL_CERT_DIR") or usual or True

    def _certificates(self) -> dict[str, str | None]:
        path = self._certificate_path()
        if path is None:
            return {}
        if os.path.isdir(path.value):
            return {"SSL_CERT_FILE": None, "SSL_CERT_DIR": path.value}
        if not os.path.isfile(path.value):
            raise UnreadableError(
                f"{path.origin}: the certificates `{path.value}` are missing",
                hints=("name a file of certificates (PEM) that is there",),
            )
        return {"SSL_CERT_FILE": path.value, "SSL_CERT_DIR": None}

    def _certificate_path(self) -> Setting[str] | None:
        """Where they are; None where rattler finds them by itself."""
        wanted = self.settings.ssl_verify
        if isinstance(wanted.value, str) and wanted.value != _TRUSTSTORE:
            return Setting(wanted.value, wanted.origin)
        if wanted.value is not True or any(self.variables.get(name) for name in _SYSTEM):
            return None
        found = ((name, self.variables.get(name)) for name in _REQUESTS)
        return next((Setting(path, name) for name, path in found if path), None)

    def _proxies(self, urls: tuple[str, ...]) -> dict[str, str | None]:
        hosts = {urlsplit(url).hostname for url in urls}
        proxies: dict[str, str | None] = {}
        for key, proxy in self.settings.proxy_servers.items():
            scheme, _, host = key.lower().partition("://")
            if host in hosts:
                raise _unusable(proxy, "a proxy for one host alone", "write it under `https:`")
            if host or scheme not in _SCHEMES:
                continue
            if has_scheme(proxy.value) and not proxy.value.lower().startswith("http"):
                raise _unusable(proxy, "a proxy that does not speak HTTP", "name one that does")
            name = f"{scheme}_proxy"
            if not (self.variables.get(name) or self.variables.get(name.upper())):
                proxies[name] = proxy.value
        return proxies


def _unusable(proxy: Setting[str], what: str, hint: str) -> UsageError:
    return UsageError(f"{proxy.origin}: rattler can not use {what}", hints=(hint,))


@contextmanager
def environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """The environment of this process with `changes`, for a while."""
    before = {name: os.environ.get(name) for name in changes}
    _put(changes)
    try:
        yield
    finally:
        _put(before)


def _put(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
