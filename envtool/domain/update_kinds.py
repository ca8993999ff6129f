"""How far a change of a package goes, and how far one may go.

A version is taken by its numbers: the first is its major number, the second its minor number,
whatever comes behind is a patch. That is what Dependabot does, and it asks nothing of the
project that made the version:

- 0.4 to 0.5 is minor.
- 3.11 to 3.12 of python is major, and so for r-base and perl: every package that is built for
  them changes with their minor number.
- A calendar version steps with its numbers: 2025.1 to 2025.2 is minor, a new year is major.
- Another epoch (`1!2.0`) is major, whatever the numbers do.
- A letter belongs to the number in front of it: `2025a` to `2025b`, `9e` to `9f` and `1.1.1v` to
  `1.1.1w` are patches. So are pre-releases of one release, post-releases, and another local
  version of one release (`2.1.0+cpu` to `2.1.0+cuda`), whichever of them is the greater one.
- Versions that conda's order can not read are major: somebody has to look.
"""

from enum import StrEnum

from envtool.conda_versions import InvalidVersion, Version
from envtool.domain.locks import LockedPackage
from envtool.domain.policy.records import UpdateKind

# Packages are built for one minor number of them (conda-forge pins them as `X.Y`).
_SERIES = frozenset({"python", "r-base", "perl"})


class Level(StrEnum):
    """How far an update may go: within `X.Y`, within `X`, or anywhere above."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


def version_kind(name: str, before: str, after: str) -> UpdateKind:
    """The kind of a step of the package `name` from one version to another one.

    Two spellings of one version (`1.0` and `1.0.0`) are a rebuild.
    """
    try:
        old, new = Version(before), Version(after)
    except InvalidVersion:
        return UpdateKind.REBUILD if before == after else UpdateKind.MAJOR
    if old == new:
        return UpdateKind.REBUILD
    if new < old and not _is_one_release(before, after):
        return UpdateKind.DOWNGRADE
    if _numbers(old, 2) != _numbers(new, 2):
        return UpdateKind.MAJOR
    if _numbers(old, 3) == _numbers(new, 3):
        return UpdateKind.PATCH
    return UpdateKind.MAJOR if name in _SERIES else UpdateKind.MINOR


def series_of(name: str, version: Version) -> tuple[int, ...]:
    """What changes with a major update of the package `name`: its epoch and first number(s)."""
    return _numbers(version, 3 if name in _SERIES else 2)


def kind_of(before: LockedPackage | None, after: LockedPackage | None) -> UpdateKind | None:
    """The kind of a change; None when the very same is installed before and after."""
    if before is None or after is None:
        both_missing = before is after
        kind = UpdateKind.ADDED if before is None else UpdateKind.REMOVED
        return None if both_missing else kind
    if before.version != after.version:
        return version_kind(after.name, before.version, after.version)
    if before.build != after.build:
        return UpdateKind.REBUILD
    return UpdateKind.REPLACED if _is_other(before, after) else None


def level_range(name: str, version: str, level: Level) -> str:
    """What a solver may choose when `name` is updated from `version`, never anything older.

    `>=1.26.4,1.26.*` for a patch, `>=1.26.4,1.*` for a minor, `>=1.26.4` for a major update.
    Raises `InvalidVersion` when `version` is none.
    """
    lowest = f">={version}"
    if level is Level.MAJOR:
        return lowest
    parsed = Version(version)
    epoch, major, minor = _numbers(parsed, 3)
    prefix = f"{epoch}!" if epoch else ""
    if level is Level.MINOR and name not in _SERIES:
        return f"{lowest},{prefix}{major}.*"
    if parsed.segments == 1 and len(parsed.parts[1]) > 1:
        # No series holds both `9e` and `9f`, and nothing of 9.1.
        return f"{lowest},{prefix}{major}.*,<{prefix}{major}.1dev"
    return f"{lowest},{prefix}{major}.{minor}.*"


def _numbers(version: Version, length: int) -> tuple[int, ...]:
    """The epoch and the first numbers; 0 where there is none."""
    heads = [part[0] for part in version.parts[:length]]
    numbers = [each if isinstance(each, int) else 0 for each in heads]
    return (*numbers, *(0 for _ in range(length - len(numbers))))


def _is_one_release(before: str, after: str) -> bool:
    return Version(before.partition("+")[0]) == Version(after.partition("+")[0])


def _is_other(before: LockedPackage, after: LockedPackage) -> bool:
    """Whether bytes differ, as far as both locks know; without hashes the address decides."""
    for old, new in ((before.sha256, after.sha256), (before.md5, after.md5)):
        if old and new:
            return old != new
    return before.url != after.url
