"""What rattler's exceptions mean to the user; its texts name URLs, which may hold credentials."""

import re
from typing import NamedTuple

from envtool.domain.credentials import split_url
from envtool.errors import EnvtoolError, ToolError, UnavailableError

# All of rattler's exceptions are of a module of this name.
_MODULE = "exceptions"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'`)>\]]+")


class _Meaning(NamedTuple):
    """What a text of rattler says: `{url}` is the first URL in it, `{0}` what the pattern holds."""

    pattern: re.Pattern[str]
    message: str
    hints: tuple[str, ...]


_AGAIN = ("try again in a while",)
_NAME = ("look at its name under `channels:` in your environment file, and in your `.condarc`",)
_LOGIN = ("store credentials for it: `~/.netrc`, `anaconda login` or `pixi auth login`",)
_PROXY = ("look at `proxy_servers` in your `.condarc`, or at `HTTPS_PROXY`",)
_TRUST = (
    "name the certificates to trust: `ssl_verify: /path/of/ca.pem` in your `.condarc`",
    "or `export SSL_CERT_FILE=/path/of/ca.pem`",
)
_LONGER = ("try again in a while, or grant more time: `export CONDA_REMOTE_READ_TIMEOUT_SECS=120`",)
_ONLINE = ("fetch it once: `envtool lock` without `--offline` or `CONDA_OFFLINE`",)

# The first that fits counts.
_MEANINGS = tuple(
    _Meaning(re.compile(pattern, re.IGNORECASE), message, hints)
    for pattern, message, hints in (
        (
            r"no usable repodata cache",
            "`{url}` was not fetched before, and this is offline",
            _ONLINE,
        ),
        (
            r"shard for package '(.*?)' is not",
            "`{url}` was not asked for `{0}` before, and this is offline",
            _ONLINE,
        ),
        (r"could not find subdir '(\w+)'", "`{url}` is no channel: it has no index `{0}`", _NAME),
        (r"\b407 |tunnel error", "a proxy does not let you through to `{url}`", _PROXY),
        (r"unsupported scheme (\w+)", "rattler can not use a `{0}` proxy", _PROXY),
        (r"\b(401|403) [A-Z]", "`{url}` does not admit you: status {0}", _LOGIN),
        (r"\b([45]\d\d) [A-Z]", "`{url}` answers with status {0}", _AGAIN),
        (r"peer certificate: (.*)", "the certificate of `{url}` is not trusted: {0}", _TRUST),
        (r"timed out", "`{url}` did not answer in time", _LONGER),
        (r"dns error", "`{url}` can not be reached: its host is not known", (*_NAME, *_PROXY)),
        (r"\(connect\).*: (.*)", "`{url}` can not be reached: {0}", (*_AGAIN, *_PROXY)),
        (r"error reading|response body", "the download of `{url}` broke off", _AGAIN),
        (r"corrupt|pars|decod|invalid type", "`{url}` holds no index of packages: {last}", _NAME),
    )
)
# A part of an index that broke off, or that the index names and the server does not have (yet):
# rattler does not ask for these again.
_PASSING = re.compile(
    r"\A(?:error decoding response body|HTTP status client error \(404 .* for url \(.*/shards/)"
)
# Rattler has stored what it then could not read, and would read it from its cache for ever.
_DAMAGED = re.compile(r"\A(?:failed to (?:parse|decode)|invalid type)")
_FILE = re.compile(
    r"/(?:noarch|(?:linux|osx|win|emscripten|wasi|freebsd|zos)-\w+)(?:/(?:repodata|shards/).*)?\Z"
)


def translated(error: BaseException, channels: tuple[str, ...] = ()) -> EnvtoolError | None:
    """What to tell the user; None for what is not rattler's.

    `channels` were asked: where rattler does not say which of them it is, they are named.
    """
    kind = type(error)
    if kind.__name__ == "PanicException":
        message = f"the solver failed: {plain(str(error))}"
        return ToolError(message, hints=("try again; if it stays, report what `--debug` shows",))
    if isinstance(error, TimeoutError):
        names = " or ".join(f"`{each}`" for each in channels)
        return UnavailableError(f"{names} did not answer in time", hints=_LONGER)
    if kind.__module__ != _MODULE:
        return None
    text = plain(_all_of(error))
    found = _URL.search(text)
    url = _FILE.sub("", found[0]) if found else "` or `".join(channels)
    last = text.rpartition("Caused by: ")[2]
    line = re.sub(r"\s*\n(?:Caused by: )?", ": ", text)
    for meaning in _MEANINGS:
        if known := meaning.pattern.search(line):
            message = meaning.message.format(*known.groups(), url=url, last=last)
            return UnavailableError(message, hints=meaning.hints)
    return UnavailableError(f"`{url}` can not be read: {line}", hints=(*_AGAIN, *_NAME))


def is_passing(error: BaseException) -> bool:
    """Whether to ask once more may help, and rattler has not done so."""
    return bool(_PASSING.match(str(error)))


def is_damaged(error: BaseException) -> bool:
    """Whether rattler's cache may hold what can not be read, and nothing but it is in the way."""
    return bool(_DAMAGED.match(str(error)))


def _all_of(error: BaseException) -> str:
    causes = [str(error)]
    cause = error.__cause__
    while cause is not None:
        causes.append(str(cause))
        cause = cause.__cause__
    return "\n".join(dict.fromkeys(causes))


def plain(text: str) -> str:
    """`text` with URLs as they may be shown; in what follows a `?` are signatures."""
    return _URL.sub(lambda found: split_url(found[0].partition("?")[0]).url, text)
