"""What changed between two locks, as data that can be applied, and folded to be read."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, Version
from envtool.domain.locks import LockedPackage
from envtool.domain.results import Json

# What tells one entry of a lock from another.
Key = tuple[str, str, str, str]
# In the place of a platform where an environment file asks for the same on all of them.
EVERYWHERE = "any platform"


class Kind(StrEnum):
    """How a package changed, in the order in which a reviewer wants to read it."""

    DOWN = "down"
    UP = "up"
    ADDED = "added"
    REMOVED = "removed"
    REBUILT = "rebuilt"
    # The same version and build from elsewhere, or with other dependencies or hashes.
    CHANGED = "changed"


class Change(NamedTuple):
    """One entry before and after; None where there is none."""

    before: LockedPackage | None
    after: LockedPackage | None

    @property
    def key(self) -> Key:
        """Of the entry that changed."""
        return key_of(self.before or self.after)

    @property
    def kind(self) -> Kind:
        """How it changed."""
        if self.before is None:
            return Kind.ADDED
        if self.after is None:
            return Kind.REMOVED
        if self.before.version != self.after.version:
            return _direction(self.before.version, self.after.version)
        return Kind.REBUILT if self.before.build != self.after.build else Kind.CHANGED


class Folded(NamedTuple):
    """The same change on several platforms."""

    kind: Kind
    name: str
    manager: str
    before: str | None
    after: str | None
    platforms: tuple[str, ...]


def key_of(package: LockedPackage | None) -> Key:
    """Manager, platform, name and category."""
    if package is None:
        return ("", "", "", "")
    return (package.manager, package.platform, package.name, package.category)


def diff(before: Iterable[LockedPackage], after: Iterable[LockedPackage]) -> tuple[Change, ...]:
    """Every entry that is not the same in both, in the order of its key.

    The line in the file does not count. `apply(diff(a, b), a)` is `b`.
    """
    old, new = _by_key(before), _by_key(after)
    keys = sorted(old.keys() | new.keys())
    changes = (Change(old.get(key), new.get(key)) for key in keys)
    return tuple(change for change in changes if change.before != change.after)


def apply(
    changes: Iterable[Change], packages: Iterable[LockedPackage]
) -> tuple[LockedPackage, ...]:
    """`packages` with `changes` made, in the order of their keys.

    Raises `ValueError` when a change does not fit what is there.
    """
    there = _by_key(packages)
    for change in changes:
        if there.pop(change.key, None) != change.before:
            raise ValueError(f"`{change.key[2]}` is not what the change expects")
        if change.after is not None:
            there[change.key] = change.after
    return tuple(there[key] for key in sorted(there))


def fold(changes: Iterable[Change]) -> tuple[Folded, ...]:
    """Changes that are the same on several platforms as one, the gravest kind first."""
    platforms: dict[Folded, dict[str, None]] = {}
    for change in changes:
        package = change.after or change.before
        if package is not None:
            texts = _texts(change)
            folded = Folded(change.kind, package.name, package.manager, *texts, ())
            platforms.setdefault(folded, {})[package.platform] = None
    found = [each._replace(platforms=tuple(names)) for each, names in platforms.items()]
    order = list(Kind)
    return tuple(sorted(found, key=lambda each: (order.index(each.kind), each.name, each.manager)))


def counted(folded: Iterable[Folded]) -> str:
    """How many of each kind, in the order of kinds; empty when nothing changed."""
    counts = Counter(each.kind for each in folded)
    return ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts[kind])


def described(folded: Iterable[Folded], platforms: Iterable[str]) -> list[Json]:
    """Changes as JSON, with the word whether they hold on all of `platforms`."""
    everywhere = set(platforms)
    return [
        {
            "kind": each.kind.value,
            "name": each.name,
            "manager": each.manager,
            "before": each.before,
            "after": each.after,
            "platforms": [*each.platforms],
            "everywhere": each.platforms == (EVERYWHERE,) or everywhere <= set(each.platforms),
        }
        for each in folded
    ]


def _by_key(packages: Iterable[LockedPackage]) -> dict[Key, LockedPackage]:
    return {key_of(each): each._replace(line=0) for each in packages}


def _direction(before: str, after: str) -> Kind:
    try:
        return Kind.UP if Version(before) < Version(after) else Kind.DOWN
    except InvalidVersion:
        return Kind.CHANGED


def _texts(change: Change) -> tuple[str | None, str | None]:
    """Versions, with builds where only these tell the two apart."""
    before, after = change.before, change.after
    if change.kind is Kind.REBUILT and before is not None and after is not None:
        return f"{before.version} {before.build}", f"{after.version} {after.build}"
    return before.version if before else None, after.version if after else None
