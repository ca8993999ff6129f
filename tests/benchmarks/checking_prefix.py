"""What `envtool verify --prefix` costs over hashing the same bytes.

    python -m tests.benchmarks.checking_prefix [PREFIX]

Without PREFIX one of 6,000 files is made, most of them small as in a real one. Each round hashes
every recorded file with `sha256sum | xargs -P2` and in one pass of Python, then runs the workflow:
records, dependencies, lock, files. The medians are printed, and the ratio to the better of the two.
The same is done for whole processes: `envtool verify --prefix` over one that only hashes.
"""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from envtool.adapters import connect
from envtool.domain.installed import Installed
from envtool.workflows.prefixes import Where
from envtool.workflows.verify import VerifyRequest
from envtool.workflows.verify_prefix import verify_prefix
from tests.locking import Entry, lock_text
from tests.made_prefixes import install

ROUNDS = 9
PACKAGES = 60
FILES = 100
_HASHING = """\
import hashlib, sys
for path in sys.stdin.read().split("\\0"):
    with open(path, "rb") as file:
        hashlib.sha256(file.read()).hexdigest()
"""


def main(prefix: str | None = None) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prefix = prefix or make(Path(folder, "env"))
        installed = connect().inspector().read(prefix)
        write_lock(installed)
        paths = recorded(installed)
        size = sum(map(os.path.getsize, paths)) >> 20
        print(f"{len(paths)} files, {size} MiB, {len(installed.packages)} packages")
        listing = "\0".join(paths).encode()
        compare(
            "in one process",
            lambda: verified(prefix),
            lambda: one_pass(paths),
            lambda: sha256sum(listing),
        )
        ours = [sys.executable, "-m", "envtool", "verify", "--prefix", prefix]
        compare(
            "whole processes",
            lambda: ran(ours, b""),
            lambda: ran([sys.executable, "-c", _HASHING], listing),
            lambda: sha256sum(listing),
        )


def compare(title: str, *works: Callable[[], None]) -> None:
    """Ours against one pass and `sha256sum`, in turns."""
    times: tuple[list[float], ...] = ([], [], [])
    for _ in range(ROUNDS):
        for work, found in zip(works, times, strict=True):
            start = perf_counter()
            work()
            found.append(perf_counter() - start)
    ours, plain, tool = map(median, times)
    ratio = ours / min(plain, tool)
    print(
        f"{title}: envtool {ours * 1000:.0f} ms, one pass of Python {plain * 1000:.0f} ms,", end=""
    )
    print(f" sha256sum {tool * 1000:.0f} ms, ratio {ratio:.2f} (limit 1.20)")


def make(prefix: Path) -> str:
    """A prefix of 6,000 files: half below 4 kB, a few of some MB, as in a real one."""
    chance = random.Random(1)  # noqa: S311 - the same on each run
    for number in range(PACKAGES):
        files = {
            f"lib/python3.12/site-packages/p{number}/d{index % 7}/m{index}.py": chance.randbytes(
                min(int(chance.lognormvariate(8.3, 1.6)), 8_000_000)
            )
            for index in range(FILES)
        }
        install(prefix, f"p{number}", files=files, depends=[f"p{max(number - 1, 0)} >=1"])
    return str(prefix)


def write_lock(installed: Installed) -> None:
    """A lock that the prefix satisfies, as far as conda goes."""
    entries = (
        Entry(each.name, each.version, build=each.build, sha256=each.sha256, md5=each.md5)
        for each in installed.packages
        if each.manager == "conda"
    )
    Path("conda-lock.yml").write_text(lock_text(*entries), encoding="utf-8")


def recorded(installed: Installed) -> list[str]:
    """Every regular file that a record names, and that is there."""
    paths = (f"{installed.root}/{file.path}" for each in installed.packages for file in each.files)
    return [path for path in paths if os.path.isfile(path) and not os.path.islink(path)]


def verified(prefix: str) -> None:
    request = VerifyRequest(paths=(), today=date(2026, 1, 1))
    result = verify_prefix(connect(), request, Where(prefix))
    assert result.exit_code in {0, 1}, result


def one_pass(paths: list[str]) -> None:
    for path in paths:
        with open(path, "rb") as file:
            hashlib.sha256(file.read()).hexdigest()


def sha256sum(listing: bytes) -> None:
    ran(["xargs", "-0", "-P2", "-n", "500", "sha256sum"], listing)


def ran(command: list[str], given: bytes) -> None:
    subprocess.run(command, input=given, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
