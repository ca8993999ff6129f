"""Whether a lock still fits the environment files, said by the commands that go by it.

The check is that of the rule `lock.in-sync`.
"""

from collections.abc import Iterator

from envtool.domain.catalog import Catalog
from envtool.domain.locks import Lock
from envtool.domain.specs import Spec

_NAMED = 3


def staleness(lock: Lock | None, specs: tuple[Spec, ...], catalog: Catalog) -> str:
    """How `lock` does not fit `specs`, in words; empty when it does, or there is nothing to say."""
    if lock is None or not specs:
        return ""
    from envtool.domain.lock_sync import unsynced

    found = unsynced(lock, specs, catalog)
    reasons = tuple(dict.fromkeys(each.brief or each.message for each in found))
    if not reasons:
        return ""
    more = f" (and {len(reasons) - _NAMED} more)" if len(reasons) > _NAMED else ""
    some = "; ".join(reasons[:_NAMED])
    return f"the lock no longer fits the environment files: {some}{more}"


def stale_notes(lock: Lock | None, specs: tuple[Spec, ...], catalog: Catalog) -> Iterator[str]:
    """What there is to tell of a lock that is used nevertheless."""
    if said := staleness(lock, specs, catalog):
        yield f"{said}; lock again: `envtool lock`"
