"""Conda's versions: their order, constraints on them, and how strict a constraint is.

Pure Python without dependencies, because every command loads it; py-rattler is the oracle of
its tests.
"""

from envtool.conda_versions.order import InvalidVersion, Version
from envtool.conda_versions.ranges import (
    Strictness,
    VersionSpec,
    can_all_hold,
    is_within,
    strictness,
)

__all__ = [
    "InvalidVersion",
    "Strictness",
    "Version",
    "VersionSpec",
    "can_all_hold",
    "is_within",
    "strictness",
]
