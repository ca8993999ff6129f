"""What byte-code of a stage costs, against `compileall` over the same files in the same run.

    python -m tests.benchmarks.byte_code [SITE_PACKAGES]

Two figures, each the median of some rounds: compiling all of it with an empty cache, over
`compileall` with as many processes in the same round; and linking all of it from a full one, in
seconds for 5,000 files and over `compileall`. Sources are copied from the given folder, or from
that of the running Python.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from envtool.adapters.byte_code import LinkedByteCode
from envtool.ports_installing import Stage

ROUNDS = 7
SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/python{SERIES}/site-packages"


def main(source: str) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage = staged(folder, source)
        root = Path(stage.path, SITE)
        files = [each for each in root.rglob("*.py") if each.is_file()]
        paths = [each.relative_to(stage.path).as_posix() for each in files]
        hashes = {
            path: hashlib.sha256(each.read_bytes()).hexdigest()
            for path, each in zip(paths, files, strict=True)
        }
        floor, cold, warm, unknown = [], [], [], []
        for number in range(ROUNDS):
            floor.append(timed(root, lambda: compileall(root)))
            tool = LinkedByteCode(str(folder / f"cache-{number}"))
            cold.append(timed(root, lambda: tool.complete(stage, {})))  # noqa: B023 - called now
            warm.append(timed(root, lambda: tool.complete(stage, hashes)))  # noqa: B023
            unknown.append(timed(root, lambda: tool.complete(stage, {})))  # noqa: B023
    base, first, again, hashing = map(median, (floor, cold, warm, unknown))
    ratio = median(one / other for one, other in zip(cold, floor, strict=True))
    each = 5000 / len(files)
    print(f"{len(files)} files, {os.cpu_count()} processes, compileall {base:.2f} s")
    print(f"first:  {first:.2f} s, ratio {ratio:.2f} (limit 1.00)")
    print(f"warm:   {again:.2f} s, ratio {again / base:.3f}; 5,000 files {again * each:.2f} s")
    print(f"        {hashing:.2f} s with no hash known; 5,000 files {hashing * each:.2f} s")


def staged(folder: Path, source: str) -> Stage:
    """A stage with the modules of `source`, and the running Python."""
    root = folder / "stage"
    (root / "bin").mkdir(parents=True)
    interpreter = root / "bin" / "python"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    interpreter.chmod(0o755)
    shutil.copytree(source, root / SITE, ignore=lambda _, names: unwanted(names))
    return Stage(str(root), "/opt/final", SERIES, "linux-64")


def unwanted(names: list[str]) -> set[str]:
    """What is neither a module nor a folder of some."""
    return {each for each in names if each == "__pycache__" or ("." in each and each[-3:] != ".py")}


def timed(root: Path, work: Callable[[], object]) -> float:
    """Seconds that `work` takes in a tree without byte-code."""
    for cache in [*root.rglob("__pycache__")]:
        shutil.rmtree(cache)
    start = perf_counter()
    work()
    return perf_counter() - start


def compileall(root: Path) -> None:
    """All of it, with as many processes as there are processors."""
    options = ["-q", "-j", str(os.cpu_count()), "-s", str(root), "-p", "/opt/final"]
    subprocess.run(
        [sys.executable, "-I", "-S", "-Wignore", "-m", "compileall", *options, str(root)],
        check=False,
        capture_output=True,
    )


if __name__ == "__main__":
    main(*(sys.argv[1:] or [sysconfig.get_path("purelib")]))
