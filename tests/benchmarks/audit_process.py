"""`python -m tests.benchmarks.audit_process FOLDER`: a whole `envtool audit --offline`.

FOLDER is that of `tests.benchmarks.auditing`: its advisories become the database. The lock has 300
packages that are known by the map of names, `python`, `openssl`, `libcurl` and their like among
them. Wall and CPU time of whole processes, alternating with a bare import of typer, median of 9;
where others use the machine, only the CPU time says something. Byte-code has to be there: run it in a
venv that `pip install .` made.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.audits import SPEC
from tests.benchmarks.auditing import fill, names_of
from tests.locking import Entry, lock_text

RUNS = 9
PACKAGES = 300
LIMIT = 0.6
NATIVE = (("python", "3.12.0"), ("openssl", "3.0.7"), ("libcurl", "8.4.0"), ("libsqlite", "3.40.0"))


def main() -> None:
    """Print the figures, and fail when the limit is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    advisories = parser.parse_args().folder / "advisories"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"ENVTOOL_CACHE_DIR": str(folder / "cache"), "HOME": name}
        (folder / "cache/advisories").mkdir(parents=True)
        fill(advisories, str(folder / "cache/advisories/database.sqlite"))
        (folder / "environment.yml").write_text(SPEC, encoding="utf-8")
        lock = lock_text(*entries(advisories / "conda-pypi-map.json.gz"))
        (folder / "conda-lock.yml").write_text(lock, encoding="utf-8")
        timed(folder)


def entries(names: Path) -> list[Entry]:
    """A lock of `PACKAGES` packages, the same in every run."""
    known = sorted(conda for conda, pypi in names_of(names) if pypi and conda.isidentifier())
    chosen = random.Random(1).sample(known, PACKAGES - len(NATIVE))  # noqa: S311 - a sample
    versions = dict.fromkeys(chosen, "1.0.0") | dict(NATIVE)
    return [Entry(name, version, needs=(("python", ""),)) for name, version in versions.items()]


def timed(folder: Path) -> None:
    """Audits and floors, alternating."""
    audit = ("-m", "envtool", "audit", "--offline")
    cases = {
        "audit": audit,
        "audit -o json": (*audit, "-o", "json=report.json"),
        "import typer": ("-c", "import typer"),
    }
    walls: dict[str, list[float]] = {each: [] for each in cases}
    cpus: dict[str, list[float]] = {each: [] for each in cases}
    for _ in range(RUNS):
        for each, arguments in cases.items():
            start = time.perf_counter()
            cpus[each].append(cpu(folder, *arguments))
            walls[each].append(time.perf_counter() - start)
    report = json.loads((folder / "report.json").read_text("ascii"))
    print(report["headline"])
    for each in cases:
        wall, own = statistics.median(walls[each]), statistics.median(cpus[each])
        print(f"{each:<14} {wall * 1000:4.0f} ms, {own * 1000:4.0f} ms of CPU")
    if min(statistics.median(walls["audit"]), statistics.median(cpus["audit"])) > LIMIT:
        sys.exit(f"slower than {LIMIT} s")


def cpu(folder: Path, *arguments: str) -> float:
    """User and system seconds of one python process, however it ends."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=folder, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


if __name__ == "__main__":
    main()
