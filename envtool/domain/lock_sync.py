"""Whether a lock is what the environment files ask for: all of it, and nothing else."""

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase

from envtool.domain.catalog import Catalog
from envtool.domain.environments import environment_of
from envtool.domain.lock_check import Reason, out_of_sync
from envtool.domain.lock_making import MAIN, category, pip_lines
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.domain.selectors import overlap
from envtool.domain.specs import Spec

# conda and mamba install it with python, and its own dependency says nothing of that.
_WITH_PYTHON = "pip"


def unsynced(lock: Lock, specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[Reason]:
    """Every way in which `lock` is not what `specs`, all that it is made from, come to."""
    yield from out_of_sync(lock, specs, catalog)
    yield from unfounded(lock, specs, catalog)


def unfounded(lock: Lock, specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[Reason]:
    """What `lock` has no ground for: files that are gone, or packages that no file asks for."""
    for name in lock.gone:
        message = f"the lock was made from `{name}`, which is gone"
        fix = f"bring it back, or lock without it: `{lock.maker}`"
        yield Reason("", message, lock.whole, (), fix)
    yield from leftovers(lock, specs, catalog)


def leftovers(lock: Lock, specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[Reason]:
    """What is locked and nothing asks for: neither a line of `specs` nor what such a line needs.

    Of packages that need each other the first one is named. Nothing can be said of a lock
    that names no sources, or another one than `specs`, or when a line of them can not be read;
    and of the pip packages that conda-lock locks beside a conda package which pip needs, for it
    takes all that PyPI's package of that name needs.
    """
    if not _is_all(lock, specs) or any(spec.problems for spec in specs):
        return
    by_platform: dict[str, list[LockedPackage]] = {}
    for package in lock.foreign():
        by_platform.setdefault(package.platform, []).append(package)
    found: dict[tuple[str, str, str], tuple[LockedPackage, list[str]]] = {}
    for platform, packages in by_platform.items():
        graph = _Graph(packages, catalog)
        for package, why in _unasked(lock, specs, graph, platform):
            key = (package.manager, package.name, why)
            found.setdefault(key, (package, []))[1].append(platform)
    for (_, name, why), (package, platforms) in found.items():
        where = "" if len(platforms) == len(by_platform) else f" on {', '.join(platforms)}"
        brief = f"`{name}` is locked{where}, and {why}"
        message = f"`{name}` is in `{lock.path}`{where}, and {why}"
        yield Reason(name, message, lock.place(package), (), lock.again, brief)


def _is_all(lock: Lock, specs: tuple[Spec, ...]) -> bool:
    """Whether `specs` are all that `lock` was made from.

    conda-lock writes paths that start in the folder where somebody called it, too: then the name
    has to do.
    """
    folder = posixpath.dirname(lock.path)
    paths = {posixpath.normpath(spec.path) for spec in specs}
    left = [
        posixpath.basename(each)
        for each in lock.sources
        if posixpath.normpath(posixpath.join(folder, each)) not in paths
    ]
    names = {posixpath.basename(path) for path in paths}
    named = [posixpath.basename(each) for each in lock.sources]
    return bool(named) and all(each in names and named.count(each) == 1 for each in left)


def _unasked(
    lock: Lock, specs: tuple[Spec, ...], graph: "_Graph", platform: str
) -> Iterator[tuple[LockedPackage, str]]:
    """The packages of `platform` that their category does not ask for, and who does."""
    # conda-lock knows no development file by its name, and puts all into one category.
    there = {each.category for each in lock.packages}
    asked: dict[str, list[Spec]] = {}
    for spec in specs:
        name = category(spec)
        asked.setdefault(name if name in there else MAIN, []).append(spec)
    reached = {name: graph.reached(graph.asked(some, platform)) for name, some in asked.items()}
    known = {"conda", "pip"}
    if not lock.recorded and graph.mixes(set().union(*reached.values())):
        known = {"conda"}
    left = [
        each
        for each in graph.packages
        if each.manager in known and _key(each) not in reached.get(each.category, ())
    ]
    for package in graph.heads(left):
        others = [name for name, keys in reached.items() if _key(package) in keys]
        why = "nothing asks for it"
        if others:
            names = " and ".join(sorted(environment_of(each) for each in others))
            why = f"{names} asks for it, and {environment_of(package.category)} does not"
        yield package, why


# Manager and name.
_Key = tuple[str, str]


def _key(package: LockedPackage) -> _Key:
    return (package.manager, package.name)


class _Graph:
    """The packages of one platform, and what needs what."""

    def __init__(self, packages: list[LockedPackage], catalog: Catalog) -> None:
        self.packages = packages
        self._conda = {each.name: each for each in packages if each.manager == "conda"}
        self._pip = {canonical(each.name): each for each in packages if each.manager == "pip"}
        self._distributions = {
            canonical(catalog.distribution(name)): each for name, each in self._conda.items()
        }

    def asked(self, specs: list[Spec], platform: str) -> Iterator[LockedPackage]:
        """What the lines of `specs` name on `platform`."""
        for spec in specs:
            for dependency in spec.dependencies:
                if overlap(dependency.platforms, (platform,)):
                    yield from self._named(dependency.spec.name)
            for line in pip_lines(spec, platform):
                yield from self._find("conda", _WITH_PYTHON)
                name = line.requirement.name
                # Another file, a folder, a repository: it may ask for anything.
                yield from self._pip.values() if name is None else self._find("pip", name)

    def _named(self, name: str) -> Iterator[LockedPackage]:
        if "*" in name:
            yield from (each for each in self._conda.values() if fnmatchcase(each.name, name))
        else:
            yield from self._find("conda", name)

    def reached(self, packages: Iterator[LockedPackage]) -> frozenset[_Key]:
        """`packages` and all that they need."""
        waiting = list(packages)
        found = {_key(each) for each in waiting}
        while waiting:
            for each in self._needed(waiting.pop()):
                if _key(each) not in found:
                    found.add(_key(each))
                    waiting.append(each)
        return frozenset(found)

    def mixes(self, keys: set[_Key]) -> bool:
        """Whether a pip package of `keys` needs what conda has."""
        return any(
            needed.manager == "conda"
            for each in self.packages
            if each.manager == "pip" and _key(each) in keys
            for needed in self._needed(each)
        )

    def heads(self, packages: list[LockedPackage]) -> Iterator[LockedPackage]:
        """Those of `packages` that no other one of them needs; one of those in a circle."""
        left = {_key(each): each for each in packages}
        needed = {
            _key(other)
            for each in packages
            for other in self._needed(each)
            if _key(other) != _key(each)
        }
        tops = [each for key, each in left.items() if key not in needed]
        for package in (*tops, *packages):
            if _key(package) in left:
                yield package
                for key in (_key(package), *self.reached(self._needed(package))):
                    left.pop(key, None)

    def _needed(self, package: LockedPackage) -> Iterator[LockedPackage]:
        for name, _ in package.dependencies:
            yield from self._find(package.manager, name.partition("[")[0].lower())
        if _key(package) == ("conda", "python"):
            yield from self._find("conda", _WITH_PYTHON)

    def _find(self, manager: str, name: str) -> Iterator[LockedPackage]:
        """What answers to `name`; pip finds what conda has installed, too."""
        found = self._conda.get(name)
        if manager == "pip":
            name = canonical(name)
            found = self._pip.get(name) or self._distributions.get(name)
        if found is not None:
            yield found
