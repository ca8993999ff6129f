"""Reads the account that rattler's solver gives of a conflict: who needs what, through whom.

The phrases are those of resolvo's `DisplayUnsat`. A line with another one is skipped, so that a
new release of it takes away explanations and adds no wrong ones.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.lock_making import needs_of


class Need(NamedTuple):
    """A chain from a line of an environment file to what can not be had.

    Attributes:
        root: the package of that line.
        through: the packages between the two.
        name: what is needed in the end.
        constraint: on its version and build; `*` for any.
        missing: whether there is no such package at all; else another one excludes it.
    """

    root: str
    through: tuple[str, ...]
    name: str
    constraint: str
    missing: bool


_LINE = re.compile(r"(?P<tree>[ │├└─]*)(?P<text>.*)")
_HEAD = "Cannot solve the request because of: "
_REQUIRED = re.compile(
    r"(?P<spec>.+?),? (?:which )?(?:cannot be installed because|can be installed with)\b.*:"
)
_MISSING = re.compile(r"(?P<spec>.+?), for which no candidates were found\.?")
_EXCLUDED = re.compile(r"(?P<spec>.+?) ?, which conflicts with any installable versions.*")
_NEVER = re.compile(r"No candidates were found for (?P<spec>.+?)\.")


def needs(reason: str) -> tuple[Need, ...]:
    """The chains that end at a conflict, in the order of the account, each once."""
    return tuple(dict.fromkeys(_needs(reason)))


def _needs(reason: str) -> Iterator[Need]:
    above: list[tuple[int, str]] = []
    for line in reason.removeprefix(_HEAD).splitlines():
        match = _LINE.fullmatch(line)
        depth, text = (len(match["tree"]), match["text"].strip()) if match else (0, "")
        above = [each for each in above if each[0] < depth]
        missing = _MISSING.fullmatch(text) or _NEVER.fullmatch(text)
        end = missing or _EXCLUDED.fullmatch(text)
        if end:
            name, constraint = needs_of(end["spec"])
            path = tuple(each for _, each in above)
            yield Need(path[0] if path else name, path[1:], name, constraint, bool(missing))
        elif required := _REQUIRED.fullmatch(text):
            above.append((depth, needs_of(required["spec"])[0]))
