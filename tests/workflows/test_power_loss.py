"""A power loss, whenever it comes and whatever the disk has not kept, leaves a whole environment.

Of real runs: what they asked of the disk is recorded, and every state that may be left is judged.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from envtool.adapters.channel_builder.channels import Channel
from envtool.errors import UnreadableError
from tests.disk_log import Log
from tests.mounting import mounted
from tests.power_cuts import COPIED, DEEDS, PREFIX, STATE, SUBTREE, Deed, deed, judged
from tests.recording import has_strace

pytestmark = [
    pytest.mark.strace,
    pytest.mark.skipif(not has_strace(), reason="`strace` is not there, or may not trace"),
]


@pytest.fixture(scope="module")
def recorded(
    tmp_path_factory: pytest.TempPathFactory, small_packages: Channel
) -> Callable[[str], Deed]:
    known: dict[str, Deed] = {}

    def record(name: str) -> Deed:
        if name == COPIED:
            # Skips where nothing may be mounted.
            mounted("true")
        if name not in known:
            known[name] = deed(name, tmp_path_factory.mktemp("power"), small_packages)
        return known[name]

    return record


@pytest.mark.parametrize("name", DEEDS)
def test_every_state_is_a_whole_one(recorded: Callable[[str], Deed], name: str) -> None:
    # All of them are in `tests.benchmarks.power_losses`.
    left = judged(recorded(name), most=12)
    assert left["new"] > 0
    assert left["old"] > 0 or name == "refused"


class Forgotten(NamedTuple):
    """What is not synced when this is done (None: the file system), and what comes of it."""

    deed: str
    nodes: Callable[[Log], set[int | None]]
    said: str


FORGOTTEN = {
    "the new tree": Forgotten("recreate", lambda _: {None}, "neither tree is in place"),
    "the text of the journal": Forgotten(
        "recreate", lambda log: {*log.named("journal.json.")}, "can not be read"
    ),
    "the folder of the journal": Forgotten(
        "recreate", lambda log: {log.end.node(STATE)}, "left over|the old tree is gone"
    ),
    "the name of a tree that goes": Forgotten(
        "recreate", lambda log: {log.end.node(f"{STATE}/generations/1")}, "a kept tree is not whole"
    ),
    "the folder of the prefix": Forgotten(
        "first", lambda log: {log.end.node(SUBTREE)}, "left over|is gone"
    ),
    "what is copied": Forgotten(
        COPIED, lambda _: {None}, "a kept tree is not whole|neither tree is in place"
    ),
    "what an adopted tree is called": Forgotten(
        "adoption", lambda log: {None, log.start.node(f"{PREFIX}/conda-meta")}, "nobody knows"
    ),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_sync_that_is_forgotten_is_noticed(recorded: Callable[[str], Deed], name: str) -> None:
    forgotten = FORGOTTEN[name]
    found = recorded(forgotten.deed)
    with pytest.raises((AssertionError, UnreadableError), match=forgotten.said):
        judged(found.without(forgotten.nodes(found.log)), most=30, last=12)
