"""Solves and installs with py-rattler itself, with nothing cached outside of the given folder."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rattler import (
    Channel,
    Gateway,
    RepoDataRecord,
    VirtualPackage,
    install,
    solve,
)

LINUX = ("linux-64", "noarch")


def solved(
    url: str | Sequence[str], cache: Path, *specs: str, subdirs: tuple[str, ...] = LINUX
) -> list[RepoDataRecord]:
    """What these match specs come to, sorted by name, on a machine like this one.

    `url` may be several channels, the first goes first. `cache` gets a folder `repodata`.
    """
    records = asyncio.run(
        solve(
            [Channel(each) for each in ([url] if isinstance(url, str) else url)],
            specs,
            gateway=Gateway(cache_dir=cache / "repodata"),
            platforms=subdirs,  # type: ignore[arg-type] # names of subdirs
            virtual_packages=VirtualPackage.detect(),
        )
    )
    return sorted(records, key=lambda record: record.name.normalized)


def files(records: list[RepoDataRecord]) -> list[str]:
    """The names of the archives."""
    return [record.file_name for record in records]


def installed(records: list[RepoDataRecord], prefix: Path, *, scripts: bool = False) -> Path:
    """Installs into a prefix; the packages are cached beside it, in `packages`."""
    asyncio.run(
        install(
            records,
            prefix,
            cache_dir=prefix.parent / "packages",
            show_progress=False,
            execute_link_scripts=scripts,
        )
    )
    return prefix


def ran(prefix: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of a prefix with an empty environment."""
    command = [str(prefix / "bin" / program), *arguments]
    return subprocess.run(command, env={}, capture_output=True, text=True, check=False, timeout=600)
