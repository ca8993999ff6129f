"""In which way a tree is built, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from envtool.ports_installing import Linked, Progress
from envtool.ports_prefixes import Disk
from envtool.workflows.install_source import Source
from envtool.workflows.installed_state import Before


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """In which way a tree is built.

    Attributes:
        now: the moment that is recorded.
        clock: seconds that go on, for the times of the steps.
        progress: is told how far it is.
        memory: the most that was taken so far, in bytes; 0 when nobody knows.
        refetch: take no extracted package from the cache.
        compile: whether to make byte-code.
        register: whether conda lists the prefix.
        archives: whether to keep the archives of packages; None is what the policy says.
    """

    now: datetime
    clock: Callable[[], float]
    progress: Progress
    memory: Callable[[], int]
    refetch: bool = False
    compile: bool = True
    register: bool = True
    archives: bool | None = None


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
        disk: what the new tree takes.
        steps: in order.
        notes: what else there is to tell.
        stood: what a look at the tree that was there before came to.
    """

    source: Source
    number: int
    rung: str
    was_checked: bool
    linked: Linked
    disk: Disk
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    stood: Before
