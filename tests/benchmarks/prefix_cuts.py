"""`python -m tests.benchmarks.prefix_cuts [RUNS] [STEP]`: kills what changes a prefix.

Every deed of `tests.prefixes`, by every way to put a tree in place: killed before each (or each
STEP-th) operation on a file, in a run of its own; then RUNS times (100 without a number) at a random
operation, and the run that recovers from it at a random one, too. Fails at the first prefix that
is not wholly the old one or the new one after the next turn, or has anything left over beside it.
"""

import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from tests.prefixes import DEEDS, RECOVER, RUNGS, made, run, settled


def main() -> None:
    """Print what was left, by deed and way."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    step = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    dice = random.Random(7)  # noqa: S311 - no secret depends on it
    with tempfile.TemporaryDirectory() as name:
        base, started, total = Path(name), time.perf_counter(), 0
        lengths = {}
        for deed in DEEDS:
            for rung in RUNGS:
                left, lengths[deed, rung] = at_each(base, deed, rung, step)
                total += left.total()
                print(f"{deed}, {rung}: {left.total()} cuts, left {shown(left)}", flush=True)
        twice: Counter[str] = Counter()
        for _ in range(runs):
            deed, rung = dice.choice(list(lengths))
            cuts = [dice.randint(1, lengths[deed, rung]) for _ in range(2)]
            twice[cut_twice(base, deed, rung, cuts)] += 1
        print(f"cut, and cut again while recovering: {shown(twice)}")
        seconds = time.perf_counter() - started
        print(f"{total + runs} cuts, none in between, in {seconds:.0f} s")


def at_each(base: Path, deed: str, rung: str, step: int) -> tuple[Counter[str], int]:
    """What was left of one deed, and the number of its operations."""
    left: Counter[str] = Counter()
    for at in count(1, step):
        root = base / "cut"
        made(root, deed)
        code = run(f"kill:{at}", root, deed, rung)
        assert code in {0, -signal.SIGKILL}, (deed, rung, at, code)
        left[settled(root, deed, rung)] += 1
        shutil.rmtree(root)
        if code == 0:
            return left, at
    raise AssertionError("unreachable")


def cut_twice(base: Path, deed: str, rung: str, cuts: list[int]) -> str:
    root = base / "cut"
    made(root, deed)
    run(f"kill:{cuts[0]}", root, deed, rung)
    run(f"kill:{cuts[1] // 3 + 1}", root, RECOVER, rung)
    state = settled(root, deed, rung)
    shutil.rmtree(root)
    return state


def shown(left: Counter[str]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(left.items()))


if __name__ == "__main__":
    main()
