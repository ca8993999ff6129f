"""The door to the caches of package managers: what is unpacked there says its licence.

Each keeps a folder `name-version-build` with the package's own `info/index.json`; conda, mamba and
rattler put `info/repodata_record.json` beside it, with the SHA-256 of the archive that it was
unpacked from.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from envtool.adapters.user import User
from envtool.domain.auditing.subjects import Artifact
from envtool.domain.condarc import Setting

_LIMIT = 1 << 20


class UnpackedPackages:
    """The port `PackageCaches` on folders."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders

    def licenses(self, artifacts: Sequence[Artifact]) -> Mapping[str, str]:
        """See `ports_auditing.PackageCaches.licenses`."""
        there = [each for each in self._folders if os.path.isdir(each)]
        found: dict[str, str] = {}
        for artifact in artifacts:
            said = next((text for each in there if (text := _license(each, artifact))), None)
            if said is not None:
                found[artifact.url] = said
        return found


def cache_folders(user: User, configured: Iterable[Setting[str]]) -> Iterator[str]:
    """Where conda, mamba and rattler unpack packages; `configured` is conda's `pkgs_dirs`."""
    yield from (os.path.expanduser(each.value) for each in configured)
    if conda := user.variables.get("CONDA_EXE"):
        yield os.path.join(os.path.dirname(os.path.dirname(conda)), "pkgs")
    if mamba := user.variables.get("MAMBA_ROOT_PREFIX"):
        yield os.path.join(mamba, "pkgs")
    yield os.path.join(user.home, ".conda", "pkgs")
    rattler = user.variables.get("RATTLER_CACHE_DIR") or os.path.join(
        user.variables.get("XDG_CACHE_HOME") or os.path.join(user.home, ".cache"),
        "rattler",
        "cache",
    )
    yield os.path.join(rattler, "pkgs")


def _license(folder: str, artifact: Artifact) -> str | None:
    """What the package says that lies unpacked in `folder`, when it is of this archive."""
    subdir, _, name = "/".join(artifact.url.rsplit("/", 2)[1:]).partition("/")
    stem = name.removesuffix(".conda").removesuffix(".tar.bz2")
    info = os.path.join(folder, os.path.basename(stem), "info")
    index = _read(os.path.join(info, "index.json"))
    origin = _read(os.path.join(info, "repodata_record.json"))
    sha256 = origin.get("sha256")
    is_other = bool(artifact.sha256 and sha256 and sha256 != artifact.sha256)
    text = index.get("license")
    if is_other or index.get("subdir", subdir) != subdir or not isinstance(text, str):
        return None
    return text or None


def _read(path: str) -> Mapping[str, Any]:
    """A JSON object; empty for what is none, or is not there."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.loads(file.read(_LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
