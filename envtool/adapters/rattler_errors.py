"""What rattler's exceptions mean to the user; its texts name URLs, which may hold credentials."""

import re

from envtool.domain.credentials import split_url
from envtool.errors import EnvtoolError, ToolError, UnavailableError

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'`)>\]]+")
_STATUS = re.compile(r"\b(401|403|404|407|429|5\d\d) [A-Z]")
_DENIED = frozenset({"401", "403", "407"})


def translated(error: BaseException) -> EnvtoolError | None:
    """What to tell the user; None for what is not rattler's."""
    kind = type(error)
    if kind.__name__ == "PanicException":
        message = f"the solver failed: {_plain(str(error))}"
        return ToolError(message, hints=("try again; if it stays, report what `--debug` shows",))
    # The module that rattler's own exceptions claim to come from.
    if kind.__module__ != "exceptions":
        return None
    text = _plain(_all_of(error))
    url = _URL.search(text)
    where = f"`{url[0]}`" if url else "a channel"
    status = _STATUS.search(text)
    if status and status[1] in _DENIED:
        return UnavailableError(f"{where} does not admit you: status {status[1]}", hints=_LOGIN)
    if status:
        return UnavailableError(f"{where} answers with status {status[1]}", hints=_AGAIN)
    reason = text.replace("\n", ": ")
    return UnavailableError(f"a channel can not be read: {reason}", hints=_AGAIN)


def _all_of(error: BaseException) -> str:
    causes = [str(error)]
    cause = error.__cause__
    while cause is not None:
        causes.append(str(cause))
        cause = cause.__cause__
    return ": ".join(dict.fromkeys(causes))


def _plain(text: str) -> str:
    """`text` with URLs as they may be shown."""
    return _URL.sub(lambda found: split_url(found[0]).url, text)


_AGAIN = ("try again in a while", "or look at `channels:` in your environment file")
_LOGIN = ("store credentials for it: `~/.netrc`, `anaconda login` or `pixi auth login`",)
