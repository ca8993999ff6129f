"""`python -m tests.benchmarks.locks CONDA_LOCK PIXI_LOCK [--conda-lock EXE] [--pixi-policy EXE]`.

What `envtool verify` costs on large locks, whole processes, alternating, medians of CPU time:

- a `conda-lock.yml`, over `yaml.load(CSafeLoader)` alone on the same file;
- the same with an environment file in sync, over `conda-lock --check-input-hash` with a stub
  for conda (its executable from an environment of its own);
- a `pixi.lock` under three rules, over `pixi-policy check` with the same three;
- a made lock of 200,000 packages: seconds and megabytes.

Byte-code has to be there: run it in a venv that `pip install .` made.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from envtool.adapters import connect
from envtool.domain.conda_lock import read_conda_lock
from envtool.domain.content_hash import content_hashes
from envtool.domain.spec_reader import read_spec
from envtool.domain.specs import Role, Spec

RUNS = 9
ENVTOOL = (sys.executable, "-m", "envtool", "verify")
HUGE = 200_000
RULES = ("channels.url-outside-channel", "bans.deny", "licenses.deny")
POLICY = """\
[channels]
allowed = ["https://prefix.dev/conda-forge", "conda-forge"]
[licenses]
deny = ["SSPL-1.0"]
[[bans]]
package = "left-pad"
reason = "a benchmark"
"""
PEER_POLICY = """\
[sources]
allowed-channels = ["https://prefix.dev/conda-forge", "conda-forge"]
[licenses]
deny = ["SSPL-1.0"]
unknown = "allow"
[bans]
deny = [{ name = "left-pad", reason = "a benchmark" }]
"""
PIXI = '[workspace]\nname = "x"\nchannels = ["https://prefix.dev/conda-forge"]\nplatforms = []\n'


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("conda_lock_file", type=Path)
    parser.add_argument("pixi_lock_file", type=Path)
    parser.add_argument("--conda-lock")
    parser.add_argument("--pixi-policy")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        conda(folder / "conda", options.conda_lock_file, options.conda_lock)
        pixi(folder / "pixi", options.pixi_lock_file, options.pixi_policy)
        huge(folder / "huge")


def conda(folder: Path, lock: Path, peer: str | None) -> None:
    """A lock alone against YAML alone, and in sync against conda-lock's own check."""
    folder.mkdir()
    (folder / "conda-lock.yml").write_bytes(lock.read_bytes())
    load = "import yaml; yaml.load(open('conda-lock.yml'), yaml.CSafeLoader)"
    ours, floor = measure(folder, (*ENVTOOL, "conda-lock.yml"), (sys.executable, "-c", load))
    print(f"conda-lock.yml: {show(ours)}, YAML alone {show(floor)}, ratio {ours / floor:.2f}")
    if peer is None:
        return
    in_sync(folder)
    stub = folder / "conda"
    stub.write_text('#!/bin/sh\necho \'{"conda_version": "25.1.0", "platform": "linux-64"}\'\n')
    stub.chmod(0o755)
    theirs = (peer, "lock", "--check-input-hash", "--conda", str(stub), "-f", "environment.yml")
    ours, other = measure(folder, ENVTOOL, (*theirs, "--lockfile", "conda-lock.yml"))
    print(f"in sync: {show(ours)}, conda-lock {show(other)}, {other / ours:.1f} times faster")


def in_sync(folder: Path) -> None:
    """An environment file for the lock, and its hashes in the lock."""
    parse = connect().yaml.parse
    text = (folder / "conda-lock.yml").read_text("utf-8")
    lock = read_conda_lock(text, "conda-lock.yml", parse)
    names = sorted({each.name for each in lock.packages if each.manager == "conda"})
    everywhere = [
        name
        for name in names
        if {each.platform for each in lock.packages if each.name == name} == set(lock.platforms)
    ]
    spec = "channels:\n" + "".join(f"- {channel}\n" for channel in lock.channels)
    spec += "platforms:\n" + "".join(f"- {platform}\n" for platform in lock.platforms)
    spec += "dependencies:\n" + "".join(f"- {name}\n" for name in everywhere)
    (folder / "environment.yml").write_text(spec, "utf-8")

    def reread(each: Spec, lines: tuple[str, ...]) -> Spec:
        return read_spec(parse("\n".join(lines), each.path), lines, each.path, each.role)

    lines = tuple(spec.splitlines())
    read = read_spec(parse(spec, "environment.yml"), lines, "environment.yml", Role.PRODUCTION)
    head, _, body = text.partition("package:\n")
    hashes = content_hashes([read], lock.platforms, reread)
    metadata = {
        "content_hash": hashes,
        "channels": [{"url": channel, "used_env_vars": []} for channel in lock.channels],
        "platforms": list(lock.platforms),
        "sources": ["environment.yml"],
    }
    head = f"version: 1\nmetadata: {json.dumps(metadata)}\n"
    (folder / "conda-lock.yml").write_text(f"{head}package:\n{body}", "utf-8")


def pixi(folder: Path, lock: Path, peer: str | None) -> None:
    """Three rules on a pixi.lock, against pixi-policy with the same three."""
    folder.mkdir()
    (folder / "pixi.lock").write_bytes(lock.read_bytes())
    (folder / "envtool.toml").write_text(POLICY)
    (folder / "pixi.toml").write_text(PIXI)
    (folder / "pixi-policy.toml").write_text(PEER_POLICY)
    command = (*ENVTOOL, "pixi.lock", "--select", ",".join(RULES))
    if peer is None:
        print(f"pixi.lock: {show(measure(folder, command, command)[0])}")
        return
    ours, other = measure(folder, command, (peer, "check"))
    print(f"pixi.lock: {show(ours)}, pixi-policy {show(other)}, ratio {ours / other:.2f}")


def huge(folder: Path) -> None:
    """A lock of 200,000 packages."""
    folder.mkdir()
    entries = (
        f"- name: package-{number}\n  version: '1.{number}'\n  manager: conda\n"
        f"  platform: linux-64\n  dependencies:\n    package-{number - 1 or 1}: '>=1.0,<2.0a0'\n"
        f"  url: https://conda.anaconda.org/conda-forge/linux-64/package-{number}-1.{number}-h0.conda\n"
        f"  hash:\n    md5: {number:032x}\n    sha256: {number:064x}\n"
        "  category: main\n  optional: false\n"
        for number in range(1, HUGE + 1)
    )
    head = (
        "version: 1\nmetadata:\n  content_hash:\n    linux-64: x\n  channels:\n"
        "  - url: conda-forge\n    used_env_vars: []\n  platforms:\n  - linux-64\n"
        "  sources:\n  - environment.yml\npackage:\n"
    )
    (folder / "conda-lock.yml").write_text(head + "".join(entries))
    start = time.perf_counter()
    subprocess.run([*ENVTOOL, "conda-lock.yml"], cwd=folder, check=False, capture_output=True)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{HUGE} packages: {seconds:.1f} s, {peak:.0f} MB")


def measure(folder: Path, ours: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """The median CPU seconds of two commands, in turns."""
    mine, theirs = [], []
    for _ in range(RUNS):
        mine.append(cpu(folder, ours))
        theirs.append(cpu(folder, other))
    return statistics.median(mine), statistics.median(theirs)


def cpu(folder: Path, command: Sequence[str]) -> float:
    """User and system seconds of one process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(
            f"{command[0]}: {done.stderr.decode()[-500:]}{done.stdout.decode()[-500:]}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def show(seconds: float) -> str:
    """Milliseconds of CPU."""
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
