"""The licences of locked packages under a policy: one answer for each package and version."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from envtool.domain.license_records import LicenseRecords
from envtool.domain.licenses import Judged, LicenseNames, judge_license
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.project import Project


class LockedLicense(NamedTuple):
    """What a policy says about the licence of one package, and where it is locked first."""

    lock: Lock
    package: LockedPackage
    license: str
    # Whether the policy says that this is the licence, and not a record.
    stated: bool
    judged: Judged


# Five rules ask the same of the same project.
@lru_cache(maxsize=1)
def judged_licenses(project: Project) -> tuple[LockedLicense, ...]:
    """Each licence in the locks of `project`, once for each package, version and text."""
    return tuple(_judged(project))


def _judged(project: Project) -> Iterator[LockedLicense]:
    names = project.licenses or LicenseNames()
    records = LicenseRecords(project)
    verdicts: dict[str, Judged] = {}
    # A file that is used in many environments, and one package on many platforms.
    files: set[str] = set()
    seen: set[tuple[str, str, str]] = set()
    for lock in project.locks:
        for package in lock.foreign():
            if package.url in files:
                continue
            files.add(package.url)
            text, stated = records.of(package)
            if text is None or (key := (package.name, package.version, text)) in seen:
                continue
            seen.add(key)
            if text not in verdicts:
                verdicts[text] = judge_license(names.read(text), project.policy.licenses)
            yield LockedLicense(lock, package, text, stated, verdicts[text])
