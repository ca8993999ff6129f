"""Where the versions of a pin stand in its text, and what they become for another version.

Only what is one list of comparisons is taken apart. Alternatives (`|`), patterns and variables
are nobody's pins.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from envtool.domain.edits import Edit

_VERSION = r"(?P<version>(?:\d+!)?v?\d[A-Za-z0-9._+-]*?)(?P<star>\.?\*)?"
_CONDA = re.compile(rf"\s*(?P<operator>==|!=|<=|>=|~=|=|<|>)?\s*{_VERSION}\s*")
_PIP = re.compile(rf"\s*(?P<operator>===|==|!=|<=|>=|~=|<|>)\s*{_VERSION}\s*")
_NUMBER = re.compile(r"\d+")
# What some write behind an upper bound, so that no pre-release comes below it.
_BOUND = re.compile(r"(?P<numbers>\d+(?:\.\d+)*)(?P<ending>(?:\.?dev|a|alpha|rc)\d*)?")

EXACT, SERIES, COMPATIBLE = "==", "=", "~="
_LOWER, _UPPER = (">=", ">"), ("<", "<=")


class Clause(NamedTuple):
    """One comparison: the version from `start` to `end` of the text, and what is done with it.

    `operator` is one of conda's: `==` for one release, `=` for a series, however it is written.
    """

    start: int
    end: int
    operator: str
    version: str


def conda_clauses(text: str, start: int, end: int) -> tuple[Clause, ...] | None:
    """The comparisons of a match spec between two offsets; None when they are no plain list."""
    return _clauses(_CONDA, text, start, end)


def pip_clauses(text: str, start: int, end: int) -> tuple[Clause, ...] | None:
    """The comparisons of a requirement between two offsets; None when they are no plain list."""
    return _clauses(_PIP, text, start, end)


def _clauses(
    pattern: re.Pattern[str], text: str, start: int, end: int
) -> tuple[Clause, ...] | None:
    found, at = [], start
    for part in text[start:end].split(","):
        match = pattern.fullmatch(text, at, at + len(part))
        if match is None:
            return None
        written = (match["operator"] or EXACT).replace("===", EXACT)
        is_series = written == SERIES or (match["star"] is not None and written == EXACT)
        if match["star"] is not None and not is_series and written != "!=":
            return None
        operator = SERIES if is_series else written
        found.append(Clause(*match.span("version"), operator, match["version"]))
        at += len(part) + 1
    return tuple(found)


def is_pin(clauses: tuple[Clause, ...]) -> bool:
    """Whether they fence a version in on both sides; anything else is loose on purpose."""
    operators = {each.operator for each in clauses}
    if operators & {EXACT, SERIES, COMPATIBLE}:
        return True
    return bool(operators & {*_LOWER}) and bool(operators & {*_UPPER})


def moved(clauses: tuple[Clause, ...], version: str) -> Iterator[Edit]:
    """The edits of the text that move a pin to `version`; raises `ValueError` when none can.

    Each version keeps as many parts as it has. An upper bound stays as far away as it is: of
    `>=1.26,<2` it is the next first number, of `>=1.26,<1.27` the next second one.
    """
    lower = next((each.version for each in clauses if each.operator in _LOWER), None)
    for clause in clauses:
        new = _new(clause, version, lower)
        if new is not None:
            yield Edit(clause.start, clause.end, new)


def _new(clause: Clause, version: str, lower: str | None) -> str | None:
    match clause.operator:
        case "==" | "<=":
            return version
        case "=" | "~=":
            return _cut(version, _length(clause.version), fill=True)
        case ">=" | ">":
            return _cut(version, _length(clause.version), fill=False)
        case "<":
            return _fence(clause.version, version, lower)
        case _:
            return None


def _length(version: str) -> int:
    return len(_parts(version.rpartition("!")[2]))


def _parts(text: str) -> list[str]:
    return re.split(r"[._-]", text.partition("+")[0])


def _cut(version: str, length: int, *, fill: bool) -> str:
    """The first parts of a version, filled up with zeros where it has fewer."""
    epoch, mark, main = version.rpartition("!")
    words = re.split(r"([._-])", main.partition("+")[0])
    kept = "".join(words[: 2 * length - 1])
    missing = length - (len(words) + 1) // 2
    zeros = ".0" * missing if fill and missing > 0 else ""
    return f"{epoch}{mark}{kept}{zeros}"


def _fence(bound: str, version: str, lower: str | None) -> str:
    """The upper bound that is as far above `version` as `bound` is above `lower`."""
    match = _BOUND.fullmatch(bound)
    if match is None or lower is None or "!" in version + lower:
        raise ValueError("its upper bound is written in an unusual way")
    old, low, new = (_numbers(each) for each in (match["numbers"], lower, version))
    pairs = list(zip_longest(old, low, fillvalue=0))
    width = next((index for index, (one, other) in enumerate(pairs) if one != other), None)
    if width is None or any(one for one, _ in pairs[width + 1 :]):
        raise ValueError("its upper bound is no next version of the lower one")
    numbers = [*new, *(0 for _ in pairs)][: len(old)]
    numbers[width:] = [numbers[width] + 1, *(0 for _ in old[width + 1 :])]
    return ".".join(map(str, numbers)) + (match["ending"] or "")


def _numbers(version: str) -> list[int]:
    """The numbers that the parts of a version begin with."""
    found = (_NUMBER.match(part) for part in _parts(version))
    return [int(each[0]) if each else 0 for each in found]
