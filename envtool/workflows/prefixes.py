"""Where an environment is installed."""

import os
import os.path
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from envtool.domain.environments import DEVELOPMENT, PRODUCTION
from envtool.errors import UsageError
from envtool.ports import FileKind, Files

if TYPE_CHECKING:
    from envtool.domain.channel_names import Machine
    from envtool.ports import Desk

_ENVS = ".envtool/envs"
_IDENTITY = "conda-meta/envtool"
_LIMIT = 1 << 16
_RESERVED = {"base", "root"}


class Where(NamedTuple):
    """How a prefix is named on the command line: by path, by name, or by what it is for."""

    prefix: str | None = None
    name: str | None = None
    environment: str = PRODUCTION

    @property
    def words(self) -> tuple[str, str]:
        """The option, and its value."""
        if self.prefix:
            return ("-p", self.prefix)
        return ("-n", self.name) if self.name else ("--environment", self.environment)

    @property
    def typed(self) -> str:
        """The same behind a space, as it is typed; nothing for production, which needs no words."""
        from shlex import join

        return "" if self == Where() else f" {join(self.words)}"


class Doors(Protocol):
    """What a prefix is found with; `Tools` are that, and less is."""

    @property
    def files(self) -> Files:
        """The disk."""
        ...

    @property
    def desk(self) -> "Callable[[], Desk]":
        """The settings of the user, which only a name needs."""
        ...


def prefix_of(tools: Doors, home: str, where: Where) -> str:
    """The absolute path of the prefix, there or not; `home` is the folder of the project.

    A name is looked for where conda keeps environments; one that is nowhere would be made in the
    first of these folders. Raises `UsageError` when the name is none, and as `Desk.machine`.
    """
    if where.prefix is not None and where.name is not None:
        raise UsageError("a prefix has a path or a name", hints=("leave out `-p` or `-n`",))
    if where.prefix == "":
        raise UsageError("`-p` names no path", hints=("name the folder: `-p PATH`",))
    if where.prefix is not None:
        return _absolute(tools, where.prefix)
    if where.name is None:
        return _absolute(tools, f"{home}/{_ENVS}/{where.environment}")
    if where.name in _RESERVED:
        raise UsageError(
            "the base environment is conda's own and stays as it is",
            hints=("name another one: `-n NAME`",),
        )
    if {"/", "\\", ":", "#", " "} & set(where.name) or where.name in {"", ".", ".."}:
        raise UsageError(f"`{where.name}` is no name of an environment", hints=("`-p PATH`?",))
    folders = tuple(dict.fromkeys(_folders(tools.desk().machine(tools.files.absolute(home)))))
    paths = [_absolute(tools, f"{folder}/{where.name}") for folder in folders]
    there = (path for path in paths if tools.files.kind(path) is FileKind.FOLDER)
    return next(there, paths[0])


def is_in_place(files: Files, prefix: str) -> bool:
    """Whether the tree at `prefix` says at a glance that it was built for there, or nothing.

    Where it does not, `Prefixes.built_for` knows for sure.
    """
    path = f"{prefix}/{_IDENTITY}"
    if files.kind(path) is not FileKind.FILE:
        return True
    data = files.read(path, _LIMIT)
    return (
        b'"prefix"' not in data
        or f'"prefix": "{prefix}"'.encode("utf-8", "surrogateescape") in data
    )


def was_moved(prefix: str, place: str) -> str:
    """What is to be told of a tree at `prefix` that was built for `place`."""
    return f"`{prefix}` was built for `{place}`, and its programs start what is there"


def recreated(where: Where) -> str:
    """The command that builds the prefix `where`."""
    from shlex import quote

    if where.prefix is not None:
        return f"envtool recreate -p {quote(where.prefix)}"
    if where.name is not None:
        return f"envtool recreate -n {quote(where.name)}"
    is_plain = where == Where()
    return "envtool recreate" if is_plain else f"envtool recreate -e {quote(where.environment)}"


def no_environment(files: Files, path: str, where: Where, *, has_project: bool) -> UsageError:
    """That nothing stands at `path`, which `where` names, and what is to be done."""
    message = f"there is no environment at `{path}`"
    if where.prefix is not None or where.name is not None:
        return UsageError(message, hints=(f"build it: `{recreated(where)}`",))
    if not has_project:
        hint = "go to the folder of a project, or name an environment: `-p PATH` or `-n NAME`"
        return UsageError(message, hints=(hint,))
    folder = posixpath.dirname(path.replace(os.sep, "/"))
    there = [each for each in files.names(folder) if each[0] != "." and each[:5] != "test-"]
    if near := _near(where.environment, dict.fromkeys((*there, PRODUCTION, DEVELOPMENT))):
        return UsageError(message, hints=(f"did you mean `--environment {near}`?",))
    return UsageError(message, hints=(f"build it: `{recreated(where)}`",))


def _near(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is meant by `name`, which may be the start of it."""
    from difflib import get_close_matches

    known = [*known]
    if name in known:
        return None
    starts = [each for each in known if name and each.startswith(name)]
    return next(iter((*starts, *get_close_matches(name, known, n=1))), None)


def shown(tools: Doors, path: str) -> str:
    """`path` as people name it: relative when it is below the working directory."""
    here = _absolute(tools, ".")
    return os.path.relpath(path, here) if path.startswith(here + os.sep) else path


def _absolute(tools: Doors, path: str) -> str:
    return os.path.normpath(tools.files.absolute(path))


def _folders(machine: "Machine") -> Iterator[str]:
    """Where conda keeps named environments on this machine, the first one first.

    What its `context.envs_dirs` has: those of `.condarc`, below its root, below the home.
    """
    for setting in machine.settings.envs_dirs:
        start, _, rest = setting.value.partition("/")
        yield posixpath.join(machine.home, rest) if start == "~" else setting.value
    root = _root(machine.variables)
    if root is not None:
        yield f"{root}/envs"
    yield f"{machine.home}/.conda/envs"


def _root(variables: Mapping[str, str]) -> str | None:
    """The root of the conda, mamba or micromamba that the shell knows; None when it knows none."""
    if executable := variables.get("CONDA_EXE"):
        return os.path.dirname(os.path.dirname(executable))
    return variables.get("MAMBA_ROOT_PREFIX") or None
