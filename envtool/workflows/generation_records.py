"""The records of generations: which is meant, and what becomes of one that is damaged."""

from hashlib import sha256
from typing import NamedTuple

from envtool.domain.generations import Generation, chosen
from envtool.errors import EnvtoolError, IntegrityError, UnreadableError, UsageError
from envtool.ports import Tools
from envtool.ports_prefixes import Broken
from envtool.workflows.file_checks import check_files
from envtool.workflows.install_home import Home
from envtool.workflows.spec_files import LOCK_FILE

_ORIGIN = "its tree (its record was damaged)"
_SHOWN = 5


class Asked(NamedTuple):
    """Which generation is meant.

    Attributes:
        to: as `chosen` takes it, or a git revision.
        current: the generation that is in place.
        where: the options that name the prefix, as typed.
    """

    to: str | None
    current: int | None = None
    where: str = ""


def find_generation(tools: Tools, home: Home, prefix: str, asked: Asked) -> Generation:
    """The generation that is meant; as `chosen`, or by a git revision whose lock it has.

    Raises `UsageError` when there is none, `UnreadableError` when its record is damaged.
    """
    to = asked.to
    found = tools.prefixes().generations(prefix)
    try:
        return chosen(found, asked.current, to, asked.where)
    except UsageError:
        if any(str(each.number) == to for each in tools.prefixes().broken(prefix)):
            raise UnreadableError(
                f"the record of generation {to} is damaged, in both copies, and there is no whole"
                " tree to make it again from",
                hints=(f"see what there is: `envtool rollback{asked.where} --list`",),
            ) from None
        lock = _lock_at(tools, home, to)
        same = [each for each in found if lock and each.lock == lock]
        if not same:
            raise
        return same[-1]


def _lock_at(tools: Tools, home: Home, revision: str | None) -> str:
    """The hash of the lock at a git revision; empty when there is none."""
    try:
        lock = tools.git.blob(home.folder, revision, LOCK_FILE) if revision else None
    except EnvtoolError:
        return ""
    return "" if lock is None else sha256(lock).hexdigest()


def mended(tools: Tools, prefix: str, number: int) -> tuple[str, ...]:
    """Mend the record of a generation from its second copy; what there is to tell."""
    names = tools.prefixes().mend(prefix, number)
    some = ", ".join(f"`{each}`" for each in names)
    return (f"{some} of generation {number} was damaged, and is whole again",) if names else ()


def made_again(tools: Tools, prefix: str) -> tuple[str, ...]:
    """Make the records anew that no copy has, from the trees that are there; what there is to tell.

    A tree that is not whole, each file hashed, is nothing to make a record from.
    """
    told = []
    for each in tools.prefixes().broken(prefix):
        if each.tree is None:
            continue
        try:
            _make_again(tools, prefix, each, each.tree)
        except (IntegrityError, UnreadableError) as error:
            told.append(f"the record of generation {each.number} is damaged: {error.message}")
        else:
            told.append(
                f"the record of generation {each.number} was damaged, and was made again from its"
                " tree, every file of which was hashed"
            )
    return tuple(told)


def _make_again(tools: Tools, prefix: str, broken: Broken, tree: str) -> None:
    check_files(tools, tree)
    found = tools.prefixes().inventory(tree)
    platform = tools.desk().platform()
    generation = Generation(
        number=broken.number,
        created=broken.moment,
        origin=_ORIGIN,
        environment="",
        platform=platform,
        conda=tuple(sorted(" ".join(each.key) for each in found.conda)),
        pip=found.pip,
    )
    records = tools.solver().write_records({"default": {platform: found.conda}})
    tools.prefixes().restore(prefix, generation, records, tree)


def check_tree(tools: Tools, prefix: str, generation: Generation) -> tuple[str, ...]:
    """Whether a kept tree is what it was, at a glance; what there is to tell.

    Where nothing says so anymore, every file is hashed. Raises `IntegrityError`.
    """
    prefixes, number = tools.prefixes(), generation.number
    again = f"build it again from its packages: `envtool recreate --generation {number}`"
    if place := prefixes.built_for(prefix, number):
        raise IntegrityError(
            f"the kept tree of generation {number} was built for `{place}`", hints=(again,)
        )
    found = prefixes.changed(prefix, number)
    changed = None if found is None else (*found.missing, *found.altered)
    note: tuple[str, ...] = ()
    if changed is None:
        tree = prefixes.tree(prefix, number) or ""
        changed = prefixes.unsealed(prefix, number)
        if not changed:
            check_files(tools, tree)
            prefixes.restore(prefix, generation, prefixes.records(prefix, number), tree)
            note = (f"the manifest of generation {number} was damaged: every file was hashed",)
    if changed:
        raise IntegrityError(
            f"the kept tree of generation {number} is not what it was: {_some(changed)}",
            hints=(again,),
        )
    return note


def _some(paths: tuple[str, ...]) -> str:
    some = ", ".join(f"`{each}`" for each in paths[:_SHOWN])
    return some + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
