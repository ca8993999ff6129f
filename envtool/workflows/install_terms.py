"""In which way a tree is built, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from envtool.errors import ExitCode
from envtool.ports_installing import Linked, Progress
from envtool.workflows.install_source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """In which way a tree is built.

    Attributes:
        now: the moment that is recorded.
        clock: seconds that go on, for the times of the steps.
        progress: is told how far it is.
        refetch: take nothing from the cache.
        compile: whether to make byte-code.
        archives: whether to keep the archives of packages; None is what the policy says.
    """

    now: datetime
    clock: Callable[[], float]
    progress: Progress
    refetch: bool = False
    compile: bool = True
    archives: bool | None = None


class Around(NamedTuple):
    """What else has to be done for a tree to take its place; an error swaps back.

    Attributes:
        before: when the tree is whole, and not yet in its place.
        after: when it is there, and may still go.
    """

    before: Callable[[], None]
    after: Callable[[], None]


class Step(NamedTuple):
    """A part of the work: what came of it, and the seconds it took."""

    name: str
    what: str
    seconds: float


class Made(NamedTuple):
    """What came of it.

    Attributes:
        source: what was installed.
        number: the generation.
        rung: how the new tree took its place.
        was_checked: whether that was after it was checked.
        linked: what came from the cache and what did not.
        steps: in order.
        notes: what else there is to tell.
    """

    source: Source
    number: int
    rung: str
    was_checked: bool
    linked: Linked
    steps: tuple[Step, ...]
    notes: tuple[str, ...]


class NotWholeError(Exception):
    """The new tree does not do what it has to; nothing is changed."""

    def __init__(self, layer: str, what: str, said: str, code: ExitCode = ExitCode.NO) -> None:
        super().__init__(f"the layer `{layer}` does not work")
        self.what = what
        self.said = said
        self.code = code


class NotSoundError(NotWholeError):
    """What stands on the new tree does not do what it has to, or a check of the tree fails."""

    def __init__(self, who: str, what: str) -> None:
        super().__init__("", what, "")
        self.args = (who,)
