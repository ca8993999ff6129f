"""Credentials without a disk, for tests; held to the contract of the real ones."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from envtool.domain.credentials import Credential


class KnownCredentials:
    """The port `Credentials` on a mapping from hosts, and `*.` with a domain."""

    def __init__(self, hosts: Mapping[str, Credential]) -> None:
        self._hosts = hosts

    def find(self, url: str) -> Credential | None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "file":
            return None
        labels = host.split(".")
        wild = [f"*.{'.'.join(labels[index:])}" for index in range(len(labels))]
        return next((self._hosts[name] for name in (host, *wild) if name in self._hosts), None)
