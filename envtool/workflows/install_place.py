"""Whether an environment may be put where it shall be, and what it is made of."""

from typing import NamedTuple

from envtool.domain.generations import chosen
from envtool.errors import UsageError
from envtool.ports import Tools
from envtool.ports_installing import PrefixKind, Progress
from envtool.workflows.install_home import Home
from envtool.workflows.install_source import (
    Choice,
    Kind,
    Source,
    generation_source,
    prefix_source,
    read_source,
)


class Target(NamedTuple):
    """The absolute path of a prefix, and the environment of a lock that it gets."""

    prefix: str
    environment: str


def check_place(tools: Tools, prefix: str) -> None:
    """Raises `UsageError` where no environment of ours may be."""
    kind = tools.prefixes().kind(prefix)
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
        found = chosen(tools.prefixes().generations(prefix), None, choice.value)
        return generation_source(tools, prefix, found)
    if choice.kind is Kind.PREFIX:
        return prefix_source(tools, tools.files.absolute(choice.value))
    if choice.kind is Kind.BUNDLE:
        from envtool.workflows.bundle import bundle_source

        return bundle_source(tools, home.folder, choice, environment, progress)
    platform = tools.desk().platform()
    return read_source(tools, home.folder, choice, environment, platform)
