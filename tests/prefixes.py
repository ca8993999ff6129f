"""`python -m tests.prefixes FAULT ROOT DEED RUNG`: something is done to a prefix, and cut off.

FAULT is one of `tests.cutting`. The prefix is `ROOT/env`, small trees stand for environments.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from envtool.adapters import swapping
from envtool.adapters.prefix_places import Places, identity
from envtool.adapters.prefixes import InstalledPrefixes
from envtool.adapters.swapping import Rung
from envtool.domain.generations import Generation
from tests.cutting import Cutter, fault

RUNGS = {
    "exchange": tuple(Rung),
    "rename": (Rung.RENAME, Rung.COPY),
    "copy": (Rung.COPY,),
}
# What each deed does, and the generations that may be in place when it was cut off.
DEEDS: dict[str, set[int | None]] = {
    "first": {None, 1},
    "recreate": {2, 3},
    "unchecked": {2, 3},
    "failed": {2},
    "first-failed": {None},
    "rollback": {2, 1},
    "repair": {2},
    "adopt": {None, 0},
}

# Only what a run does first: end what another one was cut off in.
RECOVER = "recover"


def prefix(root: Path) -> str:
    return str(root / "env")


def made(root: Path, deed: str) -> None:
    """What is there before a deed."""
    root.mkdir()
    if deed == "adopt":
        fill(root / "env", 9)
    if deed in {"first", "first-failed", "adopt"}:
        return
    prefixes = InstalledPrefixes()
    for number in (1, 2):
        with prefixes.exclusive(prefix(root), wait=1, say=print):
            build(prefixes, root, number)
            prefixes.replace(prefix(root), number, staged=True, checked=True)
            prefixes.finish(prefix(root))


def fill(tree: Path, number: int) -> None:
    """A small tree that tells which one it is in every file."""
    for name in ("bin/tool", f"lib/only-{number}", "share/deep/er/file", "conda-meta/history"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(f"{name} of {number}\n" * number)
    (tree / "lib/link").symlink_to("../bin/tool")
    (tree / f"lib/empty-{number}").mkdir()


def content(tree: Path) -> dict[str, str]:
    """Every file, link and empty folder, but for what the tree is called."""
    found = {}
    for folder, folders, names in os.walk(tree):
        for name in names:
            path = Path(folder) / name
            text = os.readlink(path) if path.is_symlink() else path.read_text()
            found[path.relative_to(tree).as_posix()] = text
        if not folders and not names:
            found[Path(folder).relative_to(tree).as_posix() + "/"] = ""
    found.pop("conda-meta/envtool", None)
    return found


def expected(folder: Path, number: int) -> dict[str, str]:
    tree = folder / f"expected-{number}"
    if not tree.exists():
        fill(tree, number)
    return content(tree)


def generation(number: int) -> Generation:
    return Generation(
        number=number,
        created=datetime(2026, 11, number or 30, tzinfo=UTC),
        origin="test",
        environment="production",
        platform="linux-64",
    )


def build(prefixes: InstalledPrefixes, root: Path, number: int) -> None:
    stage = prefixes.begin(prefix(root), number)
    fill(Path(stage), number)
    prefixes.record(prefix(root), generation(number), "records\n")
    prefixes.seal(prefix(root))


def do(root: Path, deed: str) -> None:
    prefixes, where = InstalledPrefixes(), prefix(root)
    with prefixes.exclusive(where, wait=1, say=print):
        if deed == RECOVER:
            return
        if deed == "adopt":
            prefixes.adopt(where, generation(0), "records\n")
            return
        number = {"first": 1, "first-failed": 1, "rollback": 1, "repair": 2}.get(deed, 3)
        if deed != "rollback":
            build(prefixes, root, number)
        checked = deed in {"first", "recreate", "repair"}
        prefixes.replace(where, number, staged=deed != "rollback", checked=checked)
        (prefixes.undo if "failed" in deed else prefixes.finish)(where)
        prefixes.prune(where, 1)


def run(planned: str, root: Path, deed: str, rung: str) -> int:
    command = [sys.executable, "-m", "tests.prefixes", planned, str(root), deed, rung]
    return subprocess.run(command, check=False, capture_output=True).returncode


def settled(root: Path, deed: str, rung: str) -> str:
    """What is in place when the next turn has begun; asserts that it is whole, and all else."""
    where, prefixes = root / "env", InstalledPrefixes()
    if rung == "exchange" and deed not in {"first", "first-failed", "adopt"}:
        number = identity(str(where))
        assert content(where) == expected(root.parent, (number and number.generation) or 9)
    with prefixes.exclusive(str(where), wait=1, say=print):
        pass
    found = prefixes.current(str(where))
    assert found in DEEDS[deed], found
    if deed == "adopt":
        assert content(where) == expected(root.parent, 9)
    elif found is not None:
        assert content(where) == expected(root.parent, found)
    else:
        # A folder that can not be moved can not be taken away, either.
        assert not where.exists() or (rung == "copy" and not list(where.iterdir()))
    check_beside(root, found)
    return "nothing" if found is None else str(found)


def check_beside(root: Path, current: int | None) -> None:
    """Nothing is left over, and kept trees are whole."""
    places = Places(prefix(root))
    if not os.path.isdir(places.folder):
        return
    assert set(os.listdir(places.folder)) <= {
        "lock",
        ".gitignore",
        "generations",
        "log.jsonl",
        "texts",
    }
    prefixes = InstalledPrefixes()
    known = {each.number for each in prefixes.generations(prefix(root))}
    assert current is None or current in known
    for number in os.listdir(places.generations) if os.path.isdir(places.generations) else ():
        names = set(os.listdir(places.generation(int(number))))
        known_names = {"generation.json", "records.lock", "copy.json", "manifest.json", "tree"}
        assert names <= known_names, names
        assert int(number) in known
        if "tree" in names:
            assert int(number) != current
            assert content(Path(places.tree(int(number)))) == expected(root.parent, int(number))
            assert prefixes.changed(prefix(root), int(number)) == ((), ())


def main() -> None:
    planned, root, deed, rung = sys.argv[1:]
    swapping.rungs = lambda _: RUNGS[rung]  # type: ignore[assignment]
    if planned != "none":
        Cutter(fault(planned), root).install()
    do(Path(root), deed)


if __name__ == "__main__":
    main()
