"""Credentials that the user stored for conda, rattler, curl or anaconda-client.

Formats: rattler's `FileStorage` (JSON, a host or `*.domain` to one of `Authentication`), netrc as
curl reads it, and the `.token` files of anaconda-client (conda/gateways/anaconda_client.py). The
order is rattler's, which asks the keyring, too; envtool leaves that, OAuth (whose tokens have to
be renewed) and S3 keys to rattler.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_plus, urlsplit

from envtool.adapters.user import User
from envtool.domain.credentials import Credential, CredentialKind, Secret, url_root
from envtool.errors import UnreadableError
from envtool.ports import FileKind, Files

_LIMIT = 1 << 20
_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')


class StoredCredentials:
    """The port `Credentials` on the files of a user; they are read when they are first needed."""

    def __init__(self, files: Files, user: User, *, anaconda_tokens: bool = True) -> None:
        self._files = files
        self._user = user
        self._anaconda_tokens = anaconda_tokens
        self._hosts: Mapping[str, Credential] | None = None
        self._prefixes: Mapping[str, Credential] = {}

    def find(self, url: str) -> Credential | None:
        """See `ports.Credentials.find`."""
        host = urlsplit(url).hostname
        if not host or url.startswith("file:"):
            return None
        if self._hosts is None:
            self._prefixes = dict(self._tokens()) if self._anaconda_tokens else {}
            self._hosts = {**self._netrc(), **self._default(), **self._named()}
        known = (self._hosts[name] for name in _names_of(host) if name in self._hosts)
        tokens = (self._prefixes[each] for each in self._prefixes if f"{url}/".startswith(each))
        return next(known, None) or next(tokens, None)

    def _named(self) -> dict[str, Credential]:
        path = self._user.variables.get("RATTLER_AUTH_FILE")
        return self._rattler(path) if path else {}

    def _default(self) -> dict[str, Credential]:
        return self._rattler(f"{self._user.home}/.rattler/credentials.json")

    def _rattler(self, path: str) -> dict[str, Credential]:
        text = self._text(path)
        if text is None:
            return {}
        try:
            data = json.loads(text)
        except ValueError as error:
            # Not chained: the error quotes what stands there.
            place = f"{path}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else path
            raise _malformed(place) from None
        if not isinstance(data, dict):
            raise _malformed(path)
        read = {host: _authentication(entry) for host, entry in data.items()}
        return {host.lower(): found for host, found in read.items() if found}

    def _netrc(self) -> dict[str, Credential]:
        named = self._user.variables.get("NETRC")
        names = ("_netrc", ".netrc") if self._user.is_windows else (".netrc",)
        paths = [named] if named else [f"{self._user.home}/{name}" for name in names]
        texts = (self._text(path) for path in paths)
        return _machines(next((text for text in texts if text is not None), ""))

    def _tokens(self) -> Iterator[tuple[str, Credential]]:
        """anaconda-client names the file by the URL of its API; channels are at `conda.`."""
        folder = _token_folder(self._user)
        for name in self._files.names(folder):
            if name.endswith(".token"):
                url = unquote_plus(name.removesuffix(".token")).rstrip("/")
                token = Secret((self._text(f"{folder}/{name}") or "").strip())
                channels = re.sub(r"([./])api([./]|$)", r"\1conda\2", url, count=1)
                at = channels[len(url_root(channels)) :]
                yield f"{channels}/", Credential(CredentialKind.TOKEN, token, at=at)

    def _text(self, path: str) -> str | None:
        """The file at `path`; None when there is none."""
        if self._files.kind(path) is not FileKind.FILE:
            return None
        return self._files.read(path, _LIMIT).decode("utf-8-sig", "replace")


def _names_of(host: str) -> Iterator[str]:
    """`a.b.c`, `*.a.b.c`, `*.b.c`, `*.c`: rattler's order."""
    yield host
    while host:
        yield f"*.{host}"
        host = host.partition(".")[2]


def _authentication(entry: object) -> Credential | None:
    """One of rattler's `Authentication`; None for what only rattler can use."""
    match entry:
        case {"CondaToken": str(token)}:
            return Credential(CredentialKind.TOKEN, Secret(token))
        case {"BearerToken": str(token)}:
            return Credential(CredentialKind.BEARER, Secret(token))
        case {"BasicHTTP": {"username": str(user), "password": str(password)}}:
            return Credential(CredentialKind.BASIC, Secret(password), Secret(user))
        case _:
            return None


def _machines(text: str) -> dict[str, Credential]:
    """The machines of a netrc; its `default` would open every server, and is left out."""
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    text = re.sub(r"(?ms)^\s*macdef\b.*?(?:\n[ \t]*\n|\Z)", "\n", text)
    words = iter([found[2] or found[1] for found in _WORD.finditer(text)])
    machines: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for word in words:
        if word == "machine":
            current = machines.setdefault(next(words, "").lower(), {})
        elif word == "default":
            current = {}
        else:
            current[word] = next(words, "")
    return {
        host: Credential(
            CredentialKind.BASIC,
            Secret(fields.get("password", "")),
            Secret(fields.get("login", "")),
        )
        for host, fields in machines.items()
    }


def _token_folder(user: User) -> str:
    if folder := user.variables.get("BINSTAR_CONFIG_DIR"):
        return f"{folder}/data"
    if user.is_windows:
        local = user.variables.get("LOCALAPPDATA", f"{user.home}/AppData/Local")
        return f"{local}/ContinuumIO/binstar"
    if user.system == "darwin":
        return f"{user.home}/Library/Application Support/binstar"
    return os.path.join(user.variables.get("XDG_CONFIG_HOME") or f"{user.home}/.config", "binstar")


def _malformed(place: str) -> UnreadableError:
    return UnreadableError(
        f"{place}: not the JSON that rattler keeps credentials in",
        hints=("mend it, or put it away and log in again: `pixi auth login HOST`",),
    )
