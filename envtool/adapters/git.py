"""The door to git, as a process."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from envtool.errors import ToolError, UsageError
from envtool.ports import Stages

# Digits of a name in most repositories; in the others they are 64.
_SHA1 = 40
if TYPE_CHECKING:
    import subprocess

_NOTHING: Mapping[str, str] = {}
_NO_REPOSITORY = ("make one: `git init`",)


class GitProcess:
    """The port `Git` on the `git` executable; `timeout` is in seconds."""

    def __init__(self, timeout: float = 30) -> None:
        self._timeout = timeout

    def blob(self, folder: str, revision: str, path: str) -> bytes | None:
        """See `ports.Git.blob`."""
        name = self.commit(folder, revision)
        # `cat-file blob` hands out the committed bytes: no filter, no textconv, no hook.
        relative = path.replace(os.sep, "/")
        return self._run(folder, "cat-file", "blob", f"{name}:./{relative}")

    def commit(self, folder: str, revision: str) -> str:
        """See `ports.Git.commit`."""
        commit = self._run(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        if commit is None:
            raise UsageError(
                f"git knows no revision `{revision}` here",
                hints=("`git fetch` it first, or see which there are: `git log --oneline`",),
            )
        return commit.decode("ascii").strip()

    def head_with(self, folder: str, path: str, content: bytes) -> str | None:
        """See `ports.Git.head_with`."""
        relative = path.replace(os.sep, "/")
        found = self._run(folder, "rev-parse", "HEAD", f"HEAD:./{relative}")
        if found is None:
            return None
        commit, blob = found.decode("ascii").split()
        return commit if blob == _blob_name(content, len(blob)) else None

    def stages(self, folder: str, path: str) -> Stages | None:
        """See `ports.Git.stages`."""
        relative = path.replace(os.sep, "/")
        found = [
            self._run(folder, "cat-file", "blob", f":{number}:./{relative}") for number in (1, 2, 3)
        ]
        return None if found == [None] * 3 else Stages(*found)

    def mark_conflict(self, ours: str, base: str, theirs: str) -> None:
        """See `ports.Git.mark_conflict`."""
        labels = ("-L", "ours", "-L", "base", "-L", "theirs")
        # Its exit status is the number of conflicts.
        self._run(".", "merge-file", "-q", *labels, "--", ours, base, theirs)

    def _run(self, folder: str, *arguments: str) -> bytes | None:
        """The output of git, None when it says "no"."""
        done = run_git(folder, arguments, timeout=self._timeout)
        return done.stdout if done.returncode == 0 else None


def _blob_name(content: bytes, digits: int) -> str:
    """What git calls a file with this content, in a repository whose names are so long."""
    from hashlib import new

    found = new("sha1" if digits == _SHA1 else "sha256", usedforsecurity=False)
    found.update(b"blob %d\0" % len(content) + content)
    return found.hexdigest()


def run_git(
    folder: str,
    arguments: Sequence[str],
    *,
    timeout: float | None = 30,
    variables: Mapping[str, str] = _NOTHING,
    stdin: bytes = b"",
) -> "subprocess.CompletedProcess[bytes]":
    """Have git run to its end; never a prompt, never a pager.

    Raises `UsageError` when `folder` is in no repository, `ToolError` when git is missing, does
    not end, or does not trust the owner.
    """
    import subprocess

    command = ["git", "--no-pager", "-c", "core.fsmonitor=false", *arguments]
    usual = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **usual, **variables},
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolError("git is not installed", hints=("install git",)) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"git did not answer within {timeout} s") from error
    if b"not a git repository" in done.stderr:
        raise UsageError(f"`{folder}` is in no git repository", hints=_NO_REPOSITORY)
    if b"dubious ownership" in done.stderr:
        raise ToolError(
            f"git does not trust the owner of `{folder}`",
            hints=(f"git config --global --add safe.directory {folder}",),
        )
    return done
