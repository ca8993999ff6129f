"""How the files of a project become again what they are in the last commit."""

from collections.abc import Iterable


def way_back(lock: str, specs: Iterable[str]) -> str:
    """The command that does it, and loses nothing; `lock` and `specs` are paths.

    What is new goes, too: a change log that tells of a change that was taken back is not true.
    """
    from shlex import join

    recovery = f"{lock.rpartition('/')[0] or '.'}/recovery".removeprefix("./")
    return f"git stash push --include-untracked -- {join((lock, *specs, recovery))}"
