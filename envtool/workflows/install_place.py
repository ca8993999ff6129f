"""Whether an environment may be put where it shall be, and what it is made of."""

from collections.abc import Callable
from typing import NamedTuple

from envtool.errors import UsageError
from envtool.ports import Tools
from envtool.ports_installing import Progress
from envtool.ports_prefixes import PrefixKind
from envtool.workflows.generation_records import Asked, find_generation, made_again, mended
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import (
    Choice,
    Kind,
    Source,
    generation_source,
    read_source,
)
from envtool.workflows.project_files import with_files


class Target(NamedTuple):
    """The absolute path of a prefix, and the environment of a lock that it gets."""

    prefix: str
    environment: str


def check_place(tools: Tools, prefix: str) -> None:
    """Raises `UsageError` where no environment of ours may be."""
    kind = tools.prefixes().kind(prefix)
    if kind is PrefixKind.FOREIGN and tools.prefixes().generations(prefix):
        raise UsageError(
            f"`{prefix}` has lost its `conda-meta`, which says what is in it",
            hints=(f"move it away: `mv {prefix} ELSEWHERE`, then `envtool recreate`",),
        )
    if kind is PrefixKind.ROOT:
        raise UsageError(
            f"`{prefix}` is the base environment of conda, which stays as it is",
            hints=("name another prefix: `-p PATH` or `-n NAME`",),
        )
    if kind in {PrefixKind.FILE, PrefixKind.FOREIGN}:
        raise UsageError(
            f"`{prefix}` is {kind.value}",
            hints=("name another prefix: `-p PATH`", f"or move it away: `mv {prefix} ELSEWHERE`"),
        )


def source_of(
    tools: Tools, home: Home, where: Target, choice: Choice, progress: Progress
) -> Source:
    """What is to be installed, wherever that is written; raises `EnvtoolError`."""
    prefix, environment = where
    if choice.kind is Kind.GENERATION:
        found = find_generation(tools, home, prefix, Asked(choice.value))
        told = mended(tools, prefix, found.number)
        source = generation_source(tools, prefix, found)
        return source._replace(notes=(*told, *source.notes))
    if choice.kind is Kind.PREFIX:
        from envtool.workflows.prefix_source import prefix_source

        return prefix_source(tools, home, tools.files.absolute(choice.value))
    if choice.kind is Kind.BUNDLE:
        from envtool.workflows.bundle import bundle_source

        return bundle_source(tools, home.folder, choice, environment, progress)
    platform = tools.desk().platform()
    source = read_source(tools, home.folder, choice, environment, platform)
    return with_files(tools, home, choice, source)


def settled(tools: Tools, home: Home, prefix: str, say: Callable[[str], None]) -> tuple[str, ...]:
    """End what earlier runs were cut off in; what there is to tell. Raises `EnvtoolError`."""
    again = made_again(tools, prefix)
    if tools.prefixes().intent(prefix) is None:
        return again
    from envtool.workflows.file_rollback import finish_files

    return (*again, *finish_files(tools, home, prefix, say))
