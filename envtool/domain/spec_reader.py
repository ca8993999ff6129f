"""From the nodes of a YAML document to a `Spec`.

What conda reads: its guide "Managing environments" and `conda/env/env.py`; conda-lock's
keys: its README, "environment.yml"; `sel()` keys: micromamba's user guide.
"""

import re

from envtool.domain.findings import Place
from envtool.domain.match_specs import InvalidMatchSpec, parse_match_spec
from envtool.domain.pip_requirements import InvalidRequirement, parse_pip_requirement
from envtool.domain.selectors import comment_platforms, key_platforms
from envtool.domain.specs import (
    CondaDependency,
    Entry,
    PipDependency,
    Problem,
    Role,
    Spec,
    Variable,
)
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence
from envtool.domain.yaml_slips import missing_blank, requirement_meant

_KNOWN_KEYS = frozenset({
    "name", "prefix", "channels", "dependencies", "variables",
    # conda-lock reads these, conda ignores them without harm.
    "platforms", "category", "pip-repositories", "allow-pypi-requests",
})  # fmt: skip

# A plain scalar that YAML 1.2 reads as something else than text.
_NOT_TEXT = re.compile(
    r"[-+]?(\d[\d_]*)?\.?\d+([eE][-+]?\d+)?|\d+\.|true|false|True|False|TRUE|FALSE"
)


_LIST = "write each package in a line of its own below `dependencies:`, such as `- python=3.12`"
_START = "write `dependencies:`, and below it a line for each package, such as `- python=3.12`"


class NotASpecError(ValueError):
    """The document is no conda environment file at all."""

    def __init__(self, message: str, place: Place, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint


def read_spec(root: Node | None, lines: tuple[str, ...], path: str, role: Role) -> Spec:
    """The `Spec` of a parsed document.

    Parts that conda would refuse become `problems` of the spec, so that one wrong line does
    not hide the others. Raises `NotASpecError` when there is nothing to judge.
    """
    if root is None or (isinstance(root, Scalar) and root.is_null):
        raise NotASpecError("the file is empty", Place(path), hint=_START)
    if not isinstance(root, Mapping):
        message = "the document is no mapping with `dependencies:`, so no environment file"
        raise NotASpecError(message, root.place, hint=_START)
    reader = _Reader(lines)
    keys = reader.keys(root)
    if "dependencies" not in keys:
        message = "the key `dependencies` is missing, so this is no conda environment file"
        raise NotASpecError(message, *_meant(keys, path))
    reader.read(keys)
    return reader.spec(path, role)


def _meant(keys: dict[str, tuple[Scalar, Node]], path: str) -> tuple[Place, str]:
    """Where `dependencies` was meant to stand, and what to do."""
    from envtool.domain.policy.shapes import closest

    for text, (key, _) in keys.items():
        if text not in _KNOWN_KEYS and (hint := closest(text, ("dependencies",))):
            return key.place, hint
    return Place(path), _START


class _Reader:
    """Collects the parts of one spec."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._lines = lines
        # Every keyword of `Spec` that was read so far.
        self._texts_of: dict[str, Entry | None] = {}
        self._lists_of: dict[str, tuple[Entry, ...]] = {}
        self._channels_key: Place | None = None
        self._variables: list[Variable] = []
        self._dependencies: list[CondaDependency] = []
        self._pip_key: Place | None = None
        self._pip: list[PipDependency] = []
        self._unknown: list[Entry] = []
        self._problems: list[Problem] = []

    def spec(self, path: str, role: Role) -> Spec:
        """What was read, frozen."""
        return Spec(
            path=path,
            role=role,
            lines=self._lines,
            name=self._texts_of.get("name"),
            prefix=self._texts_of.get("prefix"),
            channels=self._lists_of.get("channels", ()),
            channels_key=self._channels_key,
            dependencies=tuple(self._dependencies),
            pip_key=self._pip_key,
            pip=tuple(self._pip),
            variables=tuple(self._variables),
            platforms=self._lists_of.get("platforms", ()),
            category=self._texts_of.get("category"),
            pip_repositories=self._lists_of.get("pip-repositories", ()),
            unknown_keys=tuple(self._unknown),
            problems=tuple(self._problems),
        )

    def keys(self, root: Mapping) -> dict[str, tuple[Scalar, Node]]:
        """The top-level keys; of a repeated one the last, as YAML 1.1 parsers have it."""
        keys: dict[str, tuple[Scalar, Node]] = {}
        for key, value in root.entries():
            if key.text in keys:
                first = keys[key.text][0].place.line
                twice = f"the key `{key.text}` stands twice"
                fix = "conda refuses repeated keys: merge the two"
                problem = Problem(f"{twice} (first in line {first})", key.place, fix, twice)
                self._problems.append(problem)
            keys[key.text] = (key, value)
        return keys

    def read(self, keys: dict[str, tuple[Scalar, Node]]) -> None:
        """Read every top-level key."""
        if "channels" in keys:
            self._channels_key = keys["channels"][0].place
        for text, (key, value) in keys.items():
            match text:
                case "name" | "prefix" | "category":
                    self._texts_of[text] = self._text(key, value)
                case "channels" | "platforms" | "pip-repositories":
                    self._lists_of[text] = self._texts(key, value)
                case "variables":
                    self._read_variables(key, value)
                case "dependencies":
                    self._read_dependencies(key, value)
                case _ if text not in _KNOWN_KEYS:
                    self._unknown.append(Entry(text, key.place))
                case _:
                    pass

    def _problem(self, message: str, place: Place, fix: str | None = None) -> None:
        self._problems.append(Problem(message, place, fix))

    def _no_list(self, message: str, key: Scalar, value: Node, fix: str) -> None:
        self._problem(message, *(self._slip(value) or (key.place, fix)))

    def _slip(self, value: Node) -> tuple[Place, str] | None:
        """Where `-numpy` stands for an item, and what to write."""
        if not isinstance(value, Scalar) or value.place.line > len(self._lines):
            return None
        found = missing_blank(self._lines[value.place.line - 1])
        return (value.place, found[1]) if found is not None and value.plain else None

    def _text(self, key: Scalar, value: Node) -> Entry | None:
        if not isinstance(value, Scalar):
            self._problem(f"`{key.text}` is a collection, conda expects a text", key.place)
            return None
        if value.is_null:
            return None
        if _is_number(value):
            self._problem(
                f"`{key.text}: {value.text}` is a number to YAML, conda expects a text",
                value.place,
                f'quote it: `{key.text}: "{value.text}"`',
            )
        return Entry(value.text, value.place)

    def _texts(self, key: Scalar, value: Node) -> tuple[Entry, ...]:
        if isinstance(value, Scalar) and value.is_null:
            return ()
        if not isinstance(value, Sequence):
            self._no_list(
                f"`{key.text}` is no list", key, value, f"write `{key.text}:` with a `- ` each"
            )
            return ()
        entries = []
        for item in value.items:
            if isinstance(item, Scalar) and not item.is_null:
                entries.append(Entry(item.text, item.place))
            else:
                self._problem(f"an item of `{key.text}` is no text", item.place)
        return tuple(entries)

    def _read_variables(self, key: Scalar, value: Node) -> None:
        if isinstance(value, Scalar) and value.is_null:
            return
        if not isinstance(value, Mapping):
            self._problem("`variables` is no mapping", key.place, "write `NAME: value` lines")
            return
        for name, content in value.entries():
            if isinstance(content, Scalar):
                self._variables.append(
                    Variable(Entry(name.text, name.place), Entry(content.text, content.place))
                )
            else:
                self._problem(f"the variable `{name.text}` is no text", name.place)

    def _read_dependencies(self, key: Scalar, value: Node) -> None:
        if not isinstance(value, Sequence):
            if isinstance(value, Scalar) and value.is_null:
                fix = "write `dependencies: []` for an environment without packages"
                self._problem("`dependencies` is empty, conda expects a list", key.place, fix)
                return
            message = "`dependencies` is no list, so conda can not read it"
            place, hint = self._slip(value) or (key.place, _LIST)
            raise NotASpecError(message, place, hint)
        for item in value.items:
            if isinstance(item, Scalar):
                self._conda(item, ())
            elif isinstance(item, Mapping):
                self._section(item)
            else:
                self._problem("a list inside `dependencies` is no package", item.place)

    def _section(self, item: Mapping) -> None:
        for key, value in item.entries():
            platforms = key_platforms(key.text)
            if key.text == "pip":
                self._read_pip(key, value)
            elif platforms is None:
                self._unknown.append(Entry(key.text, key.place))
            elif isinstance(value, Sequence):
                for child in value.items:
                    self._selected(child, platforms)
            else:
                self._selected(value, platforms)

    def _selected(self, node: Node, platforms: tuple[str, ...]) -> None:
        if isinstance(node, Scalar):
            self._conda(node, platforms)
        else:
            self._problem("only packages can stand under a `sel()` key", node.place)

    def _conda(self, item: Scalar, platforms: tuple[str, ...]) -> None:
        if item.is_null or _is_number(item):
            self._problem(f"`{item.text}` is no package", item.place, "write its name, or delete")
            return
        try:
            spec = parse_match_spec(item.text)
        except InvalidMatchSpec as error:
            place = _inside(item, error.column)
            self._problem(f"`{item.text}` is no match spec: {error.message}", place)
            return
        selected = platforms or self._comment_platforms(item.place)
        self._dependencies.append(CondaDependency(item.text, item.place, spec, selected))

    def _read_pip(self, key: Scalar, value: Node) -> None:
        self._pip_key = self._pip_key or key.place
        if isinstance(value, Scalar) and value.is_null:
            return
        if not isinstance(value, Sequence):
            what = "the `pip:` section is no list"
            self._no_list(what, key, value, "put `- ` before each line")
            return
        for item in value.items:
            if isinstance(item, Scalar) and not item.is_null:
                self._pip_line(item)
            else:
                fix = requirement_meant(item)
                self._problem("an item of the `pip:` section is no text", item.place, fix)

    def _pip_line(self, item: Scalar) -> None:
        try:
            requirement = parse_pip_requirement(item.text)
        except InvalidRequirement as error:
            place = _inside(item, error.column)
            self._problem(f"`{item.text}` is nothing that pip reads: {error.message}", place)
            return
        platforms = self._comment_platforms(item.place)
        self._pip.append(PipDependency(item.text, item.place, requirement, platforms))

    def _comment_platforms(self, place: Place) -> tuple[str, ...]:
        line = self._lines[place.line - 1] if place.line <= len(self._lines) else ""
        return comment_platforms(line[place.end_column - 1 :]) if "#" in line else ()


def _is_number(scalar: Scalar) -> bool:
    return scalar.plain and _NOT_TEXT.fullmatch(scalar.text) is not None


def _inside(item: Scalar, offset: int) -> Place:
    """The stretch of `item` from `offset` on, where its text stands as it is in one line."""
    start, end = item.place.column, item.place.end_column
    if end - start != len(item.text) or offset >= len(item.text):
        return item.place
    return item.place._replace(column=start + offset)
