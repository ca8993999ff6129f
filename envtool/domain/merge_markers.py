"""The markers that an unsettled merge leaves in a file, and the sides between them."""

import re
from typing import NamedTuple

# `git merge` writes seven characters; more inside of an ancestor that is itself a merge.
_MARKER = re.compile(r"^(<{7,}|\|{7,}|>{7,})(?: .*)?$|^(={7,})$")
_LINE = re.compile(r"^(?:<{7} .*|={7}|>{7} .*)$", re.MULTILINE)
# The part that a marker starts, by the part before it.
_NEXT = {
    "": {"<": "ours"},
    "ours": {"|": "base", "=": "theirs"},
    "base": {"=": "theirs"},
    "theirs": {">": ""},
}


class Unmerged(NamedTuple):
    """The whole file as each side has it; `base` is None where the markers do not show it."""

    base: str | None
    ours: str
    theirs: str


def first_marker(text: str) -> "re.Match[str] | None":
    """The first line that is a marker of `git merge`, in a text that a conflict begins in."""
    return _LINE.search(text) if text[:7] == "<" * 7 or "\n<<<<<<< " in text else None


def split_markers(text: str) -> Unmerged | None:
    r"""The sides that the markers in `text` keep apart; None when it has none.

    Markers of git's styles `merge`, `diff3` and `zdiff3`, of any length; lines end in `\n`. Of
    `zdiff3` the base is not exact: lines that both sides added stand in it, too. Raises
    `ValueError` when a marker stands where none can stand.
    """
    sides: dict[str, list[str]] = {"ours": [], "base": [], "theirs": []}
    part, size, conflicts, bases = "", 0, 0, 0
    for number, line in enumerate(text.split("\n"), start=1):
        marker = _MARKER.match(line)
        found = (marker[1] or marker[2]) if marker else ""
        if not found or (part and len(found) != size):
            for name in (part,) if part else sides:
                sides[name].append(line)
            continue
        if found[0] not in _NEXT[part]:
            raise ValueError(f"the merge marker in line {number} has no counterpart")
        part, size = _NEXT[part][found[0]], len(found)
        conflicts += part == "ours"
        bases += part == "base"
    if part:
        raise ValueError("the last merge marker has no counterpart")
    if not conflicts:
        return None
    base = "\n".join(sides["base"]) if bases == conflicts else None
    return Unmerged(base, "\n".join(sides["ours"]), "\n".join(sides["theirs"]))
