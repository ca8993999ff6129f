"""Where the keys of a TOML document stand.

tomllib gives values without places. This scan finds each key of a document that tomllib has
already accepted, so it may be simple: it knows tables, arrays of tables, dotted and quoted
keys, and steps over multi-line strings and arrays. A key inside an inline table has the
place of the line's own key.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from envtool.domain.policy.shapes import KeyPath

_BARE = r"[A-Za-z0-9_-]+"
_PART = rf"(?:{_BARE}|\"(?:[^\"\\]|\\.)*\"|'[^']*')"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=\s*")
_PARTS = re.compile(_PART)
# What opens, closes or hides structure inside a value.
_TOKEN = re.compile(r"\"\"\"|'''|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*|[\[\]{}]", re.DOTALL)


# Line, column and end column, all from 1; line 0 is the file.
Stretch = tuple[int, int, int]


# A policy asks for the place of each of its keys.
@lru_cache(maxsize=4)
def toml_places(text: str) -> Mapping[KeyPath, Stretch]:
    """Where every key, table and array item stands that has a line, as it is written there."""
    places: dict[KeyPath, Stretch] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in statements(text):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            stretch = (number, header.start(2) + 1, header.end(2) + 1)
            places.setdefault(table, stretch)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            else:
                table = _inside_array(table, counts)
            places[table] = stretch
        elif key := _KEY.match(line):
            path = table + _parts(key[1])
            for length in range(len(table) + 1, len(path) + 1):
                places.setdefault(path[:length], (number, key.start(1) + 1, key.end(1) + 1))
    return places


def place_of(places: Mapping[KeyPath, Stretch], path: KeyPath) -> Stretch:
    """The place of the longest known start of `path`; the file without any."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return (0, 1, 1)


def header_of(statement: str) -> str | None:
    """The dotted name of a table or array, as it is written."""
    match = _HEADER.match(statement)
    return match[2] if match else None


def key_of(statement: str) -> tuple[str, str] | None:
    """The dotted key of a statement, as it is written, and what stands behind its `=`."""
    match = _KEY.match(statement)
    return (match[1], statement[match.end() :]) if match else None


def _parts(dotted: str) -> KeyPath:
    return tuple(_unquoted(part) for part in _PARTS.findall(dotted))


def _unquoted(part: str) -> str:
    return part[1:-1] if part[0] in "\"'" else part


def _inside_array(table: KeyPath, counts: Mapping[KeyPath, int]) -> KeyPath:
    """`[bans.extra]` behind `[[bans]]` belongs to the last item of the array."""
    for length in range(len(table), 0, -1):
        if (head := table[:length]) in counts:
            return (*head, counts[head], *table[length:])
    return table


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines that start a statement, with their numbers; continuations are left out."""
    depth, quote = 0, ""
    # Where tomllib counts lines: a text may hold other breaks.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not depth and not quote:
            yield number, line
            key = _KEY.match(line)
            rest = line[key.end() :] if key else ""
        else:
            rest = line
        depth, quote = _state_after(rest, depth, quote)


def _state_after(rest: str, depth: int, quote: str) -> tuple[int, str]:
    """The open brackets and the open multi-line quote behind `rest`."""
    while rest:
        if quote:
            _, found, rest = rest.partition(quote)
            if not found:
                return depth, quote
            quote = ""
        token = _TOKEN.search(rest)
        if token is None:
            return depth, quote
        rest = rest[token.end() :]
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case '"""' | "'''":
                quote = token[0]
            case _:
                pass
    return depth, quote
