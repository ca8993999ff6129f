"""The subjects of an audit: the packages of a lock or a prefix, each once."""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.findings import Place
from envtool.domain.installed import Installed, InstalledPackage
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.pip_grammar import canonical

# The folder of metadata that a distribution has in site-packages, and nowhere below.
_INFO = re.compile(r"(?:^|/)site-packages/([^/]+)-[^-/]+\.(?:dist|egg)-info/")
_WORD = re.compile(r"[A-Za-z0-9_.-]+")


class _Entry(NamedTuple):
    """One package of a lock or prefix, for one platform."""

    manager: str
    name: str
    version: str
    artifact: Artifact
    place: Place
    depends: tuple[str, ...]
    purls: tuple[str, ...] | None
    category: str
    license: str | None


def subjects_of_lock(lock: Lock, direct: Collection[str] = ()) -> tuple[Subject, ...]:
    """The packages of `lock`, sorted by name.

    The project's own folders are none. `direct` are the names that environment files list;
    without any those that no other package needs are taken for direct.
    """
    return _subjects((_of_lock(lock, each) for each in lock.foreign()), direct)


def subjects_of_prefix(
    installed: Installed, place: Place, direct: Collection[str] = ()
) -> tuple[Subject, ...]:
    """The packages of a prefix, sorted by name; `place` is that of the prefix."""
    platform = installed.platform
    return _subjects((_of_prefix(each, platform, place) for each in installed.packages), direct)


def _of_lock(lock: Lock, package: LockedPackage) -> _Entry:
    return _Entry(
        package.manager,
        package.name,
        package.version,
        Artifact(package.platform, package.url, package.sha256, package.build),
        lock.place(package),
        tuple(name for name, _ in package.dependencies),
        package.purls,
        package.category,
        package.license,
    )


def _of_prefix(package: InstalledPackage, platform: str, place: Place) -> _Entry:
    return _Entry(
        package.manager,
        package.name,
        package.version,
        Artifact(platform or package.subdir, package.url, package.sha256, package.build),
        place,
        tuple(match[0].lower() for each in package.depends if (match := _WORD.match(each))),
        _distributions(package) if package.manager == "conda" else None,
        "",
        package.license,
    )


def _distributions(package: InstalledPackage) -> tuple[str, ...] | None:
    """The purls of the distributions that a conda package has brought, by their metadata."""
    matches = (_INFO.search(each.path) for each in package.files if "-info/" in each.path)
    names = {canonical(match[1]): None for match in matches if match}
    return tuple(f"pkg:pypi/{each}?source=metadata" for each in names) or None


def _subjects(entries: Iterable[_Entry], direct: Collection[str]) -> tuple[Subject, ...]:
    folded: dict[tuple[str, str, str], list[_Entry]] = {}
    for each in entries:
        folded.setdefault((each.manager, each.name, each.version), []).append(each)
    graph = _Graph(entry for group in folded.values() for entry in group)
    paths = graph.paths(direct)
    found = (_subject(group, paths) for group in folded.values())
    return tuple(sorted(found, key=lambda each: (each.name, each.manager, each.version)))


def _subject(entries: list[_Entry], paths: Mapping["_Node", tuple[str, ...]]) -> Subject:
    first = entries[0]
    artifacts = dict.fromkeys(each.artifact for each in entries)
    return Subject(
        manager=first.manager,
        name=first.name,
        version=first.version,
        artifacts=tuple(sorted(artifacts, key=lambda each: each.platform)),
        place=first.place,
        path=paths.get(_node(first), ()),
        depends=frozenset(name for each in entries for name in each.depends),
        purls=next((each.purls for each in entries if each.purls is not None), None),
        categories=tuple(sorted({each.category for each in entries if each.category})),
        license=next((each.license for each in entries if each.license is not None), None),
    )


# Manager and name, that of pip canonical.
_Node = tuple[str, str]


def _node(entry: _Entry) -> _Node:
    return (entry.manager, canonical(entry.name) if entry.manager == "pip" else entry.name)


class _Graph:
    """What needs what, all platforms and environments in one."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self._names: dict[_Node, str] = {}
        self._depends: dict[_Node, dict[str, None]] = {}
        for each in entries:
            self._names[_node(each)] = each.name
            self._depends.setdefault(_node(each), {}).update(dict.fromkeys(each.depends))
        # Locks of pixi do not say what pip packages need, so nothing says which are direct.
        self._tells_pip = any(
            depends for (manager, _), depends in self._depends.items() if manager == "pip"
        )

    def paths(self, direct: Collection[str]) -> Mapping[_Node, tuple[str, ...]]:
        """The shortest path to each package that a direct one leads to."""
        roots = sorted(self._listed(direct) if direct else self._roots())
        paths: dict[_Node, tuple[str, ...]] = {node: (self._names[node],) for node in roots}
        waiting = deque(roots)
        while waiting:
            node = waiting.popleft()
            for each in sorted(self._needed(node)):
                if each not in paths:
                    paths[each] = (*paths[node], self._names[each])
                    waiting.append(each)
        return paths

    def _listed(self, direct: Collection[str]) -> Iterator[_Node]:
        wanted = set(map(canonical, direct))
        return (node for node in self._names if canonical(node[1]) in wanted)

    def _roots(self) -> Iterator[_Node]:
        needed = {each for node in self._names for each in self._needed(node) if each != node}
        for node in self._names:
            if node not in needed and (node[0] == "conda" or self._tells_pip):
                yield node

    def _needed(self, node: _Node) -> Iterator[_Node]:
        manager = node[0]
        for name in self._depends[node]:
            own = (manager, canonical(name) if manager == "pip" else name)
            # What pip needs, conda may have installed.
            found = own if own in self._names else ("conda", own[1])
            if found in self._names:
                yield found
