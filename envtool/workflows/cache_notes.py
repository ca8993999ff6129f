"""What `envtool cache` has to say besides its answer."""

from collections.abc import Iterable, Iterator

from envtool.domain.caching import (
    KEPT,
    CacheChecked,
    CacheDamage,
    CacheFound,
    CacheItem,
    CacheKind,
    CacheRemoved,
    by_kind,
    counted,
    kinds_text,
    size_text,
    summed,
)
from envtool.domain.results import Failure
from envtool.errors import ExitCode

_NAMED = 5
# So many files of one package, or items of one kind, are named for people.
_LISTED = 10


def about(found: CacheFound) -> Iterator[str]:
    """What is not as it is everywhere."""
    if found.real and found.real != found.folder:
        yield f"`{found.folder}` is a link to, or below one to, `{found.real}`"
    if found.foreign:
        named = ", ".join(f"`{each}`" for each in found.foreign[:_NAMED])
        left = len(found.foreign) - _NAMED
        more = f" and {left} more" if left > 0 else ""
        yield f"not envtool's, and left alone: {named}{more}"


def not_looked_into(unread: Iterable[str]) -> Iterator[str]:
    """What is missing in the figures."""
    yield from (f"not looked into: {each}" for each in unread)


def staying(found: CacheFound, gone: tuple[CacheItem, ...]) -> Iterator[str]:
    """What was not freed, and why."""
    kept = [each for each in found.items if each.kind in KEPT and each not in gone]
    if kept:
        size = size_text(summed(kept).size)
        yield f"kept: {kinds_text(kept)} ({size}); `--archives` takes them, too"
    total = summed(gone)
    if total.size > total.own:
        more = size_text(total.size - total.own)
        yield f"{more} of it is shared with environments, which keep it"


def of_check(checked: CacheChecked, removed: CacheRemoved) -> Iterator[str]:
    """What follows from what was found damaged, and what could not be told."""
    if any(each.shared for each in checked.damaged):
        yield (
            "environments have the very same damaged files, by hard links: `envtool verify"
            " --prefix PREFIX` says which, `envtool recreate --refetch` builds them anew"
        )
    if removed.items:
        yield "what was taken away is fetched, or made, anew when it is next needed"
    loose = [each for each in checked.unknown if each.kind is CacheKind.PACKAGES]
    if loose:
        yield (
            f"{kinds_text(loose)} of an installation that was cut off: nothing vouches for"
            f" {'it' if len(loose) == 1 else 'them'}, so extracted anew before use"
        )
    rest = [each for each in checked.unknown if each.kind is not CacheKind.PACKAGES]
    if rest:
        yield f"no hash is known of {kinds_text(rest)}"


def unreadable(unread: tuple[str, ...]) -> Iterator[Failure]:
    """That some of it could not be judged."""
    if unread:
        yield Failure(
            code=ExitCode.UNREADABLE,
            message=f"{len(unread)} could not be read",
            details=_some(unread),
            hints=("make them readable, or name another folder in `ENVTOOL_CACHE_DIR`",),
        )


def undone(removed: CacheRemoved) -> Iterator[Failure]:
    """That some of it is still there."""
    if removed.failed:
        yield Failure(
            code=ExitCode.UNREADABLE,
            message=f"{len(removed.failed)} could not be taken away",
            details=_some(removed.failed),
            hints=("see whose they are with `ls -l`, and have their owner take them away",),
        )


def damages(damaged: Iterable[CacheDamage]) -> Iterator[Failure]:
    """A failure for each package, and one for each other kind."""
    hints = ("take it away, it is fetched anew: `envtool cache verify --fix`",)
    for each in damaged:
        if each.item.kind is CacheKind.PACKAGES:
            number = len(each.files)
            what = f"{number} file{'s are' if number > 1 else ' is'} not what the package came with"
            yield Failure(
                code=ExitCode.NO,
                message=f"`{each.item.name}` is damaged: {what}",
                details=_some(each.files),
                hints=hints,
            )
    rest = [each.item for each in damaged if each.item.kind is not CacheKind.PACKAGES]
    for kind, items in by_kind(rest):
        number = len(items)
        is_one = number == 1
        yield Failure(
            code=ExitCode.NO,
            message=f"{counted(number, kind)} {'is' if is_one else 'are'} damaged",
            details=_some(tuple(each.name for each in items)),
            hints=hints,
        )


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    left = len(names) - _LISTED
    return (*names[:_LISTED], f"and {left} more") if left > 0 else names
