"""The git door on real repositories."""

import os
import subprocess
from pathlib import Path

import pytest

from envtool.adapters.git import GitProcess
from envtool.errors import ToolError, UsageError


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "envtool.toml").write_text("profile = 'strict'\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "sub" / "envtool.toml").write_text("changed\n")
    return tmp_path


def test_reads_committed_bytes_relative_to_the_folder(repository: Path) -> None:
    blob = GitProcess().blob(str(repository / "sub"), "main", "envtool.toml")
    assert blob == b"profile = 'strict'\n"


def test_a_file_that_the_commit_lacks_is_none(repository: Path) -> None:
    assert GitProcess().blob(str(repository), "HEAD", "envtool.toml") is None


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_whether_the_checkout_is_of_a_commit_with_these_bytes(tmp_path: Path, kind: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={kind}")
    path = tmp_path / "lock"
    door = GitProcess()
    path.write_bytes(b"one\n")
    assert door.head_with(str(tmp_path), "lock", b"one\n") is None
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    commit = door.commit(str(tmp_path), "HEAD")
    assert len(commit) == (40 if kind == "sha1" else 64)
    assert door.head_with(str(tmp_path), "lock", b"one\n") == commit
    assert door.head_with(str(tmp_path), "lock", b"two\n") is None
    assert door.head_with(str(tmp_path), "other", b"one\n") is None


def test_no_filter_or_hook_of_the_repository_runs(repository: Path) -> None:
    marker = repository / "ran"
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    for key in ("filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor"):
        git(repository, "config", key, f"touch {marker}")
    GitProcess().blob(str(repository / "sub"), "main", "envtool.toml")
    assert not marker.exists()


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-x", "main:sub", ""])
def test_an_unknown_revision_is_a_usage_error(repository: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="knows no revision"):
        GitProcess().blob(str(repository), revision, "x")


def test_outside_a_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git repository"):
        GitProcess().blob(str(tmp_path), "main", "x")


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(ToolError, match="not installed"):
        GitProcess().blob(str(repository), "main", "x")


def in_conflict(repository: Path, *, base: str | None, theirs: str | None) -> None:
    """Leaves `sub/lock` in conflict with `ours` on this side."""
    for text, branch in ((base, None), (theirs, "theirs"), ("ours", "ours")):
        if branch is not None:
            git(repository, "checkout", "-q", "-b", branch, "start")
        path = repository / "sub" / "lock"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "--allow-empty", "-m", "x")
        if branch is None:
            git(repository, "tag", "start")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "theirs")


@pytest.mark.parametrize(
    ("base", "theirs", "stages"),
    [
        ("base", "theirs", (b"base", b"ours", b"theirs")),
        (None, "theirs", (None, b"ours", b"theirs")),
        ("base", None, (b"base", b"ours", None)),
    ],
)
def test_the_sides_of_a_conflict(
    repository: Path, base: str | None, theirs: str | None, stages: tuple[bytes | None, ...]
) -> None:
    in_conflict(repository, base=base, theirs=theirs)
    assert GitProcess().stages(str(repository / "sub"), "lock") == stages
    git(repository, "worktree", "add", "-q", str(repository / "linked"), "theirs")
    assert GitProcess().stages(str(repository / "linked" / "sub"), "lock") is None
    git(repository, "add", "-A", "sub")
    assert GitProcess().stages(str(repository / "sub"), "lock") is None


def test_a_conflict_in_a_linked_worktree(repository: Path) -> None:
    in_conflict(repository, base="base", theirs="theirs")
    git(repository, "merge", "--abort")
    linked = repository / "linked"
    git(repository, "worktree", "add", "-q", str(linked), "theirs")
    with pytest.raises(subprocess.CalledProcessError):
        git(linked, "merge", "ours")
    assert GitProcess().stages(str(linked / "sub"), "lock") == (b"base", b"theirs", b"ours")
    assert GitProcess().stages(str(repository / "sub"), "lock") is None


def test_there_are_no_sides_outside_a_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git repository"):
        GitProcess().stages(str(tmp_path), "lock")


@pytest.mark.parametrize(
    ("theirs", "result"),
    [
        (b"1\n2\nc\n", b"a\n2\nc\n"),
        (b"c\n2\n3\n", b"<<<<<<< ours\na\n=======\nc\n>>>>>>> theirs\n2\n3\n"),
        (b"c\0", b"a\n2\n3\n"),
    ],
)
def test_lines_are_merged_as_git_does(tmp_path: Path, theirs: bytes, result: bytes) -> None:
    paths = [tmp_path / name for name in ("-ours", "base", "theirs")]
    for path, content in zip(paths, (b"a\n2\n3\n", b"1\n2\n3\n", theirs), strict=True):
        path.write_bytes(content)
    GitProcess().mark_conflict(*map(str, paths))
    assert paths[0].read_bytes() == result


def stand_in(folder: Path, script: str) -> None:
    path = folder / "git"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_git_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ToolError, match="did not answer"):
        GitProcess(timeout=0.2).blob(str(tmp_path), "main", "x")


def test_a_repository_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "echo 'fatal: detected dubious ownership in repository' >&2; exit 128")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ToolError, match="does not trust") as caught:
        GitProcess().blob(str(tmp_path), "main", "x")
    assert "safe.directory" in caught.value.hints[0]
