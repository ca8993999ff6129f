"""`python -m tests.benchmarks.recreate_kills [RUNS]`: kills `envtool recreate` and `rollback`.

RUNS times (100 without a number) at a random instant of a real run, while a reader opens a file of
the prefix again and again. Fails at the first prefix that is not wholly what was installed before
or after (every file hashed), at a read that found no file, at a run that does not go on from
there, and at anything left over.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from envtool.adapters.prefix_files import PrefixInspector
from tests.channel.demo import build

SPECS = ("hello-python=1.0.0", "hello-python=1.1.0")
ENVTOOL = (sys.executable, "-m", "envtool")


def main() -> None:
    """Print what was left."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    dice = random.Random(11)  # noqa: S311 - no secret depends on it
    with TemporaryDirectory() as name:
        project = prepared(Path(name))
        prefix = project / ".envtool/envs/production"
        slowest = max(timed(project, "recreate") for _ in range(3))
        read, stop = Counter[str](), threading.Event()
        thread = threading.Thread(target=reader, args=(prefix / "conda-meta/history", read, stop))
        thread.start()
        left: Counter[str] = Counter()
        started = time.perf_counter()
        for _ in range(runs):
            verb = dice.choice(("recreate", "recreate", "rollback"))
            lock(project, dice.choice(SPECS))
            left[killed(project, verb, dice.uniform(0, slowest))] += 1
            check(prefix)
        stop.set()
        thread.join()
        timed(project, "recreate")
        beside = set(os.listdir(prefix.parent / ".envtool/production"))
        assert beside <= {"lock", ".gitignore", "generations", "log.jsonl", "texts"}, beside
        print(f"{runs} runs in {time.perf_counter() - started:.0f} s: {dict(left)}")
        print(f"reads: {read['good']}, failed: {read['failed']}")
        assert not read["failed"]


def prepared(folder: Path) -> Path:
    """A project with Python, in two versions, both of them installed once."""
    demo = build(str(folder / "channel"), 1_767_225_600)
    os.environ["ENVTOOL_CACHE_DIR"] = str(folder / "cache")
    project = folder / "project"
    project.mkdir()
    for spec in SPECS:
        text = f"channels: ['{demo.channel.url}']\nplatforms: [linux-64]\ndependencies:\n"
        (project / "environment.yml").write_text(f"{text}- python\n- rich\n- {spec}\n")
        run(project, "lock")
        (project / f"{spec}.lock").write_bytes((project / "conda-lock.yml").read_bytes())
        (project / f"{spec}.records").write_bytes((project / "recovery/records.lock").read_bytes())
        run(project, "recreate")
    return project


def lock(project: Path, spec: str) -> None:
    (project / "conda-lock.yml").write_bytes((project / f"{spec}.lock").read_bytes())
    (project / "recovery/records.lock").write_bytes((project / f"{spec}.records").read_bytes())


def killed(project: Path, verb: str, seconds: float) -> str:
    with subprocess.Popen(
        [*ENVTOOL, verb], cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        time.sleep(seconds)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
    assert process.returncode in {0, 2, -signal.SIGKILL}, said.decode()
    return "killed" if process.returncode == -signal.SIGKILL else "ended before"


def check(prefix: Path) -> None:
    inspector = PrefixInspector()
    installed = inspector.read(str(prefix))
    assert not installed.broken
    assert not inspector.check_files(installed)
    version = installed.conda["hello-python"].version
    said = subprocess.run(
        [prefix / "bin/hello-python"], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith(f"hello-python {version} {prefix}"), said


def reader(path: Path, read: Counter[str], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            path.read_bytes()
            read["good"] += 1
        except OSError:
            read["failed"] += 1
        time.sleep(0.0005)


def run(project: Path, verb: str) -> None:
    subprocess.run([*ENVTOOL, verb], cwd=project, check=True, capture_output=True)


def timed(project: Path, verb: str) -> float:
    started = time.perf_counter()
    run(project, verb)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
