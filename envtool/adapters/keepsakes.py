"""What is the user's in a prefix, and goes along when a new tree takes its place."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime

_META = "conda-meta"
_FILES = ("conda-meta/state", "conda-meta/pinned")
# Where people and their tools put files that belong to no package.
_FOLDERS = (
    "etc/conda/activate.d",
    "etc/conda/deactivate.d",
    "etc/conda/env_vars.d",
    "share/jupyter/kernels",
)
_REGISTER = os.path.join(".conda", "environments.txt")


def carry(old: str, stage: str) -> tuple[str, ...]:
    """Copy from the tree `old` to `stage` what no package brought; what that was.

    What the new tree has itself stays. Raises `OSError`.
    """
    carried = [path for path in _FILES if os.path.lexists(os.path.join(old, path))]
    if any(os.path.isdir(os.path.join(old, folder)) for folder in _FOLDERS):
        owned = _owned(old)
        carried += [
            path for folder in _FOLDERS for path in _below(old, folder) if path not in owned
        ]
    done = []
    for path in carried:
        source, target = os.path.join(old, path), os.path.join(stage, path)
        if not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
            done.append(path)
    _carry_root(old, stage)
    return tuple(done)


def _carry_root(old: str, stage: str) -> None:
    """Mode, owner, ACL and label of the root of a prefix."""
    shutil.copystat(old, stage)
    if os.name != "nt":
        found = os.stat(old)
        with suppress(PermissionError):
            os.chown(stage, found.st_uid, found.st_gid)
        # A change of owner takes these bits away.
        os.chmod(stage, found.st_mode & 0o7777)


def _owned(tree: str) -> set[str]:
    """The paths that packages brought."""
    owned: set[str] = set()
    folder = os.path.join(tree, _META)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.endswith(".json"):
            with (
                suppress(OSError, ValueError, TypeError, AttributeError),
                open(os.path.join(folder, name), "rb") as file,
            ):
                owned.update(json.load(file).get("files", ()))
    return owned


def _below(tree: str, folder: str) -> Iterator[str]:
    for path, _, names in os.walk(os.path.join(tree, folder)):
        for name in names:
            yield os.path.relpath(os.path.join(path, name), tree).replace(os.sep, "/")


def write_history(
    old: str | None, stage: str, packages: Sequence[str], specs: Sequence[str], moment: datetime
) -> None:
    """Go on with the history that conda keeps in a prefix; raises `OSError`.

    `packages` are `channel/subdir::name-version-build`, `specs` what somebody asked for: conda
    reads both, the latter for `conda env export --from-history`.
    """
    before = ""
    if old is not None:
        with suppress(OSError, UnicodeDecodeError), open(_history(old), encoding="utf-8") as file:
            before = file.read()
    gone = sorted(_listed(before) - set(packages))
    lines = [
        f"==> {moment:%Y-%m-%d %H:%M:%S} <==",
        "# cmd: envtool recreate",
        *(f"-{each}" for each in gone),
        *(f"+{each}" for each in sorted(set(packages) - _listed(before))),
        f"# update specs: {json.dumps(list(specs))}",
    ]
    with open(_history(stage), "w", encoding="utf-8") as file:
        file.write(before + ("\n" if before and not before.endswith("\n") else ""))
        file.write("\n".join(lines) + "\n")


def _history(tree: str) -> str:
    return os.path.join(tree, _META, "history")


def _listed(history: str) -> set[str]:
    """What a history has come to."""
    found: set[str] = set()
    for line in history.splitlines():
        if line[:1] == "+":
            found.add(line[1:])
        elif line[:1] == "-":
            found.discard(line[1:])
    return found


def register(prefix: str, home: str) -> None:
    """Have conda list the prefix; raises `OSError`."""
    path = os.path.join(home, _REGISTER)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a+", encoding="utf-8") as file:
        file.seek(0)
        known = file.read()
        if prefix not in known.splitlines():
            file.write(("" if known.endswith("\n") or not known else "\n") + f"{prefix}\n")
