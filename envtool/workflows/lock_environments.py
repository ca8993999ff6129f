"""Which environments a lock has, and what belongs to them."""

from collections.abc import Iterable, Iterator

from envtool.domain.environments import DEVELOPMENT, DEVELOPMENT_CATEGORY, PRODUCTION, categories_of
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.specs import Role
from envtool.errors import UsageError
from envtool.ports import Tools
from envtool.workflows.finder import join
from envtool.workflows.policy_files import load_policy
from envtool.workflows.projects import policy_home, role_of

# What pixi calls them.
_PIXI = {PRODUCTION: "default", DEVELOPMENT: "dev"}


def known_categories(tools: Tools, folder: str, lock: Lock) -> frozenset[str]:
    """The categories of `lock`, the lock of the project in `folder`.

    Development is one of them, too, when a file for it adds nothing to production: no package
    of the lock tells that.
    """
    known = frozenset(each.category for each in lock.packages)
    if lock.isolated or DEVELOPMENT_CATEGORY in known or not lock.sources:
        return known
    home = policy_home(tools, folder)
    policy = load_policy(tools, home).policy
    paths = (join(folder, each) for each in lock.sources)
    if any(role_of(each, home, policy) is Role.DEVELOPMENT for each in paths):
        return known | {DEVELOPMENT_CATEGORY}
    return known


def chosen(
    lock: Lock, environments: tuple[str, ...], platform: str, known: frozenset[str]
) -> Iterator[LockedPackage]:
    """The packages of environments for a platform, each once.

    `known` are the categories that the lock has. Raises `UsageError` when it has nothing for them.
    """
    mine = [each for each in lock.packages if each.platform == platform]
    if not mine:
        others = ", ".join(f"`{each}`" for each in lock.platforms)
        raise UsageError(
            f"`{lock.path}` has no package for {platform}"
            + (f", only for {others}" if others else ""),
            hints=(f"lock for it, too: `platforms: [{platform}]` and `envtool lock`",),
        )
    isolated = {each.category for each in mine}
    wanted: set[str] = set()
    for name in environments:
        wanted |= {*(_isolated(isolated, name) if lock.isolated else categories_of(name, known))}
    seen: set[tuple[str, str]] = set()
    for each in mine:
        if each.category in wanted and (each.manager, each.name) not in seen:
            seen.add((each.manager, each.name))
            yield each


def _isolated(known: Iterable[str], environment: str) -> tuple[str, ...]:
    """The one environment of a lock whose environments are no layers; production is `default`."""
    names = set(known)
    for name in (environment, _PIXI.get(environment)):
        if name in names:
            return (name,)
    listed = ", ".join(f"`{each}`" for each in sorted(names))
    raise UsageError(f"the lock has no environment `{environment}`", hints=(f"it has {listed}",))
