"""`envtool cache`: what envtool keeps on this machine, looked at, hashed, and cleaned up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from envtool.domain.caching import (
    LINKED,
    CacheChecked,
    CacheDamage,
    CacheFound,
    CacheItem,
    CacheKind,
    CacheRemoved,
    by_kind,
    cleanable,
    kinds_text,
    prunable,
    size_text,
    summed,
    unused,
)
from envtool.domain.results import Json, Result
from envtool.ports import Tools
from envtool.ports_installing import Progress
from envtool.workflows.cache_notes import (
    about,
    damages,
    not_looked_into,
    of_check,
    staying,
    undone,
    unreadable,
)

# Seconds; who installs holds the cache as long as downloads take.
_WAIT = 600.0
_NO_LOCKS = (
    "there are no locks here that several can hold: see that no other envtool is at work meanwhile"
)
_INDEXES = "the indexes of channels are in rattler's own cache, which pixi and others share"


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUpRequest:
    """What is to go.

    Attributes:
        now: the moment, in seconds since 1970.
        say: told on whom it waits.
        archives: those that are kept on purpose, too.
        dry_run: say what would go, and take nothing away.
        wait: on others that use the cache, in seconds.
    """

    now: float
    say: Callable[[str], None]
    archives: bool = False
    dry_run: bool = False
    wait: float = _WAIT


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """How the cache is to be checked.

    Attributes:
        say: told on whom it waits.
        progress: told how far it is.
        fix: take away what is damaged.
        wait: on others that use the cache, in seconds.
    """

    say: Callable[[str], None]
    progress: Progress
    fix: bool = False
    wait: float = _WAIT


def cache_status(tools: Tools) -> Result:
    """Where the cache is, and what each kind of what is in it takes.

    Raises `UnreadableError` when it can not be looked into.
    """
    found = tools.cache().look()
    total, idle = summed(found.items), summed(unused(found.items))
    head = f"Empty: there is nothing in the cache `{found.folder}`"
    if found.items:
        part = f", {size_text(idle.own)} of it used by nothing" if idle.number else ""
        head = f"Cache: `{found.folder}` takes {size_text(total.size)}{part}"
    hints = ["take away what nothing uses: `envtool cache prune`"] if idle.number else []
    linked = [each for each in found.items if each.kind in LINKED]
    if linked and not any(each.in_use for each in linked):
        hints.append("environments on another disk have copies: what they use is not known here")
    return Result(
        command="cache status",
        headline=head,
        notes=(*about(found), *not_looked_into(found.unread), _INDEXES, *hints),
        data={**_data(found), "size": total.size, "unused_size": idle.own},
    )


def verify_cache(tools: Tools, request: CheckRequest) -> Result:
    """Hash all that has a known hash, and say what is damaged; with `fix` that goes.

    Raises `UsageError` when others keep it busy, `UnreadableError` when it can not be looked
    into, or has to be written to and can not.
    """
    cache = tools.cache()
    with cache.hold(alone=request.fix, wait=request.wait, say=request.say) as counts:
        # Only now nobody takes anything away.
        found = cache.look()
        checked = cache.check(found.items, request.progress)
        removed = CacheRemoved()
        if request.fix:
            removed = cache.remove(each.item for each in checked.damaged)
    left = [each for each in checked.damaged if each.item not in removed.items]
    failures = [*damages(left), *unreadable((*found.unread, *checked.unread))]
    failures += undone(removed)
    notes = [*about(found), *of_check(checked, removed)]
    return Result(
        command="cache verify",
        headline=_verified(found, checked, removed),
        failures=tuple(failures),
        notes=(*notes, *([_NO_LOCKS] if request.fix and not counts else [])),
        data={
            "folder": found.folder,
            "hashed_files": checked.files,
            "hashed_size": checked.size,
            "whole": len(checked.whole),
            "unknown": [each.name for each in checked.unknown],
            "damaged": [_damage_json(each, removed) for each in checked.damaged],
            "unread": [*found.unread, *checked.unread],
            "foreign": [*found.foreign],
        },
    )


def prune_cache(tools: Tools, request: CleanUpRequest) -> Result:
    """Take away what nothing uses; raises as `verify_cache`."""

    def chosen(items: Iterable[CacheItem], *, alone: bool) -> tuple[CacheItem, ...]:
        return prunable(items, request.now, archives=request.archives, alone=alone)

    return _cleaned_up(tools, request, "cache prune", chosen)


def clean_cache(tools: Tools, request: CleanUpRequest) -> Result:
    """Take away all that is envtool's; raises as `verify_cache`."""

    def chosen(items: Iterable[CacheItem], *, alone: bool) -> tuple[CacheItem, ...]:
        del alone
        return cleanable(items, archives=request.archives)

    return _cleaned_up(tools, request, "cache clean", chosen)


def _cleaned_up(
    tools: Tools,
    request: CleanUpRequest,
    command: str,
    chosen: Callable[..., tuple[CacheItem, ...]],
) -> Result:
    cache = tools.cache()
    if request.dry_run:
        found, removed, counts = cache.look(), CacheRemoved(), True
        going = chosen(found.items, alone=True)
    else:
        with cache.hold(alone=True, wait=request.wait, say=request.say) as counts:
            # What others did while it waited is done.
            found = cache.look()
            going = chosen(found.items, alone=counts)
            removed = cache.remove(going)
            if command == "cache clean":
                cache.dissolve()
    gone = going if request.dry_run else removed.items
    return Result(
        command=command,
        headline=_freed(found, gone, removed, dry_run=request.dry_run),
        failures=(*unreadable(found.unread), *undone(removed)),
        notes=(
            *about(found),
            *staying(found, gone),
            *([] if counts else [_NO_LOCKS]),
        ),
        data={
            **_data(found._replace(items=gone)),
            "freed": summed(gone).own,
            "failed": [*removed.failed],
            "dry_run": request.dry_run,
        },
    )


def _freed(
    found: CacheFound, gone: tuple[CacheItem, ...], removed: CacheRemoved, *, dry_run: bool
) -> str:
    freed = size_text(summed(gone).own)
    if dry_run:
        return f"Would free {freed}: {kinds_text(gone)}" if gone else "Nothing would go"
    missing = [f"{len(found.unread)} could not be read"] if found.unread else []
    if removed.failed:
        missing.append(f"{len(removed.failed)} could not be taken away")
    if missing:
        return f"Incomplete: freed {freed}; {', '.join(missing)}"
    if gone:
        return f"Freed {freed}: {kinds_text(gone)}"
    if not found.items:
        return f"Nothing to take away: there is nothing in the cache `{found.folder}`"
    return f"Nothing to take away in the cache `{found.folder}`"


def _verified(found: CacheFound, checked: CacheChecked, removed: CacheRemoved) -> str:
    size = f"{checked.files:,} files hashed, {size_text(checked.size)}"
    if removed.items:
        gone = kinds_text(removed.items)
        if len(removed.items) == len(checked.damaged):
            return f"Mended: took away what was damaged: {gone} ({size})"
    if checked.damaged:
        return f"Damaged: {kinds_text(each.item for each in checked.damaged)} ({size})"
    if checked.unread or found.unread:
        return f"Incomplete: some of the cache could not be read ({size})"
    if not checked.whole:
        return f"Nothing to verify in the cache `{found.folder}`"
    return f"Whole: {kinds_text(checked.whole)} ({size})"


def _data(found: CacheFound) -> dict[str, Json]:
    return {
        "folder": found.folder,
        "archives": found.store,
        "kinds": [_kind_json(kind, items) for kind, items in by_kind(found.items)],
        "foreign": [*found.foreign],
    }


def _kind_json(kind: CacheKind, items: list[CacheItem]) -> Json:
    total, idle = summed(items), summed(unused(items))
    can_tell = kind in LINKED or kind is CacheKind.LEFTOVERS
    return {
        "kind": kind.value,
        "number": total.number,
        "files": total.files,
        "size": total.size,
        "unused": idle.number if can_tell else None,
        "unused_size": idle.own if can_tell else None,
    }


def _damage_json(damage: CacheDamage, removed: CacheRemoved) -> Json:
    return {
        "kind": damage.item.kind.value,
        "name": damage.item.name,
        "files": [*damage.files],
        "shared": damage.shared,
        "removed": damage.item in removed.items,
    }
