"""Whether the packages of a lock fit together, those of pip included."""

from collections.abc import Iterator

from envtool.conda_versions import InvalidVersion, VersionSpec
from envtool.domain.catalog import Catalog
from envtool.domain.lock_check import inconsistent, indexes
from envtool.domain.locks import Lock, LockedPackage


def misfits(lock: Lock, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """What does not fit, and on which platform.

    A package that lacks what it needs, contradicts its address, or is locked for conda and for
    pip. Dependencies on virtual packages are the machine's, and left out.
    """
    for reason in inconsistent(lock):
        for platform in reason.platforms:
            yield reason.message, platform
    for platform, index in indexes(lock, catalog).items():
        for name, package in index.pip.items():
            if name in index.distributions:
                yield f"`{package.name}` is locked for pip and for conda", platform
            for needed, constraint in package.dependencies:
                found = index.pip_package(needed.partition("[")[0])
                if (why := _broken(needed, constraint, found)) is not None:
                    yield f"`{package.name} {package.version}` needs {why}", platform


def _broken(name: str, constraint: str, found: LockedPackage | None) -> str | None:
    """What is wrong with a dependency of a pip package; None when nothing is."""
    wanted = f"`{name} {constraint}`".replace(" `", "`")
    if found is None:
        return f"{wanted}, which is not in the lock"
    try:
        is_met = (
            not constraint or "===" in constraint or VersionSpec(constraint).matches(found.version)
        )
    except InvalidVersion:
        return None
    return None if is_met else f"{wanted}, and {found.version} is locked"
