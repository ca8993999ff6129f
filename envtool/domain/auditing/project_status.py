"""Whether somebody still looks after a Python project, as its index says (PEP 792)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class ProjectState(StrEnum):
    """What an index says of a project, the worst first."""

    # Unsafe to use, as whoever keeps the index sees it.
    QUARANTINED = "quarantined"
    # No release is to be expected.
    ARCHIVED = "archived"
    # Obsolete; something else may have taken its place.
    DEPRECATED = "deprecated"
    ACTIVE = "active"


class ProjectStatus(NamedTuple):
    """What an index says of one project: its state, and why, on one line if at all."""

    state: ProjectState
    reason: str = ""


class ProjectsFound(NamedTuple):
    """What an index says of projects.

    Attributes:
        known: by canonical name.
        unknown: why nothing is known of a project, by canonical name, one line each.
    """

    known: Mapping[str, ProjectStatus]
    unknown: Mapping[str, str] = {}
