"""What stands at a prefix before something is done to it."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from envtool.domain.generations import Generation, pip_key
from envtool.errors import UnreadableError, UsageError
from envtool.ports import Tools
from envtool.ports_prefixes import PrefixKind

_SHOWN = 5


class Before(NamedTuple):
    """What is known of the tree that stands at a prefix.

    Attributes:
        notes: what there is to tell of it.
        lacking: the generation that it was, when packages of that are gone or can not be read.
    """

    notes: tuple[str, ...] = ()
    lacking: int | None = None


def both(packages: Before, files: Before) -> Before:
    """What there is to tell of the packages of a tree, and, where none is missing, of its files."""
    if packages.lacking is not None:
        return packages
    return Before((*packages.notes, *files.notes), files.lacking)


def look(tools: Tools, prefix: str) -> Before:
    """Whether the files at `prefix` are, at a glance, those of the generation that it is."""
    number = tools.prefixes().current(prefix)
    changed = None if number is None else tools.prefixes().changed(prefix, number)
    if changed is None:
        return Before()
    # Most of what the next tree says of itself it says in the same words, which are known then.
    with suppress(UnreadableError):
        tools.inspector().read(prefix)
    if changed.altered:
        # It may be somebody's work.
        some = _some([*changed.altered, *changed.missing])
        told = f"{some} had been changed by hand: the tree is kept as generation {number}"
        return Before((f"{told}, and `rollback` does not take it",))
    if changed.missing:
        told = f"what was there before lacked {_some([*changed.missing])}, and is not kept"
        return Before((told,), number)
    return Before()


def adopt_if_needed(
    tools: Tools, prefix: str, now: datetime, *, force: bool, verb: str = "recreate"
) -> Before:
    """Record what stands at `prefix`, when no generation says what it is.

    `verb` is the command that does this.

    Raises `UsageError` when somebody added to what envtool had installed, unless with `force`.
    """
    prefixes = tools.prefixes()
    if prefixes.kind(prefix) is not PrefixKind.PREFIX:
        return Before()
    number = prefixes.current(prefix)
    if number is not None and prefixes.is_untouched(prefix, number):
        return Before()
    known = {each.number: each for each in prefixes.generations(prefix)}
    found = tools.inspector().read(prefix)
    installed = {
        f"{each.name} {each.version} {each.build}"
        if each.manager == "conda"
        else pip_key(each.name, each.version)
        for each in found.packages
    }
    if number is None or number not in known:
        first = 0 if not known else prefixes.next_number(prefix)
        _adopt(tools, prefix, first, now, "adopted")
        return Before((f"what was there before is kept as generation {first}",))
    more = sorted(installed - known[number].packages)
    less = sorted(known[number].packages - installed)
    if not more:
        # Nothing in there is anybody's: a tree that lacks something is no state to go back to.
        told = f"what was there before lacked {_some(less)}, and is not kept"
        return Before((told,), number) if less else Before()
    if not force:
        some = _some([*(f"+{each}" for each in more), *(f"-{each}" for each in less)])
        raise UsageError(
            f"`{prefix}` was changed by hand: {some}",
            hints=(
                "add what you need to the environment file and `envtool lock`",
                f"or let it go, and keep it as a generation: `envtool {verb} --force`",
            ),
        )
    if found.broken:
        some = ", ".join(f"`{each.path}`" for each in found.broken[:_SHOWN])
        told = f"what was changed by hand is no generation, for {some} can not be read"
        return Before((told,))
    following = prefixes.next_number(prefix)
    _adopt(tools, prefix, following, now, "changed by hand")
    return Before((f"what was changed by hand is kept as generation {following}",))


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"`{each}`" for each in names[:_SHOWN]) + rest


def _adopt(tools: Tools, prefix: str, number: int, now: datetime, origin: str) -> None:
    prefixes = tools.prefixes()
    found = prefixes.inventory(prefix)
    platform = tools.desk().platform()
    generation = Generation(
        number=number,
        created=now,
        origin=origin,
        environment="",
        platform=platform,
        conda=tuple(sorted(" ".join(each.key) for each in found.conda)),
        pip=found.pip,
    )
    records = tools.solver().write_records({"default": {platform: found.conda}})
    prefixes.adopt(prefix, generation, records)
