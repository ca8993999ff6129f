"""A YAML document as plain nodes that know where they stand.

Aliases are the very node they point to and are never copied, so an "alias bomb" stays as
small as its text.
"""

from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.findings import Place


class Scalar(NamedTuple):
    """A plain or quoted scalar; `plain` tells `null` from `"null"`."""

    text: str
    place: Place
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Whether YAML 1.2's core schema reads it as null."""
        return self.plain and self.text in _NULLS


class Sequence(NamedTuple):
    """A list, in block or flow style."""

    items: "list[Node]"
    place: Place


class Mapping(NamedTuple):
    """Pairs in the order of the file; a key that is no scalar keeps its node."""

    pairs: "list[tuple[Node, Node]]"
    place: Place

    def entries(self) -> "Iterator[tuple[Scalar, Node]]":
        """The pairs whose key is a scalar, those merged in with `<<` behind the own ones."""
        merged: list[Node] = []
        for key, value in self.pairs:
            if not isinstance(key, Scalar):
                continue
            if key.plain and key.text == "<<":
                merged += value.items if isinstance(value, Sequence) else [value]
            else:
                yield key, value
        own = {key.text for key, _ in self.pairs if isinstance(key, Scalar)}
        for node in merged:
            yield from _inherited(node, own)


def _inherited(node: "Node", own: set[str]) -> "Iterator[tuple[Scalar, Node]]":
    """What `<<: *node` adds; only one level deep, as a chain of merges has no use here."""
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            if isinstance(key, Scalar) and key.text not in own and key.text != "<<":
                own.add(key.text)
                yield key, value


Node = Scalar | Sequence | Mapping


def keys_of(node: Node | None) -> dict[str, Node]:
    """The entries of a mapping; empty for anything else."""
    return {key.text: value for key, value in node.entries()} if isinstance(node, Mapping) else {}


def items_of(node: Node | None) -> "list[Node]":
    """The items of a list; empty for anything else."""
    return node.items if isinstance(node, Sequence) else []


def text_of(entries: dict[str, Node], key: str) -> str:
    """The scalar at `key`; empty for anything else."""
    value = entries.get(key)
    return value.text if isinstance(value, Scalar) else ""


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class YamlError(ValueError):
    """The text is no YAML that we read: one line, and where."""

    def __init__(self, message: str, place: Place, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
