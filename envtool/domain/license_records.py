"""Which licence a locked package has: what the policy states, else what a record says."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, VersionSpec
from envtool.domain.locks import LockedPackage
from envtool.domain.project import Project


class Known(NamedTuple):
    """How many packages have a licence, and the first entry of each other."""

    found: int
    missing: tuple[LockedPackage, ...]

    @property
    def total(self) -> int:
        """How many packages there are, platforms and versions folded."""
        return self.found + len(self.missing)


class LicenseRecords:
    """The licences that the locks of a project record, and those that its policy states.

    A lock of a kind that records none borrows from one beside it that holds the same file:
    `conda-lock.yml` from `recovery/records.lock`, for instance.
    """

    def __init__(self, project: Project) -> None:
        self._stated = project.policy.stated_licenses
        self._names = project.licenses
        every = (package for lock in project.locks for package in lock.packages)
        licensed = [each for each in every if each.license]
        self._by_url = {each.url: each.license for each in licensed}
        # rattler writes the path of a file in a folder, others its URL; the archive is the same.
        self._by_hash = {(each.name, each.sha256): each.license for each in licensed if each.sha256}

    def of(self, package: LockedPackage) -> tuple[str | None, bool]:
        """The licence of `package`, and whether it is the policy that says so."""
        for pattern, stated in self._stated.items():
            is_meant = fnmatchcase(package.name, pattern.lower())
            if is_meant and _is_in(package.version, stated.versions):
                return stated.license, True
        text = package.license or self._by_url.get(package.url)
        text = text or self._by_hash.get((package.name, package.sha256))
        is_empty = not text or (self._names is not None and self._names.says_nothing(text))
        return (None if is_empty else text), False

    def known(self, packages: Iterable[LockedPackage]) -> Known:
        """For how many of `packages` a licence is known on every platform and in every version."""
        empty = self._names.empty if self._names else frozenset()
        found: set[str] = set()
        missing: dict[str, LockedPackage] = {}
        for package in packages:
            if self.of(package)[0] is None and package.name not in empty:
                missing.setdefault(package.name, package)
            else:
                found.add(package.name)
        return Known(len(found - missing.keys()), tuple(missing.values()))


@lru_cache(maxsize=4096)
def _is_in(version: str, versions: str | None) -> bool:
    try:
        return versions is None or VersionSpec(versions).matches(version)
    except InvalidVersion:
        return False
