"""What an update changes, as a reviewer wants to read it: how far, why, and who has to look.

Each change names the line of the policy that decides whether it needs a review.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from envtool.domain.dependency_chains import Node, Standing, node_of, standings
from envtool.domain.locks import LockedPackage
from envtool.domain.policy.model import LAYERS, Policy, options
from envtool.domain.policy.records import Decision, UpdateKind
from envtool.domain.project import Project
from envtool.domain.update_kinds import kind_of


class Reason(StrEnum):
    """What a line of the policy decided by."""

    KIND = "kind"
    PACKAGE = "package"
    SECURITY = "security"


class Ruling(NamedTuple):
    """A decision, with the line of the policy that made it.

    Attributes:
        decision: whether a person has to look.
        reason: what was decided by.
        key: of the option: `updates.auto`.
        line: the option as it would be written.
        origin: the file and line where it stands, or `default (recommended)`.
    """

    decision: Decision
    reason: Reason
    key: str
    line: str
    origin: str


class Rebuilt(NamedTuple):
    """The builds of one version on one platform."""

    platform: str
    before: str
    after: str


class PlannedChange(NamedTuple):
    """One package, with all platforms on which it changes alike.

    Attributes:
        name: as its manager spells it.
        manager: `conda` or `pip`.
        kind: how far the change goes.
        before: the version that is left; None for a new package.
        after: the version to come; None for one that goes.
        platforms: sorted.
        builds: of a rebuild, on each platform.
        standing: its layer, and why it is there.
        ruling: whether it needs a review, and what says so.
        security: the ids of the vulnerabilities that it mends.
    """

    name: str
    manager: str
    kind: UpdateKind
    before: str | None
    after: str | None
    platforms: tuple[str, ...]
    builds: tuple[Rebuilt, ...]
    standing: Standing
    ruling: Ruling
    security: tuple[str, ...] = ()


class Plan(NamedTuple):
    """Every change of an update, those that need a review first."""

    changes: tuple[PlannedChange, ...]

    def count(self, decision: Decision) -> int:
        """How many changes come to `decision`."""
        return sum(each.ruling.decision is decision for each in self.changes)


# Of packages (manager and name) the ids of the vulnerabilities that a change of them mends.
Security = Mapping[tuple[str, str], tuple[str, ...]]


def plan(
    before: Iterable[LockedPackage],
    after: Iterable[LockedPackage],
    project: Project,
    security: Security | None = None,
) -> Plan:
    """The changes from one lock to another under the policy of `project`.

    A package that only changes its category, or what its record says, is no change. Where
    nothing but `security` fixes and what they need changes, `updates.security` decides on the
    small ones.
    """
    old, new = _by_node(before), _by_node(after)
    # What goes stood where the old lock had it.
    where = standings(old.values(), project) | standings(new.values(), project)
    groups: dict[_Alike, list[Node]] = {}
    for node in sorted(old.keys() | new.keys()):
        packages = old.get(node), new.get(node)
        kind = kind_of(*packages)
        if kind is not None:
            versions = (each.version if each else None for each in packages)
            groups.setdefault(_Alike(node[2], node[0], kind, *versions), []).append(node)
    changes = []
    for alike, nodes in groups.items():
        standing = min((where[node] for node in nodes), key=_nearest)
        builds = _builds(nodes, old, new) if alike.kind is UpdateKind.REBUILD else ()
        platforms = tuple(node[1] for node in nodes)
        ruling = ruling_of(project.policy, alike.name, alike.kind)
        fixes = (security or {}).get((alike.manager, alike.name), ())
        changes.append(PlannedChange(*alike, platforms, builds, standing, ruling, fixes))
    if security:
        changes = _with_security(changes, new, project.policy, security)
    return Plan(tuple(sorted(changes, key=_order)))


# What a security fix may be to pass without a review.
_SMALL = frozenset({UpdateKind.REBUILD, UpdateKind.PATCH, UpdateKind.MINOR})


def _with_security(
    changes: list[PlannedChange],
    packages: Mapping[Node, LockedPackage],
    policy: Policy,
    security: Security,
) -> list[PlannedChange]:
    """`changes` by `updates.security`, when they are fixes and what these need, and no more."""
    closure = _closure(packages, security)
    if any((each.manager, each.name) not in closure for each in changes):
        return changes
    return [
        each._replace(ruling=_security_ruling(policy, each.ruling)) if each.kind in _SMALL else each
        for each in changes
    ]


def _closure(
    packages: Mapping[Node, LockedPackage], security: Security
) -> frozenset[tuple[str, str]]:
    """The packages that are fixed, and all that they need."""
    needs: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for each in packages.values():
        names = {(each.manager, name) for name, _ in each.dependencies}
        needs.setdefault((each.manager, each.name), set()).update(names)
    found: set[tuple[str, str]] = set()
    waiting = list(security)
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting += needs.get(package, ())
    return frozenset(found)


def _security_ruling(policy: Policy, ruling: Ruling) -> Ruling:
    """What the policy says of small security fixes; what it says of the package goes before."""
    if ruling.reason is Reason.PACKAGE or policy.security_updates is not Decision.AUTO:
        return ruling
    return _ruling(policy, Decision.AUTO, Reason.SECURITY, "security_updates")


def ruling_of(policy: Policy, package: str, kind: UpdateKind) -> Ruling:
    """Whether a change of this kind needs a review: by the package first, then by its kind."""
    for pattern in policy.reviewed_updates:
        if fnmatchcase(package.lower(), pattern.lower()):
            return _ruling(policy, Decision.REVIEW, Reason.PACKAGE, "reviewed_updates")
    decision = Decision.AUTO if kind in policy.auto_updates else Decision.REVIEW
    return _ruling(policy, decision, Reason.KIND, "auto_updates")


def _ruling(policy: Policy, decision: Decision, reason: Reason, field: str) -> Ruling:
    key = ".".join(options()[field].key)
    line = f"{key} = {json.dumps(getattr(policy, field), ensure_ascii=False)}"
    return Ruling(decision, reason, key, line, policy.origins[field])


class _Alike(NamedTuple):
    """What platforms share that are one line of the plan."""

    name: str
    manager: str
    kind: UpdateKind
    before: str | None
    after: str | None


def _by_node(packages: Iterable[LockedPackage]) -> dict[Node, LockedPackage]:
    return {node_of(each): each for each in packages}


def _builds(
    nodes: list[Node], old: dict[Node, LockedPackage], new: dict[Node, LockedPackage]
) -> tuple[Rebuilt, ...]:
    return tuple(Rebuilt(node[1], old[node].build, new[node].build) for node in nodes)


def _nearest(standing: Standing) -> tuple[bool, bool, int, tuple[str, ...], int]:
    through = standing.through
    layer = LAYERS.index(standing.layer)
    return (not standing.direct, not through, len(through), through, layer)


# What a reviewer looks at first.
_GRAVEST = (
    UpdateKind.MAJOR,
    UpdateKind.DOWNGRADE,
    UpdateKind.REPLACED,
    UpdateKind.ADDED,
    UpdateKind.REMOVED,
    UpdateKind.MINOR,
    UpdateKind.PATCH,
    UpdateKind.REBUILD,
)


def _order(change: PlannedChange) -> tuple[bool, bool, int, bool, str, str, tuple[str, ...]]:
    return (
        change.ruling.decision is Decision.AUTO,
        change.ruling.reason is Reason.PACKAGE,
        _GRAVEST.index(change.kind),
        not change.standing.direct,
        change.name,
        change.manager,
        change.platforms,
    )
