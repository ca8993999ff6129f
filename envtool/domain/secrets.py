"""Credentials in texts: found, so that they can be reported, and masked, so that they are not.

Formats of well-known tokens: the pages on secret scanning of GitHub, GitLab, PyPI and AWS.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

MASK = "***"

# A reference like `${TOKEN}` or `$TOKEN` or `{{ token }}` is the way it should be done.
_REFERENCE = r"\$\{?\w|\{\{|\$\(|%\w+%"


@cache
def _pattern() -> re.Pattern[str]:
    """Each alternative captures what has to be hidden as the group `s` plus a digit."""
    userinfo = r"\b[a-z][a-z0-9+.-]*://(?:(?P<s1>[^\s/@:]*:[^\s/@]+)|(?P<s2>(?!git@)[^\s/@:]+))@"
    in_path = r"/t/(?P<s3>[^\s/]+)/"
    query = r"[?&](?:token|api_key|apikey|access_token|auth|password)=(?P<s4>[^\s&#`\"']+)"
    known = (
        r"(?P<s5>\bgh[pousr]_\w{30,}|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20,}"
        r"|\bpypi-AgEI[\w-]{40,}|\bAKIA[0-9A-Z]{16}\b|\bxox[abprs]-[\w-]{10,}"
        r"|\bsk-[A-Za-z0-9_-]{32,})"
    )
    return re.compile(f"{userinfo}|{in_path}|{query}|{known}", re.IGNORECASE)


# One of these is in every text that `_pattern` can match, and in few others.
_CLUE = re.compile("://|/t/|[?&]|gh[pousr]_|github_pat_|glpat-|pypi-|akia|xox|sk-", re.IGNORECASE)


def secrets_in(text: str) -> tuple[str, ...]:
    """The credentials that stand in `text`, without references to environment variables."""
    if _CLUE.search(text) is None:
        return ()
    found = (match[match.lastgroup or 0] for match in _pattern().finditer(text))
    return tuple(secret for secret in found if _is_literal(secret))


def mask(text: str, known: Iterable[str] = ()) -> str:
    """`text` with every credential, and every one of `known`, replaced by `***`."""
    for secret in sorted({*known, *secrets_in(text)}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


_NAMES = frozenset(
    {"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "credential"}
)
_ENDINGS = ("password", "passwd", "passphrase", "pass", "secret", "token", "apikey")
_INNOCENT = frozenset({"bypass", "compass", "overpass", "underpass", "trespass", "surpass"})
_PAIRS = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("auth", "key")})
# `SECRET_FILE=/run/secrets/x` says where the secret is, and that is fine.
_ELSEWHERE = frozenset(["file", "path", "dir", "url", "name", "id", "ttl", "expiry", "enabled"])
# Of databases and queues: `Server=db;Password=...`.
_CONNECTION = re.compile(
    r"(?:^|;)\s*(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*([^\s;]+)", re.IGNORECASE
)
_HARMLESS = re.compile(r"(?i)|true|false|yes|no|on|off|none|null|\d{1,6}|<.*>|x{3,}|\*+|changeme")


def is_secret_variable(name: str, value: str) -> bool:
    """Whether a variable holds a credential, by its name or by the look of its value."""
    connection = _CONNECTION.search(value)
    if secrets_in(value) or (connection and _is_literal(connection[1])):
        return True
    words = re.split(r"[_\W]+", name.lower())
    named = any(_names_secret(word) for word in words) or any(
        pair in _PAIRS for pair in pairwise(words)
    )
    if not named or words[-1] in _ELSEWHERE:
        return False
    return _is_literal(value) and not _HARMLESS.fullmatch(value)


# A key and its value, in YAML of any style.
_SETTING = re.compile(r"([\w.-]+)[\"']?[ \t]*:[ \t]+[\"']?([^\"'\n,}]+)")
# One of these is in every URL with a credential in it, and none in most locks.
_SUSPECTS = ("@", "/t/", "?", "&")


def holds_secret(text: str, *, is_lock: bool) -> bool:
    """Whether a file that people write, or a lock, holds a credential of any kind."""
    if is_lock:
        return any(each in text for each in _SUSPECTS) and bool(secrets_in(text))
    settings = _SETTING.finditer(text)
    return bool(secrets_in(text)) or any(is_secret_variable(each[1], each[2]) for each in settings)


def _names_secret(word: str) -> bool:
    """`password` and `dbpassword`, `pass` and `mypass`; a `compass` or a `bypass` is none."""
    return word in _NAMES or (word.endswith(_ENDINGS) and word not in _INNOCENT)


def _is_literal(secret: str) -> bool:
    return not re.search(_REFERENCE, secret) and secret.strip("*") not in {"", ":"}
