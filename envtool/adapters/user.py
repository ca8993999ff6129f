"""The user of this machine, as far as settings and credentials depend on it."""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple


class User(NamedTuple):
    """The environment, the home folder, and the system as `sys.platform` calls it."""

    variables: Mapping[str, str]
    home: str
    system: str

    @classmethod
    def here(cls) -> "User":
        """Who runs this process."""
        return cls(dict(os.environ), os.path.expanduser("~"), sys.platform)

    @property
    def is_windows(self) -> bool:
        """Whether paths have drives."""
        return self.system == "win32"
