"""The kinds of values that a policy holds.

One shape says everything about a kind of value: how it is read (all problems at once), what
its JSON schema is, and what makes one value weaker than another.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, NamedTuple, Protocol

from envtool.conda_versions import InvalidVersion, VersionSpec
from envtool.domain.results import Json

KeyPath = tuple[str | int, ...]


class PolicyProblem(NamedTuple):
    """A value of a policy that can not be read: what, and at which key."""

    path: KeyPath
    message: str
    hint: str | None = None


class Report:
    """Everything wrong with a policy file, collected while it is read."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []
        self.unknown: list[PolicyProblem] = []

    def problem(self, path: KeyPath, message: str, hint: str | None = None) -> None:
        """Note a value that can not be read."""
        self.problems.append(PolicyProblem(path, message, hint))

    def unknown_key(self, path: KeyPath, known: "tuple[str, ...]") -> None:
        """Note a key that no option has."""
        hint = closest(str(path[-1]), known)
        self.unknown.append(PolicyProblem(path, f"unknown key `{dotted(path)}`", hint))


def dotted(path: KeyPath) -> str:
    """`("bans", 0, "package")` as `bans[0].package`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            quoted = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{quoted}" if text else quoted
    return text


def closest(word: str, known: "tuple[str, ...]") -> str | None:
    """A hint that names the known word most like `word`."""
    import difflib

    written = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word.lower(), written, n=1, cutoff=0.6)
    return f"did you mean `{written[found[0]]}`?" if found else None


class Shape(Protocol):
    """How one kind of value is read, described and compared."""

    def read(self, value: object, path: KeyPath, report: Report) -> Any:
        """The value as the program holds it; None, and a problem, when it can not be."""
        ...

    def schema(self) -> dict[str, Json]:
        """Its JSON schema (draft 2020-12)."""
        ...

    def weaker(self, old: Any, new: Any) -> tuple[str, ...]:
        """What `new` permits that `old` did not, in words; empty when nothing."""
        ...

    def merge(self, old: Any, new: Any) -> Any:
        """What holds when a policy says `new` on top of a shared one that says `old`."""
        ...


class Replacing:
    """Mixed into shapes whose new value takes the place of the old one."""

    def merge(self, old: Any, new: Any) -> Any:
        """See `Shape.merge`."""
        del old
        return new


class Neutral(Replacing):
    """Mixed into shapes whose values are neither stricter nor weaker."""

    def weaker(self, old: Any, new: Any) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        del old, new
        return ()


class Text(Neutral):
    """A non-empty text, of a pattern when one is given."""

    def __init__(self, pattern: str | None = None, what: str = "a text") -> None:
        self._pattern = pattern
        self._what = what

    def read(self, value: object, path: KeyPath, report: Report) -> str | None:
        """See `Shape.read`."""
        if isinstance(value, str) and value and re.fullmatch(self._pattern or r"(?s).+", value):
            return value
        report.problem(path, f"`{dotted(path)}` must be {self._what}")
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        schema: dict[str, Json] = {"type": "string", "minLength": 1}
        return schema | {"pattern": f"^(?:{self._pattern})$"} if self._pattern else schema


class Choice(Replacing):
    """One word of an ordered enumeration, the strictest first unless `neutral`."""

    def __init__(self, words: "Mapping[str, Enum]", *, neutral: bool = False) -> None:
        self._words = words
        self._neutral = neutral

    def read(self, value: object, path: KeyPath, report: Report) -> Enum | None:
        """See `Shape.read`."""
        if isinstance(value, str) and value in self._words:
            return self._words[value]
        listed = ", ".join(f"`{word}`" for word in self._words)
        hint = closest(value, tuple(self._words)) if isinstance(value, str) else None
        report.problem(path, f"`{dotted(path)}` must be one of {listed}", hint)
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"enum": list(self._words)}

    def weaker(self, old: Enum, new: Enum) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        order = list(self._words.values())
        if self._neutral or order.index(new) <= order.index(old):
            return ()
        words = {member: word for word, member in self._words.items()}
        return (f"`{words[new]}` instead of `{words[old]}`",)


class Flag(Replacing):
    """True or false; `weak` is the weaker of the two."""

    def __init__(self, *, weak: bool) -> None:
        self._weak = weak

    def read(self, value: object, path: KeyPath, report: Report) -> bool | None:
        """See `Shape.read`."""
        if isinstance(value, bool):
            return value
        report.problem(path, f"`{dotted(path)}` must be `true` or `false`")
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "boolean"}

    def weaker(self, old: bool, new: bool) -> tuple[str, ...]:  # noqa: FBT001 - a value, no switch
        """See `Shape.weaker`."""
        return (f"`{str(new).lower()}`",) if new != old and new is self._weak else ()


class Day(Neutral):
    """A date, as TOML date or ISO text."""

    def read(self, value: object, path: KeyPath, report: Report) -> date | None:
        """See `Shape.read`."""
        if type(value) is date:
            return value
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            report.problem(path, f"`{dotted(path)}` must be a date like `2027-01-31`")
            return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "string", "format": "date"}


class VersionRange(Neutral):
    """A conda version constraint like `>=3.0.7,<4`."""

    def read(self, value: object, path: KeyPath, report: Report) -> str | None:
        """See `Shape.read`."""
        try:
            if isinstance(value, str) and value:
                VersionSpec(value)
                return value
            message = f"`{dotted(path)}` must be a version range like `>=3.0.7,<4`"
        except InvalidVersion as error:
            message = f"`{dotted(path)}` is no version range: {error}"
        report.problem(path, message)
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "string", "minLength": 1}


class RuleLevels(Neutral):
    """Levels of rules (`pins.direct`) and families (`pins`), nested or with quoted dots.

    What is weaker is judged on the resolved severity of each rule, not here.
    """

    def __init__(self, words: Mapping[str, Enum]) -> None:
        self._word = Choice(words, neutral=True)

    def read(self, value: object, path: KeyPath, report: Report) -> dict[str, Any] | None:
        """See `Shape.read`; the keys of the answer are rule ids and families."""
        if not isinstance(value, dict):
            report.problem(path, f"`{dotted(path)}` must be a table of rules")
            return None
        levels: dict[str, Any] = {}
        for name, each in value.items():
            if isinstance(each, dict):
                nested = self.read(each, (*path, name), report) or {}
                levels |= {f"{name}.{rule}": level for rule, level in nested.items()}
            elif (level := self._word.read(each, (*path, name), report)) is not None:
                levels[name] = level
        return levels

    def merge(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Shape.merge`."""
        return {**old, **new}

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        nested: dict[str, Json] = {"type": "object", "additionalProperties": self._word.schema()}
        return {"type": "object", "additionalProperties": {"anyOf": [self._word.schema(), nested]}}
