"""No lock with fewer moves exists: held against every lock that there could be."""

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from envtool.adapters.rattler_client import Connection
from envtool.adapters.rattler_solver import RattlerSolver
from envtool.conda_versions import VersionSpec
from envtool.domain.channel_resolver import ResolvedChannel, Source
from envtool.domain.findings import Place
from envtool.domain.moves import fewest_moves, moved
from envtool.domain.solving import CondaRecord, Conflict, Problem, Solution, Wish
from tests.channels import record, write_records

NAMES = ("a", "b", "c", "d")
VERSIONS = ("1", "2", "3")
RANGES = ("*", ">=2", "<3", "==1", "==2", "==3", "<2")


class World(NamedTuple):
    """A channel, what was asked for when the lock was made, and what is asked for now."""

    depends: dict[tuple[str, str], list[tuple[str, str]]]
    before: dict[str, str]
    after: dict[str, str]


def _wanted() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(NAMES), st.sampled_from(RANGES), min_size=1, max_size=3)


worlds = st.builds(
    World,
    st.dictionaries(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(VERSIONS)),
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(RANGES)), max_size=2),
        min_size=5,
        max_size=12,
    ),
    _wanted(),
    _wanted(),
)


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_nothing_moves_that_could_have_stayed(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer = _Asker(world, folder)
        held = answer.solved(world.before, ())
        if isinstance(held, Conflict):
            assert not list(_locks(world, world.before))
            return
        found = answer.solved(world.after, held.records)
        every = list(_locks(world, world.after))
        if isinstance(found, Conflict):
            assert not every
            return
        ours = {each.name: each.version for each in found.records}
        assert ours in every
        before = {each.name: each.version for each in held.records}
        assert len(moved(held.records, found)) == min(_moves(before, each) for each in every)


class _Asker:
    """Asks the real solver, as the workflow does."""

    def __init__(self, world: World, folder: str) -> None:
        records = (
            record(name, version, *(f"{need} {allowed}" for need, allowed in needs if need != name))
            for (name, version), needs in world.depends.items()
        )
        url = write_records(Path(folder), records)
        self._solver = RattlerSolver(Connection())
        self._channel = ResolvedChannel(
            name=url,
            variables=(),
            url=url,
            label=None,
            subdirs=(),
            sources=(Source(url, None),),
            origin="test",
        )

    def solved(self, wanted: dict[str, str], held: tuple[CondaRecord, ...]) -> Solution | Conflict:
        found = self._ask(wanted, held, ())
        if isinstance(found, Conflict):
            return found

        def keep(sets: list[frozenset[str]]) -> list[Solution | None]:
            pins = [tuple(each for each in held if each.name in names) for names in sets]
            answers = [self._ask(wanted, held, each) for each in pins]
            return [None if isinstance(each, Conflict) else each for each in answers]

        return fewest_moves(held, found, keep)

    def _ask(self, wanted: dict[str, str], *held: tuple[CondaRecord, ...]) -> Any:
        wishes = (
            Wish(name, f'{name}[version="{allowed}"]', name, "application", Place("x"))
            for name, allowed in wanted.items()
        )
        problem = Problem(
            platform="linux-64",
            channels=(self._channel,),
            wishes=tuple(wishes),
            held=held[0],
            pinned=held[1],
        )
        return self._solver.solve([problem])[0]


def _locks(world: World, wanted: dict[str, str]) -> Iterator[dict[str, str]]:
    """Every set of packages that satisfies what is wanted, and holds nothing besides."""
    choices = [
        [None, *(version for version in VERSIONS if (name, version) in world.depends)]
        for name in NAMES
    ]
    for chosen in product(*choices):
        lock = {name: each for name, each in zip(NAMES, chosen, strict=True) if each is not None}
        needs = {
            name: [each for each in world.depends[name, version] if each[0] != name]
            for name, version in lock.items()
        }
        asked = [*wanted.items(), *(each for some in needs.values() for each in some)]
        if all(name in lock and _allows(allowed, lock[name]) for name, allowed in asked):
            reached, waiting = set(), list(wanted)
            while waiting:
                name = waiting.pop()
                if name not in reached:
                    reached.add(name)
                    waiting += [each for each, _ in needs[name]]
            if reached == lock.keys():
                yield lock


def _allows(allowed: str, version: str) -> bool:
    return allowed == "*" or VersionSpec(allowed).matches(version)


def _moves(before: dict[str, str], after: dict[str, str]) -> int:
    return sum(after[name] != version for name, version in before.items() if name in after)
