"""`python -m tests.benchmarks.power_losses [MOST]`: what a power loss can leave of each deed.

Each deed of `tests.power_cuts` is done by a real envtool under strace; then every state that the
model of `tests.power_loss` allows (MOST for each crash, 400 without a number) is laid on a disk and
judged, before and after the next turn. Fails at the first one that is not whole.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.disk_log import Sync
from tests.installing import small_channel
from tests.power_cuts import DEEDS, deed, judged


def main() -> None:
    """Print what was left, by deed."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(
        f"{'deed':18} {'operations':>10} {'syncs':>6} {'states':>7} {'old':>6} {'new':>6} {'s':>5}"
    )
    with TemporaryDirectory() as name:
        channel = small_channel(Path(name) / "channel")
        for each in DEEDS:
            found = deed(each, Path(name) / each, channel)
            entries = found.log.entries
            syncs = sum(isinstance(entry, Sync) for entry in entries)
            started = time.perf_counter()
            left = judged(found, most)
            seconds = time.perf_counter() - started
            counted = f"{len(entries):>10} {syncs:>6} {left.total():>7}"
            print(
                f"{each:18} {counted} {left['old']:>6} {left['new']:>6} {seconds:>5.0f}", flush=True
            )


if __name__ == "__main__":
    main()
