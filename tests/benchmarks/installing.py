"""`python -m tests.benchmarks.installing [RUNS]`: what whole and checked costs over bare linking.

One environment of more than 5,000 files, warm: `envtool recreate` as a process, against a process
that calls `rattler.install` with the same records and does nothing else, and one that hashes the
same files once. Medians, and the limit: bare plus 1.3 times one pass of SHA-256.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from tests.channel.demo import build

_MODULES = 4500
_BARE = """
import asyncio, os, sys
from pathlib import Path
from rattler import LockFile, install
from rattler.package_cache import PackageCache
lock = LockFile.from_path(Path(sys.argv[1]))
platform = next(each for each in lock.platforms() if each.name == "linux-64")
records = lock.default_environment().conda_repodata_records_for_platform(platform)
cache = PackageCache(Path(sys.argv[2]))
asyncio.run(install(records, sys.argv[3], package_cache=cache, show_progress=False))
os._exit(0)  # an orderly end crashes sometimes
"""
_HASH = """
import hashlib, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.islink(path) and not name.endswith(".pyc"):
            with open(path, "rb") as file:
                hashlib.file_digest(file, "sha256").hexdigest()
"""


def main() -> None:
    """Print the medians and the limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with TemporaryDirectory() as name:
        folder = Path(name)
        project = prepared(folder)
        envtool(project, "recreate")
        prefix = project / ".envtool/envs/production"
        number = sum(len(names) for _, _, names in os.walk(prefix))
        print(f"{number} files, {sum(each.stat().st_size for each in files(prefix)) >> 20} MB")
        records, cache = project / "recovery/records.lock", folder / "bare-cache"
        times: dict[str, list[float]] = {"bare": [], "hash": [], "ours": [], "back": [], "swap": []}
        python(_BARE, records, cache, folder / "warm")
        for run in range(runs):
            times["bare"].append(python(_BARE, records, cache, folder / f"bare-{run}"))
            times["hash"].append(python(_HASH, folder / f"bare-{run}"))
            times["ours"].append(envtool(project, "recreate")[0])
            seconds, answer = envtool(project, "rollback")
            hashing = sum(each["seconds"] for each in answer["steps"] if each["name"] == "verify")
            times["back"].append(seconds)
            times["swap"].append(seconds - hashing)
        found = {name: median(some) for name, some in times.items()}
        limit = found["bare"] + 1.3 * found["hash"]
        print(f"bare install {found['bare']:.2f} s, one pass of SHA-256 {found['hash']:.2f} s")
        print(f"envtool recreate {found['ours']:.2f} s, limit {limit:.2f} s")
        print(f"envtool rollback {found['back']:.2f} s, before its hash {found['swap']:.2f} s")
        print(f"steps: {envtool(project, 'recreate')[1]['steps']}")


def prepared(folder: Path) -> Path:
    """A project of Python, some real packages, and one with thousands of modules."""
    demo = build(str(folder / "channel"), DEFAULT_EPOCH)
    modules = tuple(
        File(
            path=f"site-packages/many/m{number}.py",
            content=f"def f{number}(x):\n".encode() + b"    return x + 1\n" * 40,
        )
        for number in range(_MODULES)
    )
    many = Package(name="many", version="1.0", noarch="python", depends=("python",), files=modules)
    other = write_channel(str(folder / "other"), (many,), DEFAULT_EPOCH)
    project = folder / "project"
    project.mkdir()
    (project / "environment.yml").write_text(
        f"channels: ['{demo.channel.url}', '{other.url}']\nplatforms: [linux-64]\n"
        "dependencies: [python, rich, pytest, many]\n"
    )
    os.environ["ENVTOOL_CACHE_DIR"] = str(folder / "cache")
    envtool(project, "lock")
    return project


def files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def python(code: str, *arguments: object) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)
    return time.perf_counter() - started


def envtool(project: Path, verb: str) -> tuple[float, Any]:
    command = [sys.executable, "-m", "envtool", verb, "-o", "json"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return seconds, json.loads(done.stdout)["data"]


if __name__ == "__main__":
    main()
