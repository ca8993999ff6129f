"""What artifacts are made of: a lock with its records, environment by environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from envtool.domain.environments import PRODUCTION, categories_of
from envtool.domain.lock_making import MAIN
from envtool.domain.locks import LockedPackage
from envtool.domain.solving import CondaRecord

_DEVELOPMENT = "dev"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contents:
    """An accepted lock.

    Attributes:
        name: of the project, as its environment file has it.
        digest: SHA-256 of `conda-lock.yml`, hexadecimal digits.
        platforms: in the order of the lock.
        channels: names or URLs, highest priority first.
        packages: of all platforms and environments, virtual ones left out.
        records: what is known of conda packages, by URL.
    """

    name: str
    digest: str
    platforms: tuple[str, ...]
    channels: tuple[str, ...]
    packages: tuple[LockedPackage, ...]
    records: Mapping[str, CondaRecord] = field(default_factory=dict)

    @property
    def categories(self) -> tuple[str, ...]:
        """Those of the lock, production first."""
        others = {each.category for each in self.packages} - {MAIN}
        return (MAIN, *sorted(others))

    def of(self, category: str, platform: str) -> tuple[LockedPackage, ...]:
        """What an environment has on a platform, production included, sorted by name."""
        wanted = categories_of(PRODUCTION if category == MAIN else category, {category})
        found = {
            (each.manager, each.name): each
            for each in self.packages
            if each.platform == platform and each.category in wanted
        }
        return tuple(found[key] for key in sorted(found))

    def environments(self) -> Iterator[tuple[str, str, tuple[LockedPackage, ...]]]:
        """Category, platform and packages of each environment that is not empty."""
        for category in self.categories:
            for platform in self.platforms:
                packages = self.of(category, platform)
                if packages:
                    yield category, platform, packages


def suffix(category: str) -> str:
    """What tells the files of an environment from those of production: `-dev`."""
    return "" if category == MAIN else f"-{category}"


def environment_name(category: str) -> str:
    """An environment as people call it."""
    names = {MAIN: PRODUCTION, _DEVELOPMENT: "development"}
    return names.get(category, category)
