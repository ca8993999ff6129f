"""Finds and reads the `.condarc` files of this machine.

The search path is `SEARCH_PATH` of conda/base/constants.py, without the files of the prefix that
conda is about to change: a lock is made for every machine, and the environment that happens to be
active has no say in it.
"""

import os
from collections.abc import Iterator

from envtool.adapters.user import User
from envtool.domain.condarc import CondarcText
from envtool.errors import UnreadableError
from envtool.ports import FileKind, Files

_SYSTEM = {"win32": ("C:/ProgramData/conda",)}
_UNIX = ("/etc/conda", "/var/lib/conda")
_NAMES = (".condarc", "condarc")
_ENDINGS = (".yml", ".yaml")
# The largest one in public repositories has a few KB.
_LIMIT = 1 << 20


def search_path(user: User) -> tuple[str, ...]:
    """Files and folders that conda looks at, those of least weight first."""
    root, config = root_prefix(user), user.variables.get("XDG_CONFIG_HOME")
    folders = [
        *_SYSTEM.get(user.system, _UNIX),
        *([root] if root else []),
        *([f"{config}/conda"] if config else []),
        f"{user.home}/.config/conda",
    ]
    named = user.variables.get("CONDARC")
    return (
        *(f"{folder}/{name}" for folder in folders for name in (*_NAMES, "condarc.d")),
        *(f"{user.home}/.conda/{name}" for name in (*_NAMES, "condarc.d")),
        f"{user.home}/.condarc",
        *([_at_home(named, user)] if named else []),
    )


def root_prefix(user: User) -> str | None:
    """Where conda or micromamba is installed, when the environment tells."""
    if root := user.variables.get("CONDA_ROOT"):
        return root
    if program := user.variables.get("CONDA_EXE"):
        return os.path.dirname(os.path.dirname(program))
    return user.variables.get("MAMBA_ROOT_PREFIX") or None


def _at_home(path: str, user: User) -> str:
    return user.home + path[1:] if path.startswith("~/") else path


def read_condarcs(files: Files, user: User) -> tuple[CondarcText, ...]:
    """The files that exist, in the order in which they are merged.

    Raises `UnreadableError` when one is forbidden or no text.
    """
    paths = (path for each in search_path(user) for path in _expanded(files, each))
    return tuple(CondarcText(path, _text(files, path)) for path in dict.fromkeys(paths))


def _expanded(files: Files, path: str) -> Iterator[str]:
    """A file that is named as conda wants it, or the YAML files of a folder by name."""
    kind = files.kind(path)
    if kind is FileKind.FILE and (os.path.basename(path) in _NAMES or path.endswith(_ENDINGS)):
        yield path
    elif kind is FileKind.FOLDER:
        for name in files.names(path):
            below = f"{path}/{name}"
            if name.endswith(_ENDINGS) and files.kind(below) is FileKind.FILE:
                yield below


def _text(files: Files, path: str) -> str:
    try:
        return files.read(path, _LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"`{path}` is no text in UTF-8", hints=("save it again as UTF-8",)
        ) from error
