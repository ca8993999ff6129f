"""Where evidence lies in a project."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress

from envtool.domain.evidence import Evidence, decoded, encoded, file_name
from envtool.errors import EnvtoolError
from envtool.ports import FileKind, Tools

FOLDER = ".envtool/evidence"
_IGNORE = {".envtool/.gitignore": "*\n"}
_LIMIT = 1 << 24


def find_evidence(tools: Tools, folder: str, lock: str, platform: str) -> Evidence | None:
    """What is known of a lock on a platform; None when that is nothing.

    Raises `UnreadableError` and `IntegrityError` for a file that is not as envtool wrote it.
    """
    path = _path(folder, file_name(lock, platform))
    if tools.files.kind(path) is FileKind.MISSING:
        return None
    return read_evidence(tools, path)


def read_evidence(tools: Tools, path: str) -> Evidence:
    """The evidence at `path`; raises as `find_evidence`."""
    return decoded(tools.files.read(path, _LIMIT).decode("utf-8", "replace"), path)


def all_evidence(tools: Tools, folder: str, lock: str) -> Iterator[Evidence]:
    """What is known of a lock on any platform; what can not be read is left out."""
    for name in tools.files.names(posixpath.join(folder, FOLDER)):
        if name.startswith(lock) and name.endswith(".json"):
            with suppress(EnvtoolError):
                yield read_evidence(tools, _path(folder, name))


def kept(evidence: Evidence) -> Mapping[str, str]:
    """What to commit to a project for it to have `evidence`."""
    return {**_IGNORE, f"{FOLDER}/{evidence.name}": encoded(evidence)}


def fresh_log(name: str, head: str) -> tuple[str, Mapping[str, str]]:
    """The path of a log relative to the project, and what to commit for it to hold only `head`."""
    path = f"{FOLDER}/{name}.log"
    return path, {**_IGNORE, path: head}


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, FOLDER, name))
