"""A file to be mended: its text to the character, and the nodes that were read from it."""

from itertools import accumulate

from envtool.domain.findings import Place
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence


class LeftAloneError(ValueError):
    """A finding that can not be mended without a person: why, as a part of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Page:
    """The text of one file, line by line, with the nodes of its first document.

    Attributes:
        path: as in the places of the nodes.
        text: without byte order mark.
        root: of the document.
    """

    def __init__(self, path: str, text: str, root: Node | None) -> None:
        self.path = path
        self.text = text
        self.root = root
        # libyaml breaks lines where Python does: it refuses the characters on which they differ.
        self._lines = text.splitlines(keepends=True)
        self._starts = list(accumulate(map(len, self._lines), initial=0))
        self._homes: dict[Place, tuple[Sequence, int]] = {}
        self._shared = self._surveyed()

    def line(self, number: int) -> str:
        """The line `number` (from 1) without its ending."""
        return self._lines[number - 1].rstrip(_BREAKS)

    def start(self, number: int) -> int:
        """The offset at which line `number` starts; one more than there are is the end."""
        return self._starts[number - 1]

    def ending(self, number: int) -> str:
        """How line `number` ends; as the file does elsewhere when it has no ending."""
        for line in (self._lines[number - 1], *self._lines[:1]):
            if ending := line[len(line.rstrip(_BREAKS)) :]:
                return ending
        return "\n"

    def offset(self, place: Place) -> int:
        """The offset at which `place` starts."""
        return self.start(place.line) + place.column - 1

    def span(self, place: Place, text: str) -> tuple[int, int]:
        """The offsets of the scalar `text` at `place`, without its quotes.

        Raises `LeftAloneError` when it has an anchor, is used a second time, runs over several
        lines or holds escapes: then what stands there is not what it says.
        """
        start = self.offset(place)
        raw = self.text[start : self.start(place.line) + place.end_column - 1]
        if place in self._shared:
            raise LeftAloneError("it is used in several places of the file")
        if raw == text:
            return start, start + len(raw)
        if raw in {f"'{text}'", f'"{text}"'}:
            return start + 1, start + len(raw) - 1
        raise LeftAloneError("it is no text in one line")

    def home(self, place: Place) -> tuple[Sequence, int]:
        """The list that holds the item at `place`, or the mapping with a key there; its index.

        Raises `LeftAloneError` when there is none, or it has an alias.
        """
        if place in self._shared:
            raise LeftAloneError("it is used in several places of the file")
        if place not in self._homes:
            raise LeftAloneError("it stands in no list")
        return self._homes[place]

    def key(self, name: str) -> tuple[Scalar, Node]:
        """The last top-level key `name` with its value.

        Raises `LeftAloneError` when there is none, or it is merged in from elsewhere.
        """
        pairs = self.root.pairs if isinstance(self.root, Mapping) else []
        for key, value in reversed(pairs):
            if isinstance(key, Scalar) and key.text == name and value.place not in self._shared:
                return key, value
        raise LeftAloneError(f"`{name}:` is used in several places of the file")

    def _surveyed(self) -> frozenset[Place]:
        """Notes which list holds what; the places of all that aliases point to."""
        seen: set[int] = set()
        repeated: list[Node] = []
        waiting = [] if self.root is None else [self.root]
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                repeated.append(node)
                continue
            seen.add(id(node))
            if isinstance(node, Sequence):
                self._note(node)
            waiting += _children(node)
        return frozenset(_places(repeated))

    def _note(self, node: Sequence) -> None:
        for index, item in enumerate(node.items):
            self._homes[item.place] = (node, index)
            for key, _ in item.pairs if isinstance(item, Mapping) else ():
                self._homes[key.place] = (node, index)


# What ends a line in YAML 1.1.
_BREAKS = "\r\n\x85\u2028\u2029"


def _children(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return [each for pair in node.pairs for each in pair]
    return node.items if isinstance(node, Sequence) else []


def _places(nodes: list[Node]) -> set[Place]:
    """The places of `nodes` and of everything in them; each node is looked at once."""
    places: set[Place] = set()
    seen: set[int] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            places.add(node.place)
            waiting += _children(node)
    return places
