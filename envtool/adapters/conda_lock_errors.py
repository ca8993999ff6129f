"""What the output of a conda-lock that failed means to the user.

conda-lock prints what conda answered (`conda_lock/conda_solver.py`, `solve_specs_for_arch`), then a
traceback. conda's answer is JSON with `exception_name` and `message` (`CondaError.dump_map`),
micromamba's has `solver_problems`; the vendored poetry that solves for pip just raises.
"""

import json
import re
from typing import Any, NamedTuple

from envtool.domain.credentials import split_url
from envtool.domain.solving import Conflict
from envtool.errors import ToolError, UnavailableError

# With whatever stands in it: a password may have all kinds of brackets.
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'`<>]+")
_PLATFORM = re.compile(r"Could not lock the environment for platform (\S+)")
_ANSWER = re.compile(
    r"^    STDOUT:\n(.*?)(?=^    STDERR:|^Traceback |\Z)", re.DOTALL | re.MULTILINE
)
_UNKNOWN = re.compile(r"PackagesNotFound|ResolvePackageNotFound")
_UNSATISFIABLE = re.compile(r"Unsatisfiable|SpecsConfigurationConflict")
_ITEM = re.compile(r"^\s*- +(\S.*)$", re.MULTILINE)
# What stands behind the reason in conda's messages: what to do with conda.
_ADVICE = re.compile(
    r"\n\s*(?:Current channels:|To search for alternate|Note that |Your installed version|"
    r"You will need to adjust|The following specifications were found to be incompatible with your)"
)
_POETRY = re.compile(r"^\S*SolverProblemError: (.*)\Z", re.DOTALL | re.MULTILINE)
# The end of a traceback.
_RAISED = re.compile(r"^[\w.]*(?:Error|Exception)\b(?:: .*)?$", re.MULTILINE)
_NETWORK = re.compile(
    r"CondaHTTPError|CondaSSLError|ProxyError|UnavailableInvalidChannel|OfflineError|"
    r"ConnectionError|ConnectTimeout|ReadTimeout|Max retries exceeded|CONNECTION FAILED|"
    r"[Cc]ould not (?:resolve|connect)|Connection refused|Download error|Failed to fetch|"
    r"error sending request|RemoteDisconnected|Temporary failure in name resolution|"
    r"\b(?:HTTP|[Ss]tatus|code:?|Client Error) ?(?:401|403|404|407|429|5\d\d)\b|"
    r"\b(?:401|403|404|407|429|5\d\d) (?:Client|Server) Error"
)


class Told(NamedTuple):
    """How a run ended, and all that it printed."""

    code: int
    output: str


def refused(told: Told) -> Conflict:
    """Why there is no solution; raises `EnvtoolError` when it failed for another reason."""
    output = masked(told.output)
    answer = _answer(output)
    where = _PLATFORM.search(output)
    reason = _no_solution(answer, output)
    if reason is not None:
        return Conflict(f"{where[1]}: {reason}" if where and answer else reason)
    lines = _lines(_message(answer)) or _end_of(output)
    said = ": ".join(lines[:3]) or f"exit status {told.code}"
    if _NETWORK.search(f"{answer.get('exception_name', '')} {said}"):
        raise UnavailableError(f"conda-lock can not reach what it needs: {lines[0]}", hints=_AGAIN)
    raise ToolError(f"conda-lock failed: {said}", hints=_TRY)


def masked(text: str) -> str:
    """`text` with URLs as they may be shown."""
    return _URL.sub(lambda found: split_url(found[0]).url, text)


def _answer(output: str) -> dict[str, Any]:
    """What conda answered; empty when it was not conda that failed, or it did not say why."""
    found = _ANSWER.search(output)
    text = found[1] if found else ""
    try:
        answer = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _message(answer: dict[str, Any]) -> str:
    return str(answer.get("message") or answer.get("error") or answer.get("exception_name") or "")


def _no_solution(answer: dict[str, Any], output: str) -> str | None:
    name, message = str(answer.get("exception_name", "")), _message(answer)
    problems = answer.get("solver_problems")
    if isinstance(problems, list) and problems:
        return "\n".join(map(str, problems))
    reason = _ADVICE.split(message, maxsplit=1)[0].strip()
    if _UNKNOWN.search(name):
        missing = ", ".join(f"`{each.strip()}`" for each in _ITEM.findall(reason))
        return f"no channel offers {missing}" if missing else reason
    if _UNSATISFIABLE.search(name):
        return reason
    poetry = _POETRY.search(output)
    return poetry and _DUMMY.sub("the `pip:` section", _WRAPPED.sub(" ", poetry[1].strip()))


def _end_of(output: str) -> list[str]:
    """The exception that ended it, else the last lines."""
    raised = [each.start() for each in _RAISED.finditer(output)]
    return _lines(output[raised[-1] :]) if raised else _lines(output)[-3:]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


_DUMMY = re.compile("[_-]dummy[_-]package[_-]")
# Poetry starts a new line before "and", and before a new sentence.
_WRAPPED = re.compile(r"\s*\n\s*")
_TRY = ("`envtool lock` without `--engine` needs neither conda nor conda-lock",)
_AGAIN = ("try again in a while, or look at `channels:` in your environment file", *_TRY)
