"""Projects whose files change together, and processes that are cut off while they do it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from envtool.adapters.changes import ProjectChanges
from envtool.adapters.disk import Disk

Texts = Mapping[str, str | None]


class Case(NamedTuple):
    """What is there, and what is to be put there."""

    old: Mapping[str, str]
    texts: Texts

    @property
    def new(self) -> dict[str, str]:
        """What is there afterwards."""
        every = {**self.old, **self.texts}
        return {path: text for path, text in every.items() if text is not None}

    def make(self, root: Path) -> Path:
        """A project in the new folder `root`."""
        root.mkdir()
        for path, text in self.old.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
        return root

    def is_new(self, path: str, now: Mapping[str, str]) -> bool:
        """Whether `path` is as it is to be."""
        return now.get(path) == self.texts[path]


CASES = {
    "update": Case(
        {"recovery/records.lock": "old records\n", "conda-lock.yml": "old lock\n"},
        {"recovery/records.lock": "new records\n", "conda-lock.yml": "new lock\n"},
    ),
    "first": Case({}, {"recovery/records.lock": "records\n", "conda-lock.yml": "lock\n"}),
    "delete": Case(
        {"recovery/a": "a\n", "recovery/old.lock": "old\n", "conda-lock.yml": "old lock\n"},
        {"a/b/new.lock": "new\n", "recovery/old.lock": None, "conda-lock.yml": "new lock\n"},
    ),
}


def files(root: Path) -> dict[str, str]:
    """Every file of a project and every empty folder, but for those of envtool itself."""
    found: dict[str, str] = {}
    for folder, folders, names in os.walk(root):
        if Path(folder) == root and ".envtool" in folders:
            folders.remove(".envtool")
        where = Path(folder).relative_to(root)
        found |= {(where / each).as_posix(): (root / where / each).read_text() for each in names}
        if not folders and not names and folder != str(root):
            found[f"{where.as_posix()}/"] = ""
    return found


def command(fault: str, root: Path, texts: Texts | str) -> list[str]:
    """What runs a change in a process of its own; `texts` may stand in a file."""
    given = f"@{texts}" if isinstance(texts, str) else json.dumps(texts)
    return [sys.executable, "-m", "tests.cutting", fault, str(root), given]


def run(fault: str, root: Path, texts: Texts) -> subprocess.CompletedProcess[str]:
    """The change, made to its end or to that of its process."""
    return subprocess.run(command(fault, root, texts), capture_output=True, text=True, check=False)


def recovered(root: Path) -> tuple[str, ...]:
    """Have the next turn begin; what it tells."""
    changes = ProjectChanges(Disk())
    with changes.exclusive(str(root), wait=10, say=print) as notes:
        return notes


def settled(case: Case, root: Path) -> str:
    """Whether a project is `old` or `new`, after the next turn; asserts that it is one of them.

    What readers see before that may be the first files of the change, never one without those
    before it, and no file but a whole one.
    """
    before = files(root)
    seen = [case.is_new(path, before) for path in case.texts]
    assert seen == sorted(seen, reverse=True), before
    for path in case.texts:
        assert before.get(path) in {case.old.get(path), case.texts[path]}
    notes = recovered(root)
    after = files(root)
    assert after in (case.old, case.new), after
    state = "new" if after == case.new else "old"
    assert bool(notes) == (state == "new" and not all(seen)), (notes, before)
    assert state == "new" or not any(seen)
    assert not (root / ".envtool").exists()
    return state
