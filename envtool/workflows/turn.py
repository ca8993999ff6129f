"""The turn of a verb that writes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from envtool.ports import Tools

# Solving for many platforms over a slow network takes minutes.
_WAIT = 300.0


def project_turn(
    tools: Tools, root: str, say: Callable[[str], None]
) -> AbstractContextManager[tuple[str, ...]]:
    """Be the only writer of the project in `root`; see `ports.Changes.exclusive`."""
    return tools.changes().exclusive(root, wait=_WAIT, say=say)
