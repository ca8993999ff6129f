"""Real runs of envtool, killed in a phase of their work while somebody reads the prefix.

Which phase a run is in can be told from the disk: from its journal, the records of generations and
the identity of the tree in place. So a run is watched from outside, and killed a random while after
a phase began; and what it was really killed in is what it left.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from envtool.adapters.prefix_places import Identity, Places, identity
from tests.installing import leftovers
from tests.reading import reader
from tests.worlds import ADOPTED, ENVTOOL, GENERATION, SPECS, Content, World

_LONGEST = 120.0
# How long a phase is that was not measured.
_SHORT = 0.003
_READS = "reads.json"


class Verb(StrEnum):
    """What is killed."""

    RECREATE = "recreate"
    REFETCH = "recreate --refetch"
    ROLLBACK = "rollback"
    ADOPTION = "adoption"


class Phase(StrEnum):
    """How far a run is, by what lies on the disk."""

    START = "no journal yet"
    ADOPT = "adopting what is there"
    STAGE = "building the stage"
    SEAL = "stage sealed"
    SWAP = "swap in the journal"
    PLACED = "new tree in place"
    DONE = "journal gone again"


class Before(NamedTuple):
    """What a run found."""

    found: Identity | None
    numbers: frozenset[str]


def before(places: Places) -> Before:
    with suppress(FileNotFoundError):
        return Before(identity(places.prefix), frozenset(os.listdir(places.generations)))
    return Before(identity(places.prefix), frozenset())


def phase(places: Places, was: Before) -> Phase:
    """How far the run is that found `was`."""
    try:
        journal: Any = json.loads(Path(places.journal).read_text(encoding="ascii"))
    except FileNotFoundError:
        found = identity(places.prefix)
        if found == was.found:
            return Phase.START
        return Phase.ADOPT if found is not None and found.generation == 0 else Phase.DONE
    swap, found = journal["swap"], identity(places.prefix)
    if swap is not None:
        is_there = found is not None and found.tree == swap["new"]
        return Phase.PLACED if is_there else Phase.SWAP
    if journal["number"] == 0:
        return Phase.ADOPT
    is_sealed = os.path.isdir(places.generation(journal["number"]))
    return Phase.SEAL if is_sealed and str(journal["number"]) not in was.numbers else Phase.STAGE


class Killed(NamedTuple):
    """One run that was killed, or had ended before."""

    phase: Phase | None
    holds: str
    seen: Counter[str]
    leaks: tuple[str, ...]


class Killer:
    """Kills runs of one verb; everything that has to hold afterwards is asserted, but for leaks."""

    def __init__(self, world: World, verb: Verb, seed: int) -> None:
        self._world = world
        self._verb = verb
        self._dice = random.Random(seed)  # noqa: S311 - no secret depends on it
        self.lasts: dict[Phase, float] = {}
        self._known = world.beside() | {_READS}
        self._old = self._coming = ""
        self._was_dry = False

    def measure(self) -> None:
        """How long each phase takes, and what lies around after a run that was not killed."""
        for _ in range(2):
            arguments = self._prepare()
            seen = self._watched(arguments)
            for name, seconds in seen.items():
                self.lasts[name] = max(seconds, self.lasts.get(name, 0))
            self._world.holds()
            self._known |= self._world.beside()

    def kill(self, aim: Phase) -> Killed:
        """Kill a run in a phase, look at what is left, and have the next one end it."""
        world = self._world
        arguments = self._prepare()
        old, new = self._old, self._coming
        was = before(world.places)
        shared = _shared(world.contents[old], world.contents[new])
        with reader(world.folder / _READS, world.prefix, shared) as (seen, said):
            process = self._start(arguments)
            has_ended = not self._strike(process, aim, was)
            left = phase(world.places, was)
            holds = world.holds()
            assert holds in {old, new}, holds
            assert (holds == new) == (left in {Phase.PLACED, Phase.DONE}), (holds, left)
            follows = self._follow()
            assert world.holds() in {old, new, follows}
            leaks = self._leaks(process.pid)
        assert not said, said[:5]
        which = "new" if holds == new else "old"
        return Killed(None if has_ended else left, which, seen, leaks)

    def _prepare(self) -> list[str]:
        """What is typed next, on what it is typed."""
        world, prefix = self._world, ["-p", str(self._world.prefix)]
        if self._verb is Verb.ADOPTION:
            world.forget(adopted=True)
            self._old, self._coming = ADOPTED, SPECS[1]
            world.take(SPECS[1])
            return ["recreate", *prefix]
        if not world.prefix.exists():
            world.take(SPECS[1])
            world.done("recreate", *prefix)
        self._expect()
        if self._verb is Verb.ROLLBACK:
            return ["rollback", *prefix, "--to", self._kept()]
        world.take(self._coming)
        return [*self._verb.value.split(), *prefix]

    def _expect(self) -> None:
        self._old = self._world.holds()
        self._coming = next(each for each in SPECS if each != self._old)

    def _kept(self) -> str:
        """A generation with the other version; there is one after another run when there is none."""
        places = self._world.places
        for name in os.listdir(places.generations):
            text = Path(places.generation(int(name)), "generation.json").read_text("utf-8")
            if os.path.isdir(places.tree(int(name))) and f"hello-python {self._coming}" in text:
                return name
        self._world.take(self._coming)
        self._world.done("recreate", "-p", places.prefix)
        self._expect()
        return self._kept()

    def _start(self, arguments: list[str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*ENVTOOL, *arguments],
            cwd=self._world.project,
            env=self._world.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _watched(self, arguments: list[str]) -> dict[Phase, float]:
        """Let a run end, and see how long it is in each phase."""
        was = before(self._world.places)
        lasts: Counter[Phase] = Counter()
        with self._start(arguments) as process:
            last = time.perf_counter()
            while process.poll() is None:
                now, there = time.perf_counter(), phase(self._world.places, was)
                lasts[there] += now - last  # type: ignore[assignment] # seconds are counted
                last = now
                time.sleep(0.0002)
        assert process.returncode == 0
        return dict(lasts)

    def _strike(self, process: "subprocess.Popen[bytes]", aim: Phase, was: Before) -> bool:
        """Kill it a while after `aim` began; whether it had not ended."""
        order = list(Phase)
        until = time.monotonic() + _LONGEST
        while process.poll() is None and time.monotonic() < until:
            if order.index(phase(self._world.places, was)) >= order.index(aim):
                break
            time.sleep(0.0001)
        time.sleep(self._dice.uniform(0, self.lasts.get(aim, _SHORT)))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL

    def _follow(self) -> str:
        """The next command, one of several that all have to end what was begun."""
        world, prefix = self._world, ["-p", str(self._world.prefix)]
        self._was_dry = self._dice.random() < 0.5
        if self._was_dry:
            done = world.run("rollback", *prefix, "--dry-run")
            # Where nothing is to be gone back to, it says so.
            assert done.returncode in {0, 2}, done.stderr
            return world.holds()
        version = self._dice.choice(SPECS)
        world.take(version)
        world.done("recreate", *prefix)
        return version

    def _leaks(self, session: int) -> tuple[str, ...]:
        """What lies around and should not, and who still runs."""
        more = self._world.beside() - self._known
        # What a dry run does not look at, the next one that installs takes away.
        more -= {each for each in more if self._was_dry and each.startswith("cache/")}
        # Each is told of once, and what is in a folder with it.
        self._known |= more
        more = {each for each in more if os.path.dirname(each) not in more}
        more |= set(_unknown(self._world.places))
        until = time.monotonic() + 60
        while (alive := list(_alive(session))) and time.monotonic() < until:
            time.sleep(0.01)
        return (*sorted(more), *(f"process {each}" for each in alive))


def _shared(old: Content, new: Content) -> dict[str, set[str]]:
    """The files that are in both, but for links and byte-code: what each may be."""
    return {
        path: {old[path], new[path]}
        for path in set(old) & set(new)
        if not (path.endswith(("/", ".pyc")) or old[path].startswith("-> "))
    }


def _unknown(places: Places) -> Iterator[str]:
    """What belongs to a prefix, and to nothing that envtool keeps beside one."""
    yield from leftovers(Path(places.folder))
    around = os.path.dirname(places.folder)
    # A run that had nothing to keep yet takes the folder away that it made.
    there = os.listdir(around) if os.path.isdir(around) else ()
    yield from set(there) - {os.path.basename(places.prefix)}
    for name in os.listdir(places.generations) if os.path.isdir(places.generations) else ():
        path = os.path.join(places.generations, name)
        yield from {f"{path}/{each}" for each in os.listdir(path)} - {
            f"{path}/{each}" for each in GENERATION if name.isdigit()
        }


def _alive(session: int) -> Iterator[str]:
    """The processes of a session, by their names."""
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit():
                head, _, rest = Path("/proc", name, "stat").read_text().rpartition(")")
                state, _, _, found = rest.split()[:4]
                if int(found) == session and state not in "ZX":
                    yield head.partition("(")[2]
