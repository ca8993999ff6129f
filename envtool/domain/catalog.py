"""What envtool knows about packages: development tools, layers, names on the other index.

The lists are shipped in `envtool/data/`, made by hand; a policy adds to them and takes away.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


class Patterns:
    """A set of names and globs; `-` and `_` are the same, as on PyPI."""

    def __init__(self, patterns: Iterable[str]) -> None:
        # Names first, then `pytest*` and `*-dev` as start and end, then the rest with its start:
        # compiling a glob costs more than all look-ups of a file.
        self._names: set[str] = set()
        self._ends: list[tuple[str, str]] = []
        self._globs: list[tuple[str, str]] = []
        for pattern in patterns:
            each = pattern.lower().replace("[-_]", "-").replace("_", "-")
            start, star, end = each.partition("*")
            literal = _GLOB.split(each, maxsplit=1)[0]
            if literal == each:
                self._names.add(each)
            elif star and literal == start and not _GLOB.search(end):
                self._ends.append((start, end))
            else:
                self._globs.append((literal, each))

    def __contains__(self, name: str) -> bool:
        """Whether `name` (lower case) is one of them."""
        name = name.replace("_", "-")
        if name in self._names:
            return True
        for start, end in self._ends:
            if name.startswith(start) and name[len(start) :].endswith(end):
                return True
        return any(
            name.startswith(start) and fnmatchcase(name, glob) for start, glob in self._globs
        )


_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalog:
    """The shipped lists.

    Attributes:
        dev_tools: section (`testing`, `documentation`, ...) -> its packages.
        runtime: what a glob of `dev_tools` would take for one by mistake.
        layers: layer -> its packages, in the order of installation.
        default_layer: the layer of what no list names.
        pypi_names: conda name -> PyPI name, where the two differ.
        conda_only: conda names that are something else on PyPI.
    """

    dev_tools: Mapping[str, Patterns]
    runtime: Patterns
    layers: Mapping[str, Patterns]
    default_layer: str
    pypi_names: Mapping[str, str]
    conda_only: frozenset[str]
    # What was looked up before: each package is asked for by several rules.
    _layers: dict[str, str] = field(default_factory=dict)
    _tools: dict[str, str | None] = field(default_factory=dict)

    def dev_tool(self, name: str) -> str | None:
        """The section that lists `name` as a development tool; None when none does."""
        if name not in self._tools:
            found = (section for section, tools in self.dev_tools.items() if name in tools)
            self._tools[name] = None if name in self.runtime else next(found, None)
        return self._tools[name]

    def layer(self, name: str) -> str:
        """The layer of `name` by the shipped list."""
        if name not in self._layers:
            found = (layer for layer, packages in self.layers.items() if name in packages)
            self._layers[name] = next(found, self.default_layer)
        return self._layers[name]

    def distribution(self, conda_name: str) -> str:
        """The PyPI name of a conda package; one that no PyPI package can have if it has none."""
        if conda_name in self.conda_only:
            return f"conda::{conda_name}"
        return self.pypi_names.get(conda_name, conda_name.replace("_", "-").replace(".", "-"))
