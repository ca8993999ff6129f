"""The environments of one lock, and what of the lock each of them has."""

from collections.abc import Iterable

from envtool.errors import UsageError

PRODUCTION = "production"
DEVELOPMENT = "development"
# What conda-lock calls the part of the lock that stands behind the name.
_MAIN = "main"
DEVELOPMENT_CATEGORY = "dev"
_CATEGORIES = {PRODUCTION: _MAIN, DEVELOPMENT: DEVELOPMENT_CATEGORY}


def categories_of(environment: str, known: Iterable[str]) -> tuple[str, ...]:
    """The categories of a lock that `environment` has: production, and its own on top.

    `known` are those of the lock. Another category than that of production and development is
    an environment of its own name. Raises `UsageError` when the lock has none of the name.
    """
    present = {_MAIN, *known}
    wanted = _CATEGORIES.get(environment, environment)
    if wanted not in present:
        names = sorted(environment_of(each) for each in present)
        raise UsageError(
            f"the lock has no environment `{environment}`",
            hints=(f"it has {', '.join(f'`{each}`' for each in names)}{_way_in(environment)}",),
        )
    return (_MAIN,) if wanted == _MAIN else (_MAIN, wanted)


def _way_in(environment: str) -> str:
    """How an environment gets into the lock, where that is plain."""
    if environment != DEVELOPMENT:
        return ""
    return "; for this one write `environment-dev.yml`, then `envtool lock`"


def environments_of(known: Iterable[str]) -> tuple[str, ...]:
    """The environments of a lock with these categories, production first."""
    others = sorted({environment_of(each) for each in known} - {PRODUCTION})
    return (PRODUCTION, *others)


def environment_of(category: str) -> str:
    """The environment that a category of a lock belongs to."""
    names = {each: name for name, each in _CATEGORIES.items()}
    return names.get(category, category)


def belongs(category: str, environment: str) -> bool:
    """Whether what a lock calls `category` is a part of `environment`."""
    return category in {_MAIN, _CATEGORIES.get(environment, environment)}
