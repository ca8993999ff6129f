"""What envtool knows about packages: development tools, layers, names on the other index.

The lists are shipped in `envtool/data/`, made by hand; a policy adds to them and takes away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


class Patterns:
    """A set of names and globs; a name is looked up before any glob is tried."""

    def __init__(self, patterns: Iterable[str]) -> None:
        every = [pattern.lower() for pattern in patterns]
        self._names = frozenset(each for each in every if not _GLOB.intersection(each))
        globs = [each for each in every if _GLOB.intersection(each)]
        starts = [each[:-1] for each in globs if not _GLOB.intersection(each[:-1])]
        self._starts = tuple(start for start in starts if f"{start}*" in globs)
        self._globs = tuple(each for each in globs if each[:-1] not in self._starts)

    def __contains__(self, name: str) -> bool:
        """Whether `name` (lower case) is one of them."""
        if name in self._names or name.startswith(self._starts):
            return True
        return any(fnmatchcase(name, glob) for glob in self._globs)


_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalog:
    """The shipped lists.

    Attributes:
        dev_tools: section (`testing`, `documentation`, ...) -> its packages.
        runtime: what a glob of `dev_tools` would take for one by mistake.
        layers: layer -> its packages, in the order of installation.
        default_layer: the layer of what no list names.
        pypi_names: conda name -> PyPI name, where the two differ.
    """

    dev_tools: Mapping[str, Patterns]
    runtime: Patterns
    layers: Mapping[str, Patterns]
    default_layer: str
    pypi_names: Mapping[str, str]

    def dev_tool(self, name: str) -> str | None:
        """The section that lists `name` as a development tool; None when none does."""
        if name in self.runtime:
            return None
        return next((each for each, tools in self.dev_tools.items() if name in tools), None)

    def layer(self, name: str) -> str:
        """The layer of `name` by the shipped list."""
        found = (layer for layer, packages in self.layers.items() if name in packages)
        return next(found, self.default_layer)

    def distribution(self, conda_name: str) -> str:
        """The PyPI name of a conda package, as far as the shipped list knows better."""
        return self.pypi_names.get(conda_name, conda_name.replace("_", "-").replace(".", "-"))
