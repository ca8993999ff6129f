"""How rattler talks to the servers of channels: credentials, mirrors, retries, time limits."""

import base64
from dataclasses import dataclass
from urllib.parse import urlsplit

from rattler import Gateway, SourceConfig
from rattler.networking import (
    AddHeadersMiddleware,
    AuthenticationMiddleware,
    Client,
    MirrorMiddleware,
    RetryMiddleware,
)

from envtool.domain.channel_resolver import ResolvedChannel, Source
from envtool.domain.credentials import Credential, CredentialKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What all requests have in common.

    Attributes:
        retries: of a request that fails for a passing reason, with growing pauses.
        seconds: the longest time that one request may take.
        offline: read what was fetched before, and nothing else.
    """

    retries: int = 3
    seconds: int = 300
    offline: bool = False

    def gateway(self, channels: tuple[ResolvedChannel, ...]) -> Gateway:
        """What reads `channels`."""
        config = SourceConfig(cache_action="force-cache-only" if self.offline else "cache-or-fetch")
        return Gateway(
            default_config=config,
            client=self._client(channels),
        )

    def _client(self, channels: tuple[ResolvedChannel, ...]) -> Client:
        sources = [each for channel in channels for each in channel.sources]
        headers = {
            _prefix(each.url): _header(each.credential)
            for each in sources
            if each.credential and each.credential.kind is not CredentialKind.TOKEN
        }

        def authorize(host: str, path: str) -> dict[str, str] | None:
            for (known, start), header in headers.items():
                if host == known and path.startswith(start):
                    return {"Authorization": header}
            return None

        return Client(
            [
                RetryMiddleware(self.retries),
                MirrorMiddleware(_mirrors(channels)),
                AddHeadersMiddleware(authorize),
                AuthenticationMiddleware(),
            ],
            user_agent="envtool",
            timeout=self.seconds,
        )


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


def _header(credential: Credential) -> str:
    if credential.kind is CredentialKind.BEARER:
        return f"Bearer {credential.secret.reveal()}"
    user = credential.user.reveal() if credential.user else ""
    pair = f"{user}:{credential.secret.reveal()}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"
