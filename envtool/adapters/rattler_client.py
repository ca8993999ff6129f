"""How rattler talks to the servers of channels: credentials, mirrors, retries, time limits."""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from rattler import Config, Gateway, SourceConfig
from rattler.networking import (
    AddHeadersMiddleware,
    AuthenticationMiddleware,
    Client,
    MirrorMiddleware,
    RetryMiddleware,
)
from rattler.networking.fetch_repo_data import CacheAction

from envtool.adapters.rattler_network import Network, environment
from envtool.domain.channel_resolver import ResolvedChannel, Source
from envtool.domain.credentials import CredentialKind, authorization
from envtool.errors import UsageError

_AGENT = "envtool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What all requests have in common.

    Attributes:
        network: certificates and proxies; those of the environment when it is None.
        retries: of a request that fails for a passing reason, with growing pauses.
        seconds: the longest time that one request may take.
        limit: the longest time for an answer to all that is asked, in seconds.
        offline: read what was fetched before, and nothing else.
        cached: read what was fetched before where servers say that it still holds.
    """

    network: Network | None = None
    retries: int = 3
    seconds: int = 300
    limit: float = 600
    offline: bool = False
    cached: bool = True

    def gateway(self, channels: tuple[ResolvedChannel, ...]) -> Gateway:
        """What reads `channels`.

        Raises `UsageError` for what rattler can not do, `UnreadableError` when certificates are
        missing.
        """
        action: CacheAction = "cache-or-fetch" if self.cached else "no-cache"
        config = SourceConfig(cache_action="force-cache-only" if self.offline else action)
        return Gateway(default_config=config, client=self.client(channels))

    def client(self, channels: tuple[ResolvedChannel, ...]) -> Client:
        """What fetches archives of `channels`; raises as `gateway`."""
        sources = tuple(each for one in channels for each in one.sources if not each.is_local)
        # One for each mirror, or those behind the first would never be tried.
        retries = max([self.retries, *(len(each.sources) - 1 for each in channels)])
        network = self.network
        urls = tuple(each.url for each in sources)
        with environment(network.environment(urls) if network else {}):
            if network and network.unchecked and any(url.startswith("https:") for url in urls):
                _check_secrets(sources, network.unchecked)
                return self._trusting(channels, retries)
            return Client(
                [
                    RetryMiddleware(retries),
                    MirrorMiddleware(_mirrors(channels)),
                    AddHeadersMiddleware(authorizer(sources)),
                    *_stores(sources),
                ],
                user_agent=_AGENT,
                timeout=self.seconds,
            )

    def _trusting(self, channels: tuple[ResolvedChannel, ...], retries: int) -> Client:
        """A client that does not look at certificates, and gives no credentials away."""
        mirrors = _mirrors(channels).items()
        with tempfile.TemporaryDirectory(prefix="envtool-") as folder:
            # Instead of all stores of rattler, one that is not there.
            store = _toml(os.path.join(folder, "none.json"))
            lines = ["tls-no-verify = true", f"authentication-override-file = {store}"]
            lines += ["[mirrors]", *(f"{_toml(url)} = {_toml(urls)}" for url, urls in mirrors)]
            config = Config.from_toml("\n".join(lines))
            return Client.from_config(config, retries, user_agent=_AGENT, timeout=self.seconds)


def _check_secrets(sources: tuple[Source, ...], origin: str) -> None:
    """Raises `UsageError` when there are credentials for one of `sources`."""
    secret = next((each.url for each in sources if each.credential), None)
    if secret is not None:
        raise UsageError(
            f"{origin}: credentials for `{secret}` are not sent to a server whose certificate is"
            " not checked",
            hints=("name the certificates to trust: `ssl_verify: /path/of/ca.pem`",),
        )


def _toml(value: str | list[str]) -> str:
    """Texts as TOML, which writes them like JSON."""
    return json.dumps(value)


def authorizer(sources: tuple[Source, ...]) -> Callable[[str, str], dict[str, str] | None]:
    """What finds the header for a host and a path; None but below a source that wants one."""
    headers = {
        _prefix(each.url): authorization(each.credential)
        for each in sources
        if each.credential and each.credential.kind is not CredentialKind.TOKEN
    }

    def authorize(host: str, path: str) -> dict[str, str] | None:
        for (known, start), header in headers.items():
            if host == known and path.startswith(start):
                return {"Authorization": header}
        return None

    return authorize


def _stores(sources: tuple[Source, ...]) -> list[AuthenticationMiddleware]:
    """The stores of rattler (keyring, OAuth), which would put a second token before one of ours."""
    kinds = {each.credential.kind for each in sources if each.credential}
    return [] if CredentialKind.TOKEN in kinds else [AuthenticationMiddleware()]


def _mirrors(channels: tuple[ResolvedChannel, ...]) -> dict[str, list[str]]:
    """Where to ask for a channel instead; rattler wants a slash at the end of both."""
    found = {}
    for channel in channels:
        urls = [_with_token(each) for each in channel.sources if not each.is_local]
        if urls and urls != [channel.url]:
            found[f"{channel.url}/"] = [f"{url}/" for url in urls]
    return found


def _with_token(source: Source) -> str:
    credential = source.credential
    if credential is not None and credential.kind is CredentialKind.TOKEN:
        return source.with_credential.reveal()
    return source.url


def _prefix(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "", f"{parts.path}/")
