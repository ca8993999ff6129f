"""How conda merges the sources of its settings (conda/common/configuration.py).

Sources come in the order of the search path, later ones win: a text replaces an earlier one,
lists are put in front of earlier ones, maps are merged key by key. `#!final` behind a key ends
the merge there, `#!top` and `#!bottom` behind an item move it to that end of the list.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from envtool.domain.yaml_nodes import Mapping as MappingNode
from envtool.domain.yaml_nodes import Node, Scalar
from envtool.domain.yaml_nodes import Sequence as SequenceNode
from envtool.errors import UnreadableError

_COMMENT = r"#[!#]*(final|top|bottom)[!#]*\s*$"
_FLAG = re.compile(rf"\s+{_COMMENT}")
_LAST_FLAG = re.compile(rf"\s{_COMMENT}")
# What YAML 1.1 takes for the end of a line.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as one source has it, with its flag; None is YAML's null."""

    value: "str | tuple[Raw, ...] | Mapping[str, Raw] | None"
    origin: str
    flag: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether no later source may say otherwise."""
        return self.flag == "final"


Merge = Callable[[Sequence[Raw]], Raw]


class _Text(NamedTuple):
    lines: list[str]

    def behind(self, node: Scalar) -> str:
        """The rest of the line that `node` ends on."""
        return self.lines[node.place.line - 1][node.place.end_column - 1 :]

    def flag(self, node: Node) -> str | None:
        """The flag behind `node` when nothing else follows it on its line."""
        found = _FLAG.match(self.behind(node)) if isinstance(node, Scalar) else None
        return found[1] if found else None

    def flag_of_line(self, key: Scalar) -> str | None:
        """The flag at the end of the line of `key`, whose list or map may stand between."""
        found = _LAST_FLAG.search(self.behind(key))
        return found[1] if found else None


def read_raws(root: MappingNode, text: str) -> dict[str, Raw]:
    """The keys of a condarc file; `text` is where the comments are."""
    return _entries(root, _Text(_BREAK.split(text)))


def _entries(node: MappingNode, text: _Text) -> dict[str, Raw]:
    found = {}
    for key, value in node.entries():
        is_text = isinstance(value, Scalar)
        flag = text.flag(value) if is_text else text.flag_of_line(key)
        found[key.text] = _raw(value, text, flag)
    return found


def _raw(node: Node, text: _Text, flag: str | None) -> Raw:
    origin = str(node.place)
    if isinstance(node, Scalar):
        return Raw(None if node.is_null else node.text, origin, flag)
    if isinstance(node, SequenceNode):
        return Raw(tuple(_raw(each, text, text.flag(each)) for each in node.items), origin, flag)
    return Raw(_entries(node, text), origin, flag)


def _until_final(raws: Sequence[Raw]) -> Sequence[Raw]:
    end = next((index for index, raw in enumerate(raws) if raw.is_final), len(raws))
    return raws[: end + 1]


def merge_text(raws: Sequence[Raw]) -> Raw:
    """The first final one, else the last."""
    return _until_final(raws)[-1]


def merge_list(raws: Sequence[Raw]) -> Raw:
    """All items, those of later sources first, each once; flagged ones at their end."""
    kept = _until_final(raws)
    lists = [_items(raw) for raw in kept]
    top = [item for each in lists for item in each if item.flag == "top"]
    bottom = [item for each in reversed(lists) for item in each if item.flag == "bottom"]
    forward = _first_of_each([*top, *(item for each in reversed(lists) for item in each)])
    backward = _first_of_each([*reversed(bottom), *reversed(forward)])
    return Raw(tuple(reversed(backward)), kept[-1].origin)


def _items(raw: Raw) -> tuple[Raw, ...]:
    return raw.value if isinstance(raw.value, tuple) else ()


def _first_of_each(items: list[Raw]) -> list[Raw]:
    found: dict[object, Raw] = {}
    for item in items:
        found.setdefault(item.value, item)
    return list(found.values())


def merge_map(raws: Sequence[Raw], merge_value: Merge) -> Raw:
    """Key by key with `merge_value`; a key that is final in one source stays as it is there."""
    kept = _until_final(raws)
    grouped: dict[str, list[Raw]] = {}
    for raw in kept:
        for key, value in _pairs(raw).items():
            grouped.setdefault(key, []).append(value)
    merged = {
        key: next((each for each in values if each.is_final), None) or merge_value(values)
        for key, values in grouped.items()
    }
    return Raw(merged, kept[-1].origin)


def _pairs(raw: Raw) -> Mapping[str, Raw]:
    return raw.value if isinstance(raw.value, Mapping) else {}


# What conda calls a key otherwise; one source may use one of the names.
_ALIASES = {
    "channels": ("channel",),
    "allowlist_channels": ("whitelist_channels",),
    "ssl_verify": ("verify_ssl",),
    "client_ssl_cert": ("client_cert",),
    "client_ssl_cert_key": ("client_cert_key",),
    "add_anaconda_token": ("add_binstar_token",),
    "envs_dirs": ("envs_path",),
}
_PREFIX = "CONDA_"
_IMPORTANT = "!important"


class Sources:
    """Files and the environment; asked key by key, it says what all of them together say.

    Every question raises `UnreadableError` when one of them answers with something else.
    """

    def __init__(
        self,
        files: Iterable[Mapping[str, Raw]],
        variables: Mapping[str, str],
        path_separator: str,
    ) -> None:
        self._files = tuple(files)
        self._separator = path_separator
        self._variables = {
            name[len(_PREFIX) :].lower(): Raw(value, name)
            for name, value in variables.items()
            if name.startswith(_PREFIX)
        }

    def text(self, key: str) -> Raw | None:
        """The text at `key`, None in it for null; None when no source has it."""
        found = [_text(raw, key) for raw in self._in_files(key)]
        for raw in _of(self._variables, key):
            text, important, _ = str(raw.value).partition(_IMPORTANT)
            if text.strip():
                found.append(Raw(text.strip(), raw.origin, "final" if important else None))
        return merge_text(found) if found else None

    def texts(self, key: str) -> tuple[Raw, ...] | None:
        """The list of texts at `key`; None when no source has it."""
        found = [_list(raw, key) for raw in self._in_files(key) if raw.value is not None]
        for raw in _of(self._variables, key):
            separator = self._separator if key == "envs_dirs" else ","
            words = (word.strip() for word in str(raw.value).split(separator))
            found.append(Raw(tuple(Raw(word, raw.origin) for word in words if word), raw.origin))
        return _items(merge_list(found)) if found else None

    def pairs(self, key: str) -> Mapping[str, Raw] | None:
        """The texts at `key`, by name; None when no source has it."""
        return self._map(key, _text, merge_text)

    def lists(self, key: str) -> Mapping[str, tuple[Raw, ...]]:
        """The lists of texts at `key`, by name."""
        found = self._map(key, _list, merge_list) or {}
        return {name: _items(raw) for name, raw in found.items()}

    def _map(
        self, key: str, check: Callable[[Raw, str], Raw], merge: Merge
    ) -> Mapping[str, Raw] | None:
        found = []
        for raw in (*self._in_files(key), *_of(self._variables, key)):
            if isinstance(raw.value, Mapping):
                pairs = {name: check(each, f"{key}.{name}") for name, each in raw.value.items()}
                found.append(Raw(pairs, raw.origin, raw.flag))
            elif raw.value is not None:
                raise malformed(raw.origin, f"`{key}` has to be made of `name: value`")
        return _pairs(merge_map(found, merge)) if found else None

    def _in_files(self, key: str) -> list[Raw]:
        return [raw for file in self._files for raw in _of(file, key)]


def _of(source: Mapping[str, Raw], key: str) -> Iterator[Raw]:
    """What one source says under any name of `key`: nothing, or one thing."""
    names = [name for name in (key, *_ALIASES.get(key, ())) if name in source]
    if names[1:]:
        other = source[names[1]]
        raise malformed(
            other.origin, f"`{names[1]}` is another name for `{key}`, which is there, too"
        )
    yield from (source[name] for name in names)


def _text(raw: Raw, key: str) -> Raw:
    if not isinstance(raw.value, str | None):
        raise malformed(raw.origin, f"`{key}` has to be one value, no list or map")
    return raw


def _list(raw: Raw, key: str) -> Raw:
    if raw.value is None:
        return Raw((), raw.origin, raw.flag)
    if not isinstance(raw.value, tuple):
        raise malformed(raw.origin, f"`{key}` has to be a list", f"write `{key}: [...]`")
    for item in raw.value:
        if not isinstance(item.value, str):
            raise malformed(item.origin, f"an item of `{key}` has to be a text")
    return raw


def malformed(origin: str, message: str, hint: str | None = None) -> UnreadableError:
    """The error about what stands at `origin`."""
    return UnreadableError(f"{origin}: {message}", hints=(hint or _HINT,))


_HINT = "`https://docs.conda.io/projects/conda/en/stable/configuration.html` explains each setting"
