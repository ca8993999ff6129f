"""The turn of a verb that writes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from envtool.ports import Tools

# Solving for many platforms over a slow network takes minutes.
_WAIT = 300.0


def project_turn(
    tools: Tools, root: str, say: Callable[[str], None]
) -> AbstractContextManager[tuple[str, ...]]:
    """Be the only writer of the project in `root`; see `ports.Changes.exclusive`."""
    return tools.changes().exclusive(root, wait=_WAIT, say=say)


@contextmanager
def told_on_interrupt(*notes: str) -> Iterator[None]:
    """Have an interrupt of what is done inside carry `notes`: what is left after it."""
    try:
        yield
    except KeyboardInterrupt as error:
        for each in notes:
            error.add_note(each)
        raise
