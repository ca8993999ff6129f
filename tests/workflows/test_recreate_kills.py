"""`kill -9` in the middle: the old environment or the new one, and nobody who used it noticed.

Some instants of each verb; hundreds are in `tests.benchmarks.recreate_kills`.
"""

from pathlib import Path

import pytest

from envtool.adapters.exchange import can_exchange
from tests.channel.demo import Demo
from tests.killing import Killer, Phase, Verb
from tests.worlds import World, prepared


@pytest.fixture(scope="module")
def world(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("kills")
    if demo.python_missing:
        pytest.skip(f"the running Python can not be repackaged: {demo.python_missing}")
    if not can_exchange(str(folder)):
        pytest.skip("no exchange here")
    return prepared(Path(folder, "world"), demo.channel)


INSTANTS = (
    (Verb.RECREATE, Phase.SWAP),
    (Verb.RECREATE, Phase.PLACED),
    (Verb.REFETCH, Phase.STAGE),
    (Verb.ROLLBACK, Phase.START),
    (Verb.ROLLBACK, Phase.SWAP),
    (Verb.ROLLBACK, Phase.PLACED),
    (Verb.ADOPTION, Phase.ADOPT),
    (Verb.ADOPTION, Phase.SEAL),
)


@pytest.mark.parametrize(("verb", "aim"), INSTANTS)
def test_a_run_that_is_killed(world: World, verb: Verb, aim: Phase) -> None:
    killed = Killer(world, verb, seed=7).kill(aim)
    assert killed.leaks == ()
    assert killed.seen["good"] > 0
    assert killed.seen["failed"] + killed.seen["wrong"] + killed.seen["not started"] == 0
