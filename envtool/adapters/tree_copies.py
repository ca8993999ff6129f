"""Makes one folder hold what another one holds, where neither can be moved."""

import os
import shutil

from envtool.adapters.exchange import flush
from envtool.adapters.prefix_places import PART


def overwrite(source: str | None, target: str) -> None:
    """Make the folder `target` hold what `source` holds; what it is called comes last.

    Nothing of it is there when `source` is None. May be cut off and done again. Raises `OSError`.
    """
    wanted = _entries(source) if source is not None else {}
    there = _entries(target)
    for path in sorted(there, reverse=True):
        if wanted.get(path) != there[path]:
            full = os.path.join(target, path)
            os.rmdir(full) if there[path] == "folder" else os.unlink(full)
    last = os.path.join("conda-meta", "envtool")
    for path in sorted(wanted, key=lambda each: (each == last, each)):
        assert source is not None  # noqa: S101 - for mypy
        if path == last:
            # All the rest is there for good before it is called so.
            flush(target)
        _copy_one(os.path.join(source, path), os.path.join(target, path), wanted[path])
    flush(target)


def _entries(folder: str) -> dict[str, str]:
    """What is below `folder`: `folder`, `link` or `file`, by relative path."""
    found: dict[str, str] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(os.path.join(folder, below)) as entries:
            for each in entries:
                path = os.path.join(below, each.name)
                if each.is_symlink():
                    found[path] = "link"
                elif each.is_dir():
                    found[path] = "folder"
                    waiting.append(path)
                else:
                    found[path] = "file"
    return found


def _copy_one(source: str, target: str, kind: str) -> None:
    if kind == "folder":
        os.makedirs(target, exist_ok=True)
        shutil.copystat(source, target)
        return
    if kind == "file" and _is_same(source, target):
        return
    draft = f"{target}{PART}"
    if os.path.lexists(draft):
        os.unlink(draft)
    shutil.copy2(source, draft, follow_symlinks=False)
    os.replace(draft, target)


def _is_same(source: str, target: str) -> bool:
    """Whether a file is there already; packages give others of the same size the same time."""
    if not os.path.isfile(target) or os.path.islink(target):
        return False
    import filecmp

    old, new = os.stat(target), os.stat(source)
    known = (old.st_mode, old.st_mtime_ns) == (new.st_mode, new.st_mtime_ns)
    return known and filecmp.cmp(source, target, shallow=False)
