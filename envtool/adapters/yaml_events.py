"""The door to PyYAML: libyaml's events become nodes.

`yaml.compose` recurses in C and dies of 30,000 brackets (SIGSEGV); its event stream does
not, so the nodes are built here with a stack of their own and a cap on the depth.
"""

import re
from collections.abc import Callable, Iterator
from typing import cast

import yaml
from yaml.reader import ReaderError

from envtool.domain.findings import Place
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence, YamlError
from envtool.domain.yaml_slips import lone_text

# An environment file is 4 deep (dependencies, pip, item); nobody writes 64 by hand.
_MAX_DEPTH = 64
# What libyaml calls a thousand levels or so.
_TOO_DEEP = "exceeded maximum nesting depth"

_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))

Loader = Callable[[str], "yaml.CSafeLoader | yaml.SafeLoader"]


class EventYaml:
    """The port `Yaml` on libyaml's event parser, or PyYAML's own where that is not built."""

    def __init__(self, loader: Loader | None = None) -> None:
        self._loader: Loader = loader or (
            yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        )

    def parse(self, text: str, path: str) -> Node | None:
        """See `ports.Yaml.parse`."""
        builder = _Builder(path)
        try:
            for event in _events(self._loader(text)):
                if builder.take(event):
                    break
        except yaml.MarkedYAMLError as error:
            if error.problem == _TOO_DEEP:
                # Newer ones of libyaml refuse that themselves, and do not say where it begins.
                return EventYaml(yaml.SafeLoader).parse(text, path)
            raise _malformed(error, text, path) from error
        except ReaderError as error:
            raise _unreadable(error, text, path) from error
        return builder.root

    def dump(self, data: object) -> str:
        """See `ports.Yaml.dump`."""
        dumper = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
        return str(yaml.dump(data, Dumper=dumper, sort_keys=False))


def _events(loader: "yaml.CSafeLoader | yaml.SafeLoader") -> Iterator[yaml.Event]:
    while loader.check_event():
        yield cast("yaml.Event", loader.get_event())


class _Builder:
    """Turns events into nodes; one for each document."""

    def __init__(self, path: str) -> None:
        self.root: Node | None = None
        self._path = path
        self._open: list[Sequence | Mapping] = []
        # For each open collection its anchor, and the key that still waits for its value.
        self._names: list[str | None] = []
        self._keys: list[Node | None] = []
        # None while a node is open: an alias to it from inside would be a cycle.
        self._anchors: dict[str, Node | None] = {}

    def take(self, event: yaml.Event) -> bool:
        """Take one event; True when the document has ended."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        return isinstance(event, yaml.DocumentEndEvent)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        if event.tag is not None and event.tag not in _TAGS and event.tag != "!":
            raise YamlError(f"the tag `{event.tag}` is not read by conda", place)
        node = Scalar(event.value, place, not event.style and event.tag is None)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._add(node)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        place = self._place(event)
        if len(self._open) >= _MAX_DEPTH:
            raise YamlError(f"nested more than {_MAX_DEPTH} levels deep", place)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = Mapping([], place) if is_mapping else Sequence([], place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._add(node)
        self._open.append(node)
        self._names.append(event.anchor)
        self._keys.append(None)

    def _end(self) -> None:
        node, name = self._open.pop(), self._names.pop()
        self._keys.pop()
        if name is not None:
            self._anchors[name] = node

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        node = self._anchors.get(name)
        if node is None:
            what = "points into itself" if name in self._anchors else "has no anchor before it"
            raise YamlError(f"the alias `*{name}` {what}", self._place(event))
        self._add(node)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            self._keys[-1] = None
            parent.pairs.append((key, node))

    def _place(self, event: yaml.Event) -> Place:
        start, end = cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)
        column = start.column + 1
        same_line = end.line == start.line
        return Place(
            self._path, start.line + 1, column, end.column + 1 if same_line else column + 1
        )


# libyaml's and PyYAML's words -> what a person does about it.
_HINTS = (
    (
        "cannot start any token",
        "use spaces, no tabs; quote a text that starts with `@`, `%` or a backquote",
    ),
    ("tab character", "use spaces, no tabs"),
    ("expected ',' or", "close the bracket that is open there or above"),
    ("mapping values are not allowed", "a `key: value` can not stand here: check the indentation"),
    ("expected <block end>", "check the indentation: items of one list start in the same column"),
    ("did not find expected key", "check the indentation: keys of one level start together"),
    ("did not find expected '-' indicator", "check the indentation: items of one list align"),
    ("alphabetic or numeric", "quote a text that starts with `*` or `&`"),
)


def _malformed(error: yaml.MarkedYAMLError, text: str, path: str) -> YamlError:
    message = str(error.problem or error.context)
    if message.startswith("could not find expected ':'") and error.context_mark is not None:
        # It is missed where the next token begins, which may be far below.
        return _lone(error.context_mark, text, path)
    if message == "found unexpected end of stream" and error.context_mark is not None:
        mark = error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1, mark.column + 2)
        message = "not YAML: the quote that opens here is not closed"
        return YamlError(message, place, hint="close it, or take it away")
    hint = next((hint for words, hint in _HINTS if words in message), None)
    return YamlError(f"not YAML: {message}", _place_of(error, path), hint=hint)


def _lone(mark: yaml.Mark, text: str, path: str) -> YamlError:
    line = re.split(r"\r\n|[\r\n\x85\u2028\u2029]", text)[mark.line]
    what, hint = lone_text(line)
    start = len(line) - len(line.lstrip()) + 1
    place = Place(path, mark.line + 1, start, len(line.rstrip()) + 1)
    return YamlError(f"not YAML: {what}", place, hint=hint)


def _place_of(error: yaml.MarkedYAMLError, path: str) -> Place:
    mark = error.problem_mark
    if mark is None:
        return Place(path)
    return Place(path, mark.line + 1, mark.column + 1, mark.column + 2)


def _unreadable(error: ReaderError, text: str, path: str) -> YamlError:
    """The C parser counts bytes, PyYAML's own characters: find the character itself."""
    code = error.character if isinstance(error.character, int) else ord(error.character)
    before = text[: max(text.find(chr(code)), 0)]
    line = len(before.splitlines()) + (1 if not before or before[-1] in "\r\n" else 0)
    column = len(before) - max(before.rfind("\n"), before.rfind("\r"))
    message = f"the control character U+{code:04X} can not stand in YAML"
    return YamlError(message, Place(path, max(line, 1), column, column + 1))
