"""What the files of a project come to together.

A development file is a layer on top of production: a package that stands in both must satisfy
both. (conda-lock lets the last file win, so a constraint of production is lost.)
"""

from collections.abc import Iterator
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, VersionSpec, can_all_hold
from envtool.domain.catalog import Catalog
from envtool.domain.findings import Place
from envtool.domain.selectors import overlap
from envtool.domain.specs import CondaDependency, PipDependency, Spec


class Demand(NamedTuple):
    """What one line of one file asks of a distribution."""

    name: str
    distribution: str
    manager: str
    # As people write it: `numpy >=1.26`.
    text: str
    versions: VersionSpec | None
    build: str | None
    channel: str | None
    platforms: tuple[str, ...]
    place: Place


def demands(spec: Spec, catalog: Catalog) -> Iterator[Demand]:
    """Every demand of `spec` on a distribution that has a name."""
    for dependency in spec.dependencies:
        if "*" not in dependency.spec.name:
            yield _conda(dependency, catalog)
    for line in spec.pip:
        if line.requirement.name is not None:
            yield _pip(line, line.requirement.name)


def clashes(left: Demand, right: Demand) -> bool:
    """Whether no package can satisfy both on a platform where both hold.

    A distribution has one version, whoever installs it.
    """
    if not _meet(left, right):
        return False
    if left.manager == right.manager == "conda" and _apart(left.build, right.build):
        return True
    known = [each for each in (left.versions, right.versions) if each is not None]
    return not can_all_hold(known)


def allowed_versions(dependency: CondaDependency | PipDependency) -> VersionSpec | None:
    """The versions that a line allows, as conda's range; None when it allows all.

    PEP 440 and conda agree on releases; what PEP 440 says beyond that (`===`, and pre-releases
    in ranges) counts as allowing all.
    """
    if isinstance(dependency, CondaDependency):
        return dependency.spec.version_spec
    try:
        text = dependency.requirement.specifier
        return VersionSpec(text) if text and "===" not in text else None
    except InvalidVersion:
        return None


def repeated(spec: Spec, catalog: Catalog) -> Iterator[tuple[Demand, Demand]]:
    """Each demand after the first on the same thing, with that first one.

    With one that it excludes, where there is such a one.
    """
    earlier = Demands()
    for demand in demands(spec, catalog):
        found = [each for each in earlier.on(demand) if _meet(each, demand)]
        if found:
            yield next((each for each in found if clashes(each, demand)), found[0]), demand
        earlier.add(demand)


class Demands:
    """Demands to be found again by what they are on.

    Within one manager that is the name (conda's `matplotlib` and `matplotlib-base` are two
    packages), between conda and pip the distribution.
    """

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], list[Demand]] = {}
        self._by_distribution: dict[tuple[str, str], list[Demand]] = {}

    def add(self, demand: Demand) -> None:
        """Remember `demand`."""
        manager = demand.manager
        self._by_name.setdefault((manager, demand.name), []).append(demand)
        self._by_distribution.setdefault((manager, demand.distribution), []).append(demand)

    def on(self, demand: Demand) -> list[Demand]:
        """The demands on what `demand` is on, in the order in which they came."""
        other = "pip" if demand.manager == "conda" else "conda"
        same = self._by_name.get((demand.manager, demand.name), [])
        return same + self._by_distribution.get((other, demand.distribution), [])


def _meet(left: Demand, right: Demand) -> bool:
    return overlap(left.platforms, right.platforms)


def _conda(dependency: CondaDependency, catalog: Catalog) -> Demand:
    spec = dependency.spec
    return Demand(
        name=spec.name,
        distribution=catalog.distribution(spec.name),
        manager="conda",
        text=dependency.text,
        versions=spec.version_spec,
        build=spec.build,
        channel=spec.channel,
        platforms=dependency.platforms,
        place=dependency.place,
    )


def _pip(line: PipDependency, name: str) -> Demand:
    return Demand(
        name=name,
        distribution=name,
        manager="pip",
        text=line.text,
        versions=allowed_versions(line),
        build=None,
        channel=None,
        platforms=line.platforms,
        place=line.place,
    )


def _apart(left: str | None, right: str | None) -> bool:
    """Whether two builds are exact and differ; a glob may meet anything."""
    if left is None or right is None or "*" in left + right or "^" in left + right:
        return False
    return left != right
