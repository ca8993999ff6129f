"""What a whole and checked tree costs over bare linking.

    python -m tests.benchmarks.installing [RUNS] [DISTRIBUTION ...]

One environment of more than 5,000 files, warm: 4,500 small modules, or what pip installs as the
DISTRIBUTIONs (`numpy scipy pandas`), which needs a network. Each round: `rattler.install` of the
same records and nothing else, `envtool recreate`, and one pass of SHA-256 over what it made,
byte-code from the cache included, as it hashes all of that. The limit is bare plus 1.3 times the
pass, and the ratio to it is told for whole processes and in one; that to a limit without the
byte-code, which rattler does not make, is told, too. The tree from before stays, and what deleting
the oldest one adds, which neither of both does, is told apart. Then `envtool rollback` to a kept
tree before its hash, over a process that only looks at every file. What the step before has
written is on the disk before the next one starts: envtool makes durable what it writes, and would
do so for the others, too.

Medians of RUNS rounds (7), and the load of the machine: it decides.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from packaging.utils import canonicalize_name
from rattler import LockFile, install
from rattler.package_cache import PackageCache

from envtool.adapters import connect, peak_memory
from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from envtool.workflows.install_source import Choice
from envtool.workflows.install_terms import How
from envtool.workflows.prefixes import Where
from envtool.workflows.recreate import RecreateRequest, recreate
from tests.channel.demo import build
from tests.channel.service_samples import compiled_package

RUNS = 7
_MODULES = 4500
_ALL = 1000
_BARE = """
import asyncio, os, sys
from pathlib import Path
from packaging.utils import canonicalize_name
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
        if not os.path.islink(path):
            with open(path, "rb") as file:
                hashlib.file_digest(file, "sha256").hexdigest()
"""
_LOOK = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        os.lstat(os.path.join(folder, name))
"""


def main(runs: int = RUNS, *names: str) -> None:
    """Print the medians and the ratios."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        project = prepared(folder, names)
        envtool(project, "recreate")
        prefix = project / ".envtool/envs/production"
        number = sum(len(names) for _, _, names in os.walk(prefix))
        print(f"{number} files, {sum(each.stat().st_size for each in files(prefix)) >> 20} MB")
        records, cache = project / "recovery/records.lock", folder / "cache/packages"
        python(_BARE, records, cache, folder / "warm")
        places = (folder / f"{kind}-{run}" for run in range(runs) for kind in ("whole", "one"))
        whole: list[tuple[float, ...]] = []
        one: list[tuple[float, ...]] = []
        back: list[tuple[float, ...]] = []
        for _ in range(runs):
            place = next(places)
            whole.append(
                (
                    python(_BARE, records, cache, place),
                    python(_HASH, place),
                    python(_HASH, prefix),
                    envtool(project, "recreate", f"--keep={_ALL}")[0],
                    envtool(project, "recreate", "--keep=2")[0],
                )
            )
            one.append(tuple(in_one_process(project, records, cache, next(places))))
            seconds, answer = envtool(project, "rollback")
            hashing = sum(each["seconds"] for each in answer["steps"] if each["name"] == "verify")
            back.append((seconds, seconds - hashing, python(_LOOK, prefix)))
        compared("whole processes", whole)
        compared("in one process", one)
        all_of_it, before, looked = map(median, zip(*back, strict=True))
        print(f"rollback: {all_of_it:.2f} s, before its hash {before:.2f} s (limit 0.40)", end="")
        print(f", {before / looked:.1f} times a look at every file")
        answer = envtool(project, "recreate", f"--keep={_ALL}")[1]
        steps = ", ".join(f"{each['name']} {each['seconds']:.3f}" for each in answer["steps"])
        print(f"steps: {steps}; all {answer['seconds']}")
        print(f"load {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


def compared(title: str, rounds: list[tuple[float, ...]]) -> None:
    """Bare, both passes, ours, and ours with a tree to delete."""
    bare, linked, whole, ours, pruned = map(median, zip(*rounds, strict=True))
    strict = median(each[3] / (each[0] + 1.3 * each[1]) for each in rounds)
    ratios = [each[3] / (each[0] + 1.3 * each[2]) for each in rounds]
    print(f"{title}: bare install {bare:.3f} s, one pass of SHA-256 {whole:.3f} s", end="")
    print(f" ({linked:.3f} s without byte-code), limit {bare + 1.3 * whole:.3f} s")
    print(f"  recreate {ours:.3f} s, ratio to the limit {median(ratios):.2f}", end="")
    print(f" (best {min(ratios):.2f}; {strict:.2f} without byte-code);", end="")
    print(f" with the oldest tree deleted {pruned:.3f} s")


def in_one_process(project: Path, records: Path, cache: Path, place: Path) -> Iterator[float]:
    """The same five, without the start of any process of ours."""
    lock = LockFile.from_path(records)
    platform = next(each for each in lock.platforms() if each.name == "linux-64")
    environment = lock.default_environment()
    assert environment is not None
    wanted = environment.conda_repodata_records_for_platform(platform) or []
    bare = PackageCache(cache)

    async def link() -> None:
        await install(wanted, place, package_cache=bare, show_progress=False)

    yield timed(lambda: asyncio.run(link()))
    yield timed(lambda: hashed(place))
    yield timed(lambda: hashed(project / ".envtool/envs/production"))
    yield timed(lambda: made(project, _ALL))
    yield timed(lambda: made(project, 2))


def timed(work: Callable[[], object]) -> float:
    """The seconds that it takes; what others have written is on the disk before."""
    os.sync()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def hashed(place: Path) -> None:
    """One pass over every file, as `_HASH` makes it."""
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                with open(path, "rb") as file:
                    hashlib.file_digest(file, "sha256").hexdigest()


def made(project: Path, keep: int) -> None:
    """What `envtool recreate` does once it is started."""
    how = How(
        now=datetime.now(tz=UTC),
        clock=time.perf_counter,
        memory=peak_memory,
        progress=lambda *_: None,
    )
    where = Where(None, None, "production")
    request = RecreateRequest(
        folder=str(project), where=where, choice=Choice(), how=how, say=print, keep=keep
    )
    assert recreate(connect(), request).exit_code == 0


def prepared(folder: Path, names: Sequence[str] = ()) -> Path:
    """A project of Python, some real packages, and `names` or one with thousands of modules."""
    demo = build(str(folder / "channel"), DEFAULT_EPOCH)
    packages = tuple(from_index(folder / "wheels", names)) if names else (modules(),)
    other = write_channel(str(folder / "other"), packages, DEFAULT_EPOCH)
    project = folder / "project"
    project.mkdir()
    (project / "environment.yml").write_text(
        f"channels: ['{demo.channel.url}', '{other.url}']\nplatforms: [linux-64]\n"
        f"dependencies: [python, rich, pytest, {', '.join(each.name for each in packages)}]\n"
    )
    os.environ["ENVTOOL_CACHE_DIR"] = str(folder / "cache")
    # Who has envtool installed has its byte-code, too.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    envtool(project, "lock")
    return project


def modules() -> Package:
    """One of many small modules."""
    many = tuple(
        File(
            path=f"site-packages/many/m{number}.py",
            content=f"def f{number}(x):\n".encode() + b"    return x + 1\n" * 40,
        )
        for number in range(_MODULES)
    )
    return Package(name="many", version="1.0", noarch="python", depends=("python",), files=many)


def from_index(folder: Path, names: Sequence[str]) -> Iterator[Package]:
    """These distributions alone, as pip installs them."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), *names], check=True)
    for each in distributions(path=[str(folder)]):
        found = compiled_package(each, DEFAULT_EPOCH * 1000)
        yield replace(found, name=canonicalize_name(each.name), depends=("python",))


def files(folder: Path) -> list[Path]:
    """The regular files below it."""
    return [each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()]


def python(code: str, *arguments: object) -> float:
    """The seconds of a whole process; what others have written is on the disk before."""
    os.sync()
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)
    return time.perf_counter() - started


def envtool(project: Path, verb: str, *options: str) -> tuple[float, Any]:
    """The same of a command of envtool, and what it answers."""
    command = [sys.executable, "-m", "envtool", verb, *options, "-o", "json"]
    os.sync()
    started = time.perf_counter()
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return seconds, json.loads(done.stdout)["data"]


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RUNS, *sys.argv[2:])
    sys.stdout.flush()
    # Threads of rattler crash an orderly end sometimes.
    os._exit(0)
