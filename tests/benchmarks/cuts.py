"""`python -m tests.benchmarks.cuts [RUNS]`: kills `envtool lock`, and says what was left.

First before every operation on the files of a project, each in a run of its own; then RUNS times
(100 without a number) at a random time, and after each time one more while it recovers. Fails at
the first project that is neither the old one nor the new one after the next turn.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH
from tests.channel.demo import build
from tests.writers import CASES, Case, files, run, settled

LOCK = (sys.executable, "-m", "envtool", "lock")


def main() -> None:
    """Print what was left, for changes alone and for whole runs of `envtool lock`."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, case in CASES.items():
            print(f"change `{title}`, before each operation: {shown(at_each(folder, title, case))}")
        case = project(folder)
        print(f"`envtool lock`, before each operation: {shown(at_each(folder, 'lock', case))}")
        started = time.perf_counter()
        left = Counter(at_random(case, folder / f"random-{number}") for number in range(runs))
        print(f"`envtool lock`, at random: {shown(left)}", end="")
        print(f" in {time.perf_counter() - started:.0f} s")


def shown(left: Counter[str]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(left.items()))


def project(folder: Path) -> Case:
    """A project whose environment file asks for another package than its lock has."""
    channel = build(str(folder / "channel"), DEFAULT_EPOCH).channel
    root = folder / "model"
    root.mkdir()
    text = f"channels: [{channel.url}]\nplatforms: [linux-64, osx-arm64]\ndependencies:\n"
    (root / "environment.yml").write_text(f"{text}- library=1.0\n")
    subprocess.run(LOCK, cwd=root, check=True, capture_output=True)
    (root / "environment.yml").write_text(f"{text}- library=3.0\n")
    old = files(root)
    subprocess.run(LOCK, cwd=root, check=True, capture_output=True)
    new = files(root)
    return Case(old, {path: new[path] for path in ("recovery/records.lock", "conda-lock.yml")})


def at_each(folder: Path, title: str, case: Case) -> Counter[str]:
    left: Counter[str] = Counter()
    for number in count(1):
        root = case.make(folder / f"{title}-{number}")
        code = cut(f"kill:{number}", root, case, is_lock=title == "lock")
        left[settled(case, root)] += 1
        if code == 0:
            return left
    raise AssertionError


def cut(fault: str, root: Path, case: Case, *, is_lock: bool) -> int:
    if not is_lock:
        return run(fault, root, case.texts).returncode
    command = (sys.executable, "-m", "tests.cutting", fault, str(root), "--", "lock", str(root))
    return subprocess.run(command, capture_output=True, check=False).returncode


def at_random(case: Case, root: Path) -> str:
    """What a run left that was killed a while after its turn began, and the next one, too."""
    case.make(root)
    for _ in range(2):
        with subprocess.Popen(LOCK, cwd=root, stdout=subprocess.DEVNULL) as child:
            while child.poll() is None and not (root / ".envtool").exists():
                time.sleep(0.001)
            time.sleep(random.uniform(0, 0.12))  # noqa: S311
            child.kill()
    return settled(case, root)


if __name__ == "__main__":
    main()
