"""What solving asks of the outside world; as `ports` has the rest."""

from math import inf
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envtool.domain.channel_resolver import ResolvedChannel
    from envtool.domain.engine import EngineQuestion
    from envtool.domain.locks import LockedPackage
    from envtool.domain.pip_solving import PipConflict, PipProblem, PipSolution
    from envtool.domain.solving import CondaRecord, Conflict, Problem, Solution


class Solver(Protocol):
    """Solves conda environments; what it read of a channel it does not read again."""

    def solve(self, problems: "Sequence[Problem]") -> "list[Solution | Conflict]":
        """The answer to each of `problems`, which are solved side by side.

        Raises `UnavailableError` when a channel can not be reached, does not admit the user, or
        answers with what is no index of packages; `ToolError` when the solver itself fails,
        or has no answer in the time that a problem grants.
        """
        ...

    def listed(
        self,
        channels: "tuple[ResolvedChannel, ...]",
        platform: str,
        names: "Sequence[str]",
        seconds: float = inf,
    ) -> "tuple[CondaRecord, ...]":
        """Every build of the packages `names` that `channels` offer; raises as `solve`.

        What takes longer than `seconds` raises `UnavailableError`.
        """
        ...

    def names(self, channels: "tuple[ResolvedChannel, ...]", platform: str) -> "frozenset[str]":
        """The names of all packages that `channels` offer for `platform`; raises as `solve`."""
        ...

    def restored(self, package: "LockedPackage") -> "CondaRecord":
        """The record of a locked package, as far as a lock tells, that no channel lists anymore."""
        ...

    def write_records(
        self, environments: "Mapping[str, Mapping[str, Sequence[CondaRecord]]]"
    ) -> str:
        """A `records.lock`: the records of every environment and platform as rattler locks them."""
        ...

    def read_records(self, text: str) -> "dict[str, tuple[CondaRecord, ...]]":
        """The records of a `records.lock` by platform, each once.

        Raises `UnreadableError` when `text` is none.
        """
        ...


class PipSolver(Protocol):
    """Resolves the pip packages of conda environments."""

    def solve(self, problems: "Sequence[PipProblem]") -> "list[PipSolution | PipConflict]":
        """The answer to each of `problems`, which are solved side by side.

        Runs nothing of any package. Raises `UnavailableError` when an index can not be reached or
        does not admit the user, `ToolError` when the resolver is missing or fails.
        """
        ...


class LockEngine(Protocol):
    """Another program that locks whole projects by itself."""

    def lock(self, question: "EngineQuestion") -> "str | Conflict":
        """The text of the `conda-lock.yml` that it makes, or why there is no solution.

        Touches nothing of the project. Raises `ToolError` when it is missing or fails,
        `UnavailableError` when it can not reach what it needs, or does not end.
        """
        ...
