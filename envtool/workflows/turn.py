"""The turn of a verb that writes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from envtool.ports import Tools
from envtool.workflows.projects import find_targets

# Solving for many platforms over a slow network takes minutes.
_WAIT = 300.0


def project_turn(
    tools: Tools, folder: str, say: Callable[[str], None]
) -> AbstractContextManager[tuple[str, ...]]:
    """Be the only writer of the project around `folder`; see `ports.Changes.exclusive`."""
    root = find_targets(tools, (folder,), recursive=False)[0].folder
    return tools.changes().exclusive(root, wait=_WAIT, say=say)
