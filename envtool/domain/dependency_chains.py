"""Why a locked package is there: asked for in a file, or needed by something that is."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from envtool.domain.catalog import Catalog
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.domain.policy.model import LAYERS
from envtool.domain.project import Project
from envtool.domain.selectors import overlap
from envtool.domain.specs import CondaDependency

# Manager, platform and name: what is one thing in an environment, whatever its category.
Node = tuple[str, str, str]


class Standing(NamedTuple):
    """How a package stands in a project.

    Attributes:
        layer: that it is installed with: the first one that lists it, or needs it.
        direct: whether an environment file lists it.
        through: the shortest chain from a direct dependency to what needs the package; empty
            for a direct one, and for one that nothing needs.
    """

    layer: str
    direct: bool = False
    through: tuple[str, ...] = ()


def node_of(package: LockedPackage) -> Node:
    """What `package` is in its environment."""
    return (package.manager, package.platform, package.name)


def standings(packages: Iterable[LockedPackage], project: Project) -> dict[Node, Standing]:
    """How each package of a lock stands in `project`.

    What nothing needs belongs to the layer that the lists name for it.
    """
    by_platform: dict[str, list[LockedPackage]] = {}
    for package in packages:
        by_platform.setdefault(package.platform, []).append(package)
    found: dict[Node, Standing] = {}
    for platform, here in by_platform.items():
        found |= _Graph(here, project.catalog).standings(_roots(project, platform))
    return found


class _Root(NamedTuple):
    manager: str
    name: str
    layer: str


def _roots(project: Project, platform: str) -> list[_Root]:
    """The direct dependencies on `platform`, in the order of layers and names."""
    roots = [
        _Root(
            "conda" if isinstance(each.dependency, CondaDependency) else "pip",
            each.name,
            project.layer(spec, each.name),
        )
        for spec in project.specs
        for each in project.requirements(spec)
        if overlap(each.dependency.platforms, (platform,))
    ]
    return sorted(roots, key=lambda each: (LAYERS.index(each.layer), each.name))


class _Graph:
    """The packages of one platform, and what needs what."""

    def __init__(self, packages: list[LockedPackage], catalog: Catalog) -> None:
        self._catalog = catalog
        self._conda = {each.name: each for each in packages if each.manager == "conda"}
        self._pip = {canonical(each.name): each for each in packages if each.manager == "pip"}
        self._distributions = {
            catalog.distribution(name): each for name, each in self._conda.items()
        }

    def standings(self, roots: list[_Root]) -> dict[Node, Standing]:
        """See `standings`."""
        layers = self._layers(roots)
        chains = self._chains(roots)
        everything = (*self._conda.values(), *self._pip.values())
        return {
            node_of(each): Standing(
                layers.get(node_of(each)) or self._catalog.layer(each.name),
                node_of(each) in chains and not chains[node_of(each)],
                chains.get(node_of(each), ()),
            )
            for each in everything
        }

    def _layers(self, roots: list[_Root]) -> Mapping[Node, str]:
        """The first layer that needs each package."""
        layers: dict[Node, str] = {}
        for root in roots:
            waiting = list(self._find(root.manager, root.name))
            while waiting:
                package = waiting.pop()
                if node_of(package) not in layers:
                    layers[node_of(package)] = root.layer
                    waiting += self._needed(package)
        return layers

    def _chains(self, roots: list[_Root]) -> Mapping[Node, tuple[str, ...]]:
        """The shortest chain to each package; of several the first by name."""
        starts = sorted(roots, key=lambda each: each.name)
        waiting = deque(each for root in starts for each in self._find(root.manager, root.name))
        chains: dict[Node, tuple[str, ...]] = {node_of(each): () for each in waiting}
        while waiting:
            package = waiting.popleft()
            chain = (*chains[node_of(package)], package.name)
            for each in self._needed(package):
                if node_of(each) not in chains:
                    chains[node_of(each)] = chain
                    waiting.append(each)
        return chains

    def _needed(self, package: LockedPackage) -> Iterator[LockedPackage]:
        for name, _ in package.dependencies:
            yield from self._find(package.manager, name)

    def _find(self, manager: str, name: str) -> tuple[LockedPackage, ...]:
        """What answers to `name`; pip finds what conda has installed, too."""
        found = self._conda.get(name)
        if manager == "pip":
            name = canonical(name)
            found = self._pip.get(name) or self._distributions.get(name)
        return (found,) if found else ()
