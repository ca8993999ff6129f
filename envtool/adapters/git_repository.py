"""The door to git for what writes to a repository, as a process; hooks run as they do for git."""

import os
import posixpath
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from envtool.adapters.git import run_git
from envtool.errors import ToolError, UsageError
from envtool.ports_testing import Commit, Head

# What is going on when git knows one of these: a commit would end it, or be a part of it.
_GOING_ON = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}
_EXACT = "--literal-pathspecs"
_PLAIN_FILE = "100644"
_WHO = (
    'say it: `git config user.name "Ada Lovelace"`',
    "and: `git config user.email ada@example.org`",
)


class GitRepository:
    """The port `Repository` on the `git` executable."""

    def head(self, folder: str) -> Head:
        """See `ports_testing.Repository.head`."""
        commit = _asked(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        tree = _asked(folder, "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
        branch = _asked(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
        status = _told(folder, "status", "--porcelain", "-z", "--untracked-files=no")
        return Head(commit, tree, branch, dirty=bool(status))

    def ready(self, folder: str, branch: str = "") -> Head:
        """See `ports_testing.Repository.ready`."""
        head = self.head(folder)
        _check(folder, head, branch)
        self.author(folder)
        return head

    def author(self, folder: str) -> str:
        """See `ports_testing.Repository.author`."""
        for kind in ("GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"):
            ident = _asked(folder, "var", kind)
            if not ident:
                raise UsageError("git does not know who commits", hints=_WHO)
        # Behind it stand the seconds and the time zone.
        return ident.rsplit(" ", 2)[0]

    def changed(self, folder: str, paths: Sequence[str]) -> tuple[str, ...]:
        """See `ports_testing.Repository.changed`."""
        before = _asked(folder, "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
        before = before or _told(folder, "hash-object", "-t", "tree", "--stdin").decode().strip()
        known = ("diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "-z", before)
        new = ("ls-files", "--others", "--exclude-standard", "-z")
        found = b"".join(_told(folder, _EXACT, *each, "--", *paths) for each in (known, new))
        return tuple(sorted({os.fsdecode(each) for each in found.split(b"\0") if each}))

    def commit(self, folder: str, wanted: Commit) -> str:
        """See `ports_testing.Repository.commit`."""
        head = self.ready(folder, wanted.branch)
        staged = [each for each in wanted.texts if _is_staged(folder, each)]
        with _branch(folder, head, wanted.branch), _index(folder, head) as index:
            _told(folder, _EXACT, "add", "-A", "--", *wanted.paths, index=index)
            for path, text in wanted.texts.items():
                _put(folder, path, text, index)
            _commit(folder, wanted, index)
        commit = _told(folder, "rev-parse", "HEAD").decode().strip()
        _follow(folder, commit, [*wanted.paths, *(set(wanted.texts) - set(staged))])
        return commit


def _check(folder: str, head: Head, branch: str) -> None:
    """Raises `UsageError` where a commit of ours has no place."""
    for name, what in _GOING_ON.items():
        if _asked(folder, "rev-parse", "--verify", "--quiet", name):
            raise UsageError(
                f"{what} is going on here",
                hints=("end it: `git status` says how", "then type `envtool commit` again"),
            )
    if branch and not _asked(folder, "check-ref-format", "--branch", branch):
        raise UsageError(f"`{branch}` is no name of a branch", hints=("name another one",))
    if branch and _asked(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
        raise UsageError(
            f"there is a branch `{branch}`",
            hints=("name a new one", f"or check it out first: `git switch {branch}`"),
        )
    if not branch and not head.branch:
        raise UsageError(
            "no branch is checked out, and a commit without one is easily lost",
            hints=("make one: `envtool commit --branch NAME`",),
        )


def _is_staged(folder: str, path: str) -> bool:
    """Whether the user has something else than the commit for `path` in the index."""
    arguments = (_EXACT, "diff", "--cached", "--quiet", "HEAD", "--", path)
    return run_git(folder, arguments).returncode != 0


@contextmanager
def _branch(folder: str, head: Head, name: str) -> Iterator[None]:
    """A new branch, which goes away again when nothing is committed to it."""
    if not name:
        yield
        return
    _told(folder, "checkout", "--quiet", "-b", name)
    try:
        yield
    except BaseException:
        if head.branch:
            _told(folder, "symbolic-ref", "HEAD", f"refs/heads/{head.branch}")
        else:
            _told(folder, "update-ref", "--no-deref", "HEAD", head.commit)
        if head.commit:
            _told(folder, "update-ref", "-d", f"refs/heads/{name}")
        raise


@contextmanager
def _index(folder: str, head: Head) -> Iterator[str]:
    """An index of its own with what is committed; that of the user stays as it is."""
    git = _told(folder, "rev-parse", "--absolute-git-dir").decode().rstrip("\n")
    own = _told(folder, "rev-parse", "--git-path", "index").decode().rstrip("\n")
    # Beside the other: what an index may refer to is there.
    with tempfile.TemporaryDirectory(prefix="envtool-", dir=git) as place:
        index = os.path.join(place, "index")
        # What it knows of files that did not change saves hashing all of them again.
        with suppress(FileNotFoundError):
            shutil.copyfile(os.path.join(folder, own), index)
        how = ("--reset", head.commit) if head.commit else ("--empty",)
        _told(folder, "read-tree", *how, index=index)
        yield index


def _put(folder: str, path: str, text: bytes, index: str) -> None:
    """Have `text` in the index as what stands at `path`."""
    top = _told(folder, "rev-parse", "--show-toplevel").decode().rstrip("\n")
    below = _told(folder, "rev-parse", "--show-prefix").decode().rstrip("\n")
    full = posixpath.normpath(below + path)
    listed = _told(top, _EXACT, "ls-files", "--stage", "--", full, index=index).decode()
    mode = listed.partition(" ")[0] or _PLAIN_FILE
    blob = _told(top, "hash-object", "-w", "--stdin", f"--path={full}", stdin=text).decode().strip()
    _told(top, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{full}", index=index)


def _commit(folder: str, wanted: Commit, index: str) -> None:
    """Have git make the commit, and run what hooks there are."""
    sign = ("--gpg-sign",) if wanted.sign else ()
    arguments = ("commit", "--quiet", "--cleanup=whitespace", *sign, "-F", "-")
    done = run_git(
        folder,
        arguments,
        timeout=None,
        variables={"GIT_INDEX_FILE": index},
        stdin=wanted.message.encode(),
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        words = f": {said[-1].strip()}" if said else ""
        raise ToolError(
            f"git, or a hook of yours, refuses the commit{words}",
            hints=(
                *said[-_SHOWN:-1],
                "see it all: `git commit --dry-run`, `git hook run pre-commit`",
            ),
        )


_SHOWN = 6


def _follow(folder: str, commit: str, paths: list[str]) -> None:
    """Have the index of the user say of `paths` what is committed now."""
    done = run_git(folder, (_EXACT, "reset", "--quiet", commit, "--", *paths))
    if done.returncode != 0:
        raise ToolError(
            f"committed as {commit[:12]}, but the index could not be written:"
            f" {done.stderr.decode('utf-8', 'replace').strip()}",
            hints=(f"`git reset -- {' '.join(paths)}`",),
        )


def _asked(folder: str, *arguments: str) -> str:
    """The answer of git; empty when it says "no"."""
    done = run_git(folder, arguments)
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _told(folder: str, *arguments: str, index: str = "", stdin: bytes = b"") -> bytes:
    """The output of a command that has to succeed; raises `ToolError`."""
    variables = {"GIT_INDEX_FILE": index} if index else {}
    done = run_git(folder, arguments, variables=variables, stdin=stdin)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        verb = next(each for each in arguments if each[0] != "-")
        raise ToolError(
            f"`git {verb}` failed: {said[0] if said else done.returncode}",
            hints=("try it yourself: `git status`",),
        )
    return done.stdout
