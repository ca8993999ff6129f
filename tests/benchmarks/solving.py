"""What `envtool lock` costs over the bare solver on the same problem, in the same process.

    python -m tests.benchmarks.solving CHANNEL [SPEC...]

CHANNEL is a folder with repodata, each SPEC an environment file whose channels it stands for.
Each round runs the solver alone, then the workflow from reading the files to the texts of the
lock; start-up is in neither. The medians of what is left are printed, and their differences.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from rattler import Channel, Gateway, GenericVirtualPackage, MatchSpec, PackageName, Version, solve
from rattler.package import BuildString

from envtool.adapters import connect
from envtool.domain.virtual_packages import DEFAULT_MACHINES
from envtool.workflows.lock import LockRequest, lock

ROUNDS = 7
PLATFORMS = ("linux-64", "osx-64", "osx-arm64", "win-64")
SPEC = (
    "python 3.11.*",
    "numpy >=1.24",
    "pandas",
    "scikit-learn",
    "requests",
    "matplotlib-base",
    "sqlalchemy",
    "jinja2",
    "pyyaml",
)


def main(channel: str) -> None:
    """Print the figures."""
    url = Path(channel).absolute().as_uri()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["RATTLER_CACHE_DIR"] = f"{folder}/cache"
        one, four = PLATFORMS[:1], PLATFORMS
        bare, ours, ours_of_four = [], [], []
        for _ in range(ROUNDS):
            bare.append(_timed(lambda: _bare(url, one)))
            ours.append(_timed(lambda: _locked(url, one)))
            ours_of_four.append(_timed(lambda: _locked(url, four)))
    floor, single, several = (median(each) * 1000 for each in (bare, ours, ours_of_four))
    limit = floor * 1.1 + 120
    print(f"rattler alone, {one[0]}:    {floor:6.0f} ms")
    print(f"envtool lock, {one[0]}:     {single:6.0f} ms (limit {limit:.0f})")
    print(
        f"envtool lock, {len(four)} platforms: {several:6.0f} ms ({several / single:.2f} times one)"
    )


def _timed(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _bare(url: str, platforms: tuple[str, ...]) -> None:
    async def all_of_them() -> None:
        gateway = Gateway()
        await asyncio.gather(*(_solve(url, gateway, each) for each in platforms))

    asyncio.run(all_of_them())


async def _solve(url: str, gateway: Gateway, platform: str) -> None:
    await solve(
        [Channel(url)],
        [MatchSpec(each, strict=False) for each in SPEC],
        gateway=gateway,
        platforms=[platform, "noarch"],  # type: ignore[list-item] # a name
        virtual_packages=[
            GenericVirtualPackage(
                PackageName(each.name), Version(each.version or "0"), BuildString(each.build or "0")
            )
            for each in DEFAULT_MACHINES[platform]
        ],
    )


def _locked(url: str, platforms: tuple[str, ...]) -> None:
    lines = "".join(f"  - {each}\n" for each in SPEC)
    head = f"channels: [{url}]\nplatforms: [{', '.join(platforms)}]\n"
    Path("environment.yml").write_text(f"{head}dependencies:\n{lines}")
    for name in ("conda-lock.yml", "recovery/records.lock"):
        Path(name).unlink(missing_ok=True)
    request = LockRequest(folder=".", today=date.today(), say=print)  # noqa: DTZ011
    result = lock(connect(), request)
    assert result.exit_code == 0, result


if __name__ == "__main__":
    main(*sys.argv[1:])
