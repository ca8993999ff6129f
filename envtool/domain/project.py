"""What the rules judge: the specs of one project under one policy on one day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from envtool.domain.catalog import Catalog
from envtool.domain.findings import Place, Violation
from envtool.domain.ignores import Ignore
from envtool.domain.policy.model import Policy
from envtool.domain.policy.records import Waiver
from envtool.domain.specs import CondaDependency, PipDependency, Role, Spec

if TYPE_CHECKING:
    from envtool.domain.artifacts.state import ArtifactState
    from envtool.domain.auditing.facts import AuditFacts
    from envtool.domain.dependabot import Dependabot
    from envtool.domain.installed import Inspection
    from envtool.domain.licenses import LicenseNames
    from envtool.domain.locks import Lock
    from envtool.domain.proposal import Proposal
    from envtool.domain.services import Looked


class Broken(NamedTuple):
    """A file that could not be read as an environment file at all."""

    path: str
    problem: Violation
    # Whether merge markers are the reason.
    conflicted: bool
    lines: tuple[str, ...] = ()


class Requirement(NamedTuple):
    """A direct dependency of either manager, with the spec that states it."""

    spec: Spec
    name: str
    dependency: CondaDependency | PipDependency


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Project:
    """One project, or some files that were named.

    Attributes:
        root: the folder of the policy; the paths in it are relative to that.
        specs: the environment files that could be read, production first.
        broken: those that could not.
        locks: the project's lock, or those that were named.
        synced: the paths of specs that a lock satisfies.
        locked: the paths of those that `envtool lock` takes; None when it is not clear.
        policy: the policy in force.
        dependabot: the configuration of Dependabot that it stands under, when there is one.
        waiver_places: where each waiver of the policy stands.
        policy_texts: the files of the policy, by path.
        unknown_keys: keys of the policy that no option has.
        weakened: what the policy permits and the one it is measured by does not.
        catalog: the shipped lists.
        today: the day on which waivers are judged.
        licenses: the shipped names of licences, where the policy asks for them.
        ignores: every inline ignore of the specs.
        used: waivers and places of ignores that covered a finding; for the last rules.
        inspection: the prefix that is judged, instead of the files.
        artifacts: what lies in `recovery/`, where `envtool export` wrote there.
        audit: what an audit found out, which is judged instead of both.
        proposal: what is about to be committed, when that is judged instead.
        services: those that were looked at, when they are judged instead.
    """

    root: str
    specs: tuple[Spec, ...]
    policy: Policy
    catalog: Catalog
    today: date
    broken: tuple[Broken, ...] = ()
    locks: "tuple[Lock, ...]" = ()
    synced: frozenset[str] = frozenset()
    locked: frozenset[str] | None = None
    dependabot: "Dependabot | None" = None
    waiver_places: Mapping[Waiver, Place] = field(default_factory=dict)
    policy_texts: Mapping[str, str] = field(default_factory=dict)
    unknown_keys: tuple[Violation, ...] = ()
    weakened: tuple[Violation, ...] = ()
    licenses: "LicenseNames | None" = None
    ignores: tuple[Ignore, ...] = ()
    used: frozenset[Waiver | Place] = frozenset()
    inspection: "Inspection | None" = None
    artifacts: "ArtifactState | None" = None
    audit: "AuditFacts | None" = None
    proposal: "Proposal | None" = None
    services: "tuple[Looked, ...] | None" = None

    def of(self, role: Role) -> tuple[Spec, ...]:
        """The specs of one role."""
        return tuple(spec for spec in self.specs if spec.role is role)

    def layer(self, spec: Spec, package: str) -> str:
        """The layer of a direct dependency of `spec`.

        A development tool belongs to the last layer, wherever it is listed.
        """
        if spec.role is Role.DEVELOPMENT or self.dev_tool(package) is not None:
            return "development"
        return self.runtime_layer(package)

    def runtime_layer(self, package: str) -> str:
        """The layer of what is no development tool: the policy's word, then the list's."""
        from fnmatch import fnmatchcase

        for layer, patterns in self.policy.layers.items():
            if any(fnmatchcase(package, pattern.lower()) for pattern in patterns):
                return layer
        return self.catalog.layer(package)

    def dev_tool(self, package: str) -> str | None:
        """The kind of development tool that a package is: the policy's word, then the list's."""
        from fnmatch import fnmatchcase

        for pattern in self.policy.runtime_tools:
            if fnmatchcase(package, pattern.lower()):
                return None
        for pattern in self.policy.dev_tools:
            if fnmatchcase(package, pattern.lower()):
                return "by your policy"
        return self.catalog.dev_tool(package)

    def requirements(self, spec: Spec) -> Iterator[Requirement]:
        """The direct dependencies of `spec` that have a name, conda's first."""
        for conda in spec.dependencies:
            yield Requirement(spec, conda.spec.name, conda)
        for pip in spec.pip:
            if pip.requirement.name is not None:
                yield Requirement(spec, pip.requirement.name, pip)
