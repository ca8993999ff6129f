"""The artifacts of a project as they stand beside its lock."""

from typing import NamedTuple

from envtool.domain.findings import Place


class ArtifactState(NamedTuple):
    """What a look at `recovery/` found.

    Attributes:
        place: of the manifest.
        is_current: whether it was made from the lock that is there.
        changed: artifacts that are not what was written, by name relative to `recovery/`.
        missing: those that are gone.
        undone: the newest lock that the change log tells of, when the project went back from it.
        broken: why the manifest can not be read; empty when it can.
    """

    place: Place
    is_current: bool = True
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    undone: str = ""
    broken: str = ""
