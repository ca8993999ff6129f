"""`python -m tests.benchmarks.recreate_kills [KILLS]`: kills `envtool recreate` and `rollback`.

KILLS real runs (400 without a number) of each of the verbs of `tests.killing`, spread evenly over
the phases of the journal, are killed while a reader hashes the files of the prefix and starts its
Python. Fails at the first prefix that is not wholly what it was before or was to be after (every
file hashed), at a next command that does not go on from there, at a read that fails. Prints by
verb and phase how many were hit and what was left.
"""

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.channel.demo import build
from tests.killing import Killed, Killer, Phase, Verb
from tests.worlds import World, prepared

_COLUMNS = ("kills", "old", "new", "reads", "failed", "starts", "not started", "leaks")
# Where each verb comes, of those that are long enough to be hit.
SHARES = {Verb.RECREATE: 0.35, Verb.REFETCH: 0.15, Verb.ROLLBACK: 0.25, Verb.ADOPTION: 0.25}


def main() -> None:
    """Print the table."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    started, total, leaks = time.perf_counter(), Counter[str](), list[str]()
    print(_line("verb", "killed with", _COLUMNS))
    with TemporaryDirectory() as name:
        channel = build(f"{name}/channel", 1_767_225_600).channel
        world = prepared(Path(name) / "world", channel)
        for verb, share in SHARES.items():
            for phase, counted in campaign(world, verb, round(kills * share), leaks).items():
                total += counted
                print(_line(verb, phase, [str(counted[each]) for each in _COLUMNS]), flush=True)
    print(_line("all", "", [str(total[each]) for each in _COLUMNS]))
    print(f"{total['ended']} more had ended before, in {time.perf_counter() - started:.0f} s")
    print("\n".join(leaks))
    assert not total["failed"] + total["not started"] + total["leaks"]


def campaign(world: World, verb: Verb, kills: int, leaks: list[str]) -> dict[Phase, Counter[str]]:
    """Kill so many runs of a verb; what was counted, by what they were killed in."""
    world.forget(adopted=False)
    killer = Killer(world, verb, seed=11)
    killer.measure()
    found: dict[Phase, Counter[str]] = defaultdict(Counter)
    last = Phase.START
    tries = Counter[Phase]()
    while sum(each["kills"] for each in found.values()) < kills:
        # What was hit least; some phases are too short to be hit at every try.
        aim = min(killer.lasts, key=lambda each: found[each]["kills"] + tries[each] / 4)
        tries[aim] += 1
        killed = killer.kill(aim)
        last = killed.phase or last
        found[last] += _counted(killed)
        leaks += [f"leak, {verb}, {killed.phase}: {each}" for each in killed.leaks]
    return {phase: found[phase] for phase in Phase if phase in found}


def _counted(killed: Killed) -> Counter[str]:
    seen = killed.seen
    counted = Counter(
        {
            "reads": seen["good"] + seen["failed"] + seen["wrong"],
            "failed": seen["failed"] + seen["wrong"],
            "starts": seen["started"] + seen["not started"],
            "not started": seen["not started"],
            "leaks": len(killed.leaks),
        }
    )
    counted.update([killed.holds, "kills"] if killed.phase else ["ended"])
    return counted


def _line(verb: str, phase: str, columns: "list[str] | tuple[str, ...]") -> str:
    return f"{verb:19} {phase:23}" + "".join(f"{each:>{max(8, len(each) + 2)}}" for each in columns)


if __name__ == "__main__":
    main()
