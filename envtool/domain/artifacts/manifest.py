"""`recovery/manifest.json`: which lock the artifacts were made from, and the hash of each.

Version 1: `{"version", "lock", "envtool", "files": {name: sha256}}`, names relative to
`recovery/`, one file a line: `recover.sh` reads it without a JSON parser.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

VERSION = 1


class Manifest(NamedTuple):
    """What a manifest says.

    Attributes:
        lock: SHA-256 of the `conda-lock.yml` that the files were made from.
        files: SHA-256 by name relative to `recovery/`.
    """

    lock: str
    files: Mapping[str, str]


class NotAManifestError(ValueError):
    """The text is no manifest of this version; the message says why, as a part of a sentence."""


def write_manifest(manifest: Manifest, version: str) -> str:
    """The text of a manifest; `version` is that of envtool."""
    data = {
        "version": VERSION,
        "lock": manifest.lock,
        "envtool": version,
        "files": dict(sorted(manifest.files.items())),
    }
    return json.dumps(data, indent=2) + "\n"


def read_manifest(text: str) -> Manifest:
    """The manifest in `text`; raises `NotAManifestError`."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise NotAManifestError(f"is of version {data['version']}")
        return Manifest(str(data["lock"]), _files(data["files"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = str(error) if isinstance(error, NotAManifestError) else "is no manifest of envtool"
        raise NotAManifestError(why) from error


def _files(data: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    files = {str(name): str(digest) for name, digest in data.items()}
    for name in files:
        if name.startswith("/") or ".." in name.split("/") or "\\" in name:
            raise NotAManifestError("names a file outside of its folder")
    return files
