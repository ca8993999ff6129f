"""Looks at the artifacts of a project, for `envtool verify`."""

import posixpath

from envtool.domain.artifacts.manifest import NotAManifestError, read_manifest
from envtool.domain.artifacts.state import ArtifactState
from envtool.domain.findings import Place
from envtool.errors import UnreadableError
from envtool.ports import FileKind, Tools
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

MANIFEST = "recovery/manifest.json"
CHANGES = "CHANGELOG.md"


def artifact_state(tools: Tools, folder: str) -> ArtifactState | None:
    """What a look at `recovery/` finds; None without a manifest there."""
    path = posixpath.normpath(f"{folder}/{MANIFEST}")
    if tools.files.kind(path) is FileKind.MISSING:
        return None
    place = Place(path)
    try:
        manifest = read_manifest(tools.files.read(path, LOCK_LIMIT).decode("utf-8", "replace"))
    except (UnreadableError, NotAManifestError) as error:
        return ArtifactState(place, broken=str(error))
    found = {
        name: _digest(tools, posixpath.normpath(f"{folder}/recovery/{name}"))
        for name in manifest.files
    }
    lock = _lock_digest(tools, folder)
    return ArtifactState(
        place,
        is_current=lock == manifest.lock,
        changed=tuple(
            name for name, each in found.items() if each not in {None, manifest.files[name]}
        ),
        missing=tuple(name for name, each in found.items() if each is None),
        undone=_undone(tools, folder, lock or "") if CHANGES in manifest.files else "",
    )


def _undone(tools: Tools, folder: str, lock: str) -> str:
    """See `ArtifactState.undone`."""
    from envtool.domain.artifacts.changelog import taken_back

    try:
        text = tools.files.read(posixpath.normpath(f"{folder}/recovery/{CHANGES}"), LOCK_LIMIT)
    except UnreadableError:
        return ""
    return taken_back(text.decode("utf-8", "replace"), lock)


def _digest(tools: Tools, path: str) -> str | None:
    """The SHA-256 of a file; None when there is none that can be read."""
    from hashlib import sha256

    try:
        return sha256(tools.files.read(path, LOCK_LIMIT)).hexdigest()
    except UnreadableError:
        return None


def _lock_digest(tools: Tools, folder: str) -> str | None:
    """That of the lock, whatever line ends git gave it."""
    from hashlib import sha256

    try:
        content = tools.files.read(posixpath.normpath(f"{folder}/{LOCK_FILE}"), LOCK_LIMIT)
    except UnreadableError:
        return None
    return sha256(content.replace(b"\r\n", b"\n")).hexdigest()
