"""Real git repositories whose branches are merged."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ATTRIBUTES = "conda-lock.yml merge=envtool\nrecords.lock merge=envtool\n"
DRIVER = f'"{sys.executable}" -m envtool merge-driver %O %A %B %P'
LOCK = "conda-lock.yml"


class Done(NamedTuple):
    """What a run of git left behind."""

    code: int
    out: str
    err: str


class Repository:
    """A repository with envtool as merge driver, and `main` checked out."""

    def __init__(self, folder: Path, *, driver: bool = True) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")
        for key, value in (("user.name", "t"), ("user.email", "t@example.org")):
            self.git("config", key, value)
        if driver:
            self.git("config", "merge.envtool.driver", DRIVER)
            self.write({".gitattributes": ATTRIBUTES})

    def git(self, *arguments: str, folder: Path | None = None) -> Done:
        """Run git; nothing of this machine's settings counts."""
        environment = {key: value for key, value in os.environ.items() if key[:4] != "GIT_"}
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=folder or self.folder,
            env=environment | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_EDITOR": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None removes one."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None], branch: str | None = None) -> None:
        """Commit files, on a new branch off the current one if `branch` is given."""
        if branch is not None:
            self.git("checkout", "-q", "-b", branch)
        self.write(files)
        self.git("add", "-A")
        assert self.git("commit", "-q", "-m", branch or "more").code == 0

    def fork(
        self,
        base: Mapping[str, str | bytes | None],
        ours: Mapping[str, str | bytes | None],
        theirs: Mapping[str, str | bytes | None],
    ) -> None:
        """The branches `ours` (checked out) and `theirs`, which grew out of `main`."""
        self.commit(base)
        self.commit(theirs, "theirs")
        self.git("checkout", "-q", "main")
        self.commit(ours, "ours")

    def read(self, name: str = LOCK) -> str:
        """The text of a file as it is now, line endings included."""
        return (self.folder / name).read_bytes().decode()

    @property
    def unmerged(self) -> set[str]:
        """The files that are in conflict."""
        lines = self.git("ls-files", "--unmerged").out.splitlines()
        return {line.partition("\t")[2] for line in lines}
