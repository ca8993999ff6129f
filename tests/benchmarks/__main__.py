"""`python -m tests.benchmarks [FOLDER]`: what `envtool verify` costs, as ratios.

Two figures, each against its floor in the same run, because machines are shared and noisy:

- the CPU time of `envtool verify` on a file of 50 lines, over `python -c "import typer"`,
  whole processes, alternating, median of 25;
- files a second in one process, over all environment files below FOLDER (without it: over
  500 generated ones), against libyaml's event parser alone on the same texts.

Byte-code has to be there: run it in a venv that `pip install .` made.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import yaml

from envtool.adapters import connect
from envtool.workflows.verify import VerifyRequest, verify

RUNS = 25
LINES = 43


def main() -> None:
    """Print both figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cold(folder)
        files = found(Path(sys.argv[1])) if len(sys.argv) > 1 else generated(folder, 500)
        throughput(files)


def spec(lines: int) -> str:
    """An environment file with `lines` conda dependencies and a pip section."""
    packages = "".join(f"  - package-{number}=1.{number}\n" for number in range(lines))
    return (
        "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.12\n"
        f"{packages}  - pip\n  - pip:\n    - requests==2.32.3\n"
    )


def cold(folder: Path) -> None:
    """A whole process on 50 lines, against one that only imports typer."""
    (folder / "fifty.yml").write_text(spec(LINES - 1), encoding="utf-8")
    ours, floor = [], []
    for _ in range(RUNS):
        ours.append(cpu(folder, "-m", "envtool", "verify", "fifty.yml"))
        floor.append(cpu(folder, "-c", "import typer"))
    mine, base = statistics.median(ours), statistics.median(floor)
    print(f"cold: {mine * 1000:.0f} ms of CPU, import typer {base * 1000:.0f} ms,", end=" ")
    print(f"over it {(mine - base) * 1000:.0f} ms, ratio {mine / base:.2f}")


def cpu(folder: Path, *arguments: str) -> float:
    """User and system seconds of one python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def found(folder: Path) -> list[str]:
    """Every YAML file below `folder`, hidden ones included."""
    paths = (Path(where) / name for where, _, names in os.walk(folder) for name in names)
    return sorted(str(path) for path in paths if path.suffix in {".yml", ".yaml"})


def generated(folder: Path, count: int) -> list[str]:
    """`count` files of 5 to 45 dependencies."""
    paths = [folder / f"env-{number}.yml" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(spec(5 + number % 41), encoding="utf-8")
    return [str(path) for path in paths]


def throughput(files: list[str]) -> None:
    """All files in one process, against parsing them alone."""
    tools = connect()
    verify(tools, VerifyRequest(paths=(files[0],), today=date(2026, 1, 1)))
    start = time.process_time()
    verify(tools, VerifyRequest(paths=tuple(files), today=date(2026, 1, 1)))
    judged = time.process_time() - start
    texts = [Path(path).read_text(encoding="utf-8", errors="replace") for path in files]
    start = time.process_time()
    for text in texts:
        parse(text)
    parsed = time.process_time() - start
    print(f"throughput: {len(files)} files, {len(files) / judged:.0f} files/s,", end=" ")
    print(f"{judged / parsed:.1f} times libyaml's events alone")


def parse(text: str) -> None:
    """Every event of `text`, up to the first error."""
    try:
        loader = yaml.CSafeLoader(text)
        while loader.check_event():
            loader.get_event()
    except yaml.YAMLError:
        return


if __name__ == "__main__":
    main()
