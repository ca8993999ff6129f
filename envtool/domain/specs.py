"""An environment file as data, every part with its place."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from envtool.domain.findings import Place
from envtool.domain.match_specs import MatchSpec
from envtool.domain.pip_requirements import PipRequirement


class Role(StrEnum):
    """What an environment file is for."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


# Tuples and no dataclasses below: an exported environment has hundreds of them.
class Entry(NamedTuple):
    """A text of the file: a channel, a key, a platform."""

    text: str
    place: Place


class Variable(NamedTuple):
    """One of the `variables:` that conda sets at activation."""

    name: Entry
    value: Entry


class CondaDependency(NamedTuple):
    """An item of `dependencies:`; `platforms` is empty when it holds on all of them."""

    text: str
    place: Place
    spec: MatchSpec
    platforms: tuple[str, ...] = ()


class PipDependency(NamedTuple):
    """A line of the `pip:` section."""

    text: str
    place: Place
    requirement: PipRequirement
    platforms: tuple[str, ...] = ()


class Problem(NamedTuple):
    """A part of the file that conda or pip would refuse."""

    message: str
    place: Place
    fix: str | None = None
    # The message without the numbers of lines.
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spec:
    """One environment file.

    Attributes:
        path: as the user named it, or relative to the project.
        role: production or development.
        lines: the text, line by line, for messages and inline ignores.
        name: the `name:` key.
        prefix: the `prefix:` key.
        channels: as written, in order; empty means conda's own default.
        channels_key: where `channels:` stands.
        dependencies: the conda packages, those of `sel(...)` keys included.
        pip_key: where the first `pip:` section stands.
        pip: its lines, those of all sections.
        variables: the `variables:` mapping.
        platforms: conda-lock's `platforms:` key.
        category: conda-lock's `category:` key.
        pip_repositories: conda-lock's `pip-repositories:` key.
        unknown_keys: keys that neither conda nor conda-lock reads.
        problems: what conda or pip would refuse.
    """

    path: str
    role: Role
    lines: tuple[str, ...]
    name: Entry | None = None
    prefix: Entry | None = None
    channels: tuple[Entry, ...] = ()
    channels_key: Place | None = None
    dependencies: tuple[CondaDependency, ...] = ()
    pip_key: Place | None = None
    pip: tuple[PipDependency, ...] = ()
    variables: tuple[Variable, ...] = ()
    platforms: tuple[Entry, ...] = ()
    category: Entry | None = None
    pip_repositories: tuple[Entry, ...] = ()
    unknown_keys: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def whole(self) -> Place:
        """The file as a place."""
        return Place(self.path)
