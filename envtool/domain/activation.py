"""What using an environment means: which variables it sets, and which scripts it runs.

As conda does it (`conda/activate.py`): an environment that is active already is replaced, not
stacked upon. Other than there, what is active comes first on the search path wherever the one
before stood, and names of variables keep their case.
"""

import ntpath
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# What a shell searches that has no search path.
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ROOT = "base"
# What conda writes in place of a variable that was taken back.
_TAKEN_BACK = "***unset***"

# What activation itself sets.
RESERVED = frozenset({
    "PATH", "CONDA_PREFIX", "CONDA_SHLVL", "CONDA_DEFAULT_ENV", "CONDA_PROMPT_MODIFIER",
})  # fmt: skip


class Prefix(NamedTuple):
    """An installed environment, as far as using it goes.

    Attributes:
        path: absolute, as the system writes it.
        variables: what it sets; None takes one away.
        activate: the scripts to run when it becomes active, in order.
        deactivate: those to run when it is so no more, in order.
    """

    path: str
    variables: Mapping[str, str | None] = {}
    activate: tuple[str, ...] = ()
    deactivate: tuple[str, ...] = ()


class Activation(NamedTuple):
    """How to make an environment active, in this order."""

    deactivate: tuple[str, ...]
    unset: tuple[str, ...]
    export: Mapping[str, str]
    activate: tuple[str, ...]

    @property
    def has_scripts(self) -> bool:
        """Whether a shell is needed."""
        return bool(self.deactivate or self.activate)

    def applied(self, variables: Mapping[str, str]) -> dict[str, str]:
        """`variables` with those of the environment; scripts are not run."""
        kept = {name: value for name, value in variables.items() if name not in self.unset}
        return {**kept, **self.export}


def activation(
    prefix: Prefix, old: Prefix | None, variables: Mapping[str, str], *, windows: bool
) -> Activation:
    """How to make `prefix` active where `variables` are set, and `old` is active or nothing."""
    level = _level(variables) if old else 0
    again = old is not None and _same(old.path, prefix.path, windows=windows)
    export = {
        "PATH": _search_path(prefix.path, old and old.path, variables, windows=windows),
        "CONDA_PREFIX": prefix.path,
        "CONDA_SHLVL": str(level if again else level + 1),
        "CONDA_DEFAULT_ENV": environment_name(prefix.path, variables, windows=windows),
    }
    export["CONDA_PROMPT_MODIFIER"] = f"({export['CONDA_DEFAULT_ENV']}) "
    wanted = {name: value for name, value in prefix.variables.items() if value is not None}
    if not again:
        # What `conda deactivate` goes back to.
        export |= {f"CONDA_PREFIX_{level}": old.path} if old else {}
        saved = {name: variables[name] for name in wanted if name in variables}
        export |= {f"__CONDA_SHLVL_{level}_{name}": value for name, value in saved.items()}
    return Activation(
        deactivate=old.deactivate if old else (),
        unset=tuple(name for name, value in prefix.variables.items() if value is None),
        export=export | wanted,
        activate=prefix.activate,
    )


def active_prefix(variables: Mapping[str, str]) -> str | None:
    """The environment that is active where `variables` are set; None without one."""
    return (variables.get("CONDA_PREFIX") or None) if _level(variables) else None


def program_folders(prefix: str, *, windows: bool) -> tuple[str, ...]:
    """The folders of `prefix` with programs, in the order of the search path."""
    if not windows:
        return (posixpath.join(prefix, "bin"),)
    below = (r"Library\mingw-w64\bin", r"Library\usr\bin", r"Library\bin", "Scripts", "bin")
    root = prefix.rstrip("\\/") if len(prefix) > len("C:\\") else prefix
    return (root, *(ntpath.join(prefix, each) for each in below))


def environment_name(prefix: str, variables: Mapping[str, str], *, windows: bool) -> str:
    """What people call an environment: by name where conda keeps them, else by path."""
    paths = ntpath if windows else posixpath
    root = variables.get("MAMBA_ROOT_PREFIX")
    if program := variables.get("CONDA_EXE"):
        root = paths.dirname(paths.dirname(program))
    if root and _same(root, prefix, windows=windows):
        return _ROOT
    folder, name = paths.split(prefix)
    return name if paths.basename(folder) == "envs" else prefix


def read_variables(data: object) -> dict[str, str | None]:
    """The variables of a mapping from JSON or YAML, whatever type their values have.

    Raises `ValueError` or `TypeError` for what no environment can set, with the reason.
    """
    if not isinstance(data, Mapping):
        raise TypeError("the variables are no mapping")
    return dict(_variables(data))


def _variables(data: Mapping[object, object]) -> Iterator[tuple[str, str | None]]:
    for key, value in data.items():
        name = str(key)
        if not _NAME.fullmatch(name):
            raise ValueError(f"`{name}` is no name of a variable")
        if name.upper() in RESERVED:
            raise ValueError(f"`{name}` is set by the activation itself")
        if isinstance(value, list | dict):
            raise TypeError(f"the variable `{name}` has no text as value")
        if "\0" in str(value):
            raise ValueError(f"the value of `{name}` holds a zero byte")
        if value != _TAKEN_BACK:
            yield name, None if value is None else str(value)


def _search_path(
    prefix: str, old: str | None, variables: Mapping[str, str], *, windows: bool
) -> str:
    separator = ";" if windows else ":"
    folders = program_folders(prefix, windows=windows)
    gone = folders + (program_folders(old, windows=windows) if old else ())
    rest = variables.get("PATH", "" if windows else _DEFAULT_PATH)
    kept = (
        each
        for each in rest.split(separator)
        if not any(_same(each, one, windows=windows) for one in gone)
    )
    return separator.join((*folders, *kept) if rest else folders)


def _level(variables: Mapping[str, str]) -> int:
    text = variables.get("CONDA_SHLVL", "").strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _same(one: str, other: str, *, windows: bool) -> bool:
    if not one or not other:
        return one == other
    if windows:
        return ntpath.normpath(one).lower() == ntpath.normpath(other).lower()
    return posixpath.normpath(one) == posixpath.normpath(other)
