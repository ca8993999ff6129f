"""Projects whose channel is behind a server of the tests, and a user who has nothing else."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.channels import Channel

_FOREIGN = ("CONDA", "MAMBA", "RATTLER", "XDG", "SSL_", "NETRC", "REQUESTS_", "CURL_", "BINSTAR")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def bare_user(home: Path, patch: pytest.MonkeyPatch) -> None:
    """A user with an empty home: no settings, no credentials, nothing that was fetched before."""
    for name in os.environ:
        if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
            patch.delenv(name)
    home.mkdir()
    patch.setenv("HOME", str(home))
    # The second try of a request comes after a second or so.
    patch.setenv("CONDA_REMOTE_MAX_RETRIES", "1")


def project(folder: Path, *channels: str, needs: str = "click") -> Path:
    """A project with these channels; the path of its lock to be."""
    folder.mkdir(exist_ok=True)
    lines = ["name: served", "channels:", *(f"- {each}" for each in channels), "dependencies:"]
    text = "\n".join([*lines, *(f"- {each}" for each in needs.split()), "platforms: [linux-64]"])
    (folder / "environment.yml").write_text(f"{text}\n", encoding="utf-8")
    return folder / "conda-lock.yml"


def sharded(channel: Channel, folder: Path) -> str:
    """A copy of `channel` in `folder` with its index in shards, too (CEP 16)."""
    from rattler.index import index_fs

    shutil.copytree(channel.folder, folder)
    asyncio.run(index_fs(folder, write_shards=True, write_zst=True))
    return str(folder)


def files_below(folder: Path) -> set[str]:
    """The files of a project, by their names in it."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def flat(text: str) -> str:
    """`text` in one line, however wide the terminal is."""
    return " ".join(text.split())
