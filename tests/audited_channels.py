"""Packages that are audited, and the channels that they come from."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters import connect
from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.findings import Place
from envtool.domain.specs import Entry
from envtool.ports import Tools
from tests.served import bare_user

LINUX = "linux-64"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
LOCK = Place("conda-lock.yml")


def auditor(folder: Path, patch: pytest.MonkeyPatch, *, offline: bool = False) -> Tools:
    """The real tools of a user who has nothing yet."""
    if not (folder / "home").exists():
        bare_user(folder / "home", patch)
        patch.setenv("ENVTOOL_CACHE_DIR", str(folder / "cache"))
    return connect(offline=offline)


def milliseconds(day: str) -> int:
    """A day as repodata has it."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)


def sha256(name: str, version: str, subdir: str = "noarch", build: str = "0") -> str:
    """As `tests.channels.record` makes it."""
    return hashlib.sha256(f"{subdir}/{name}-{version}-{build}".encode()).hexdigest()


def artifact(
    channel: str, name: str, version: str, *, subdir: str = "noarch", platform: str = LINUX
) -> Artifact:
    """What a lock has of a package in a channel of records."""
    url = f"{channel}/{subdir}/{name}-{version}-0.conda"
    return Artifact(platform, url, sha256(name, version, subdir), "0")


def subject(
    channel: str, name: str, version: str, *platforms: str, line: int = 1, **more: Any
) -> Subject:
    """A conda package that is locked for some platforms, with an archive for all of them."""
    artifacts = tuple(
        artifact(channel, name, version, platform=each) for each in platforms or (LINUX,)
    )
    return Subject("conda", name, version, artifacts, LOCK._replace(line=line), **more)


def entries(urls: Iterable[str]) -> tuple[Entry, ...]:
    """Channels in the order of their priority."""
    return tuple(Entry(url, LOCK) for url in urls)
