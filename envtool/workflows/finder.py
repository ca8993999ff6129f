"""Finds the project around a folder; loads next to nothing, for `envtool run` needs no more."""

import os
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from envtool.errors import NoProjectError, UnreadableError
from envtool.ports import FileKind, Files

POLICY_FILE = "envtool.toml"
PYPROJECT = "pyproject.toml"
LOCK_FILE = "conda-lock.yml"
RECORDS_FILE = "recovery/records.lock"
# What a project may hold beside it, in the order in which they are judged.
LOCK_FILES = (LOCK_FILE, "pixi.lock", RECORDS_FILE)
# The largest environment file in the wild has 100 kB.
SPEC_LIMIT = 1 << 20

_USUAL_NAMES = frozenset(
    f"{stem}.{ending}" for stem in ("environment", "environment-dev") for ending in ("yml", "yaml")
)

# What people call an environment file when it is not `environment.yml`.
_LOOKS_LIKE_SPEC = re.compile(r"(?:.*[-_.])?(?:environment|env|conda)(?:[-_.].*)?\.ya?ml")
_NOT_SPECS = re.compile(r"conda-lock.*|.*meta\.ya?ml|.*[-.]lock\.ya?ml|conda_build_config\.ya?ml")


def is_no_spec_name(name: str) -> bool:
    """Whether a YAML file of this name is known to be something else."""
    return _NOT_SPECS.fullmatch(name) is not None


def candidates(files: Files, folder: str) -> Iterator[str]:
    """Files that are environment files by name; an unusual name needs `dependencies` inside."""
    for name in files.names(folder):
        if _LOOKS_LIKE_SPEC.fullmatch(name) and not _NOT_SPECS.fullmatch(name):
            path = join(folder, name)
            if name in _USUAL_NAMES or mentions(files, path, b"dependencies"):
                yield path


def mentions(files: Files, path: str, word: bytes) -> bool:
    """Whether a file holds `word`; one that can not be read may, and is reported later."""
    try:
        return word in files.read(path, SPEC_LIMIT)
    except UnreadableError:
        return True


def join(folder: str, name: str) -> str:
    """The path of `name` in `folder`, without dots in between."""
    return posixpath.normpath(posixpath.join(folder, name))


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


class Finder:
    """Looks for a project upward, and remembers what it saw."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._kinds: dict[str, bool] = {}

    def project(self, folder: str) -> str:
        """The nearest folder from `folder` upward that has a policy or an environment file.

        Raises `NoProjectError` when none has.
        """
        if (nearest := self.nearest(folder)) is not None:
            return nearest
        where = self._files.absolute(folder)
        raise NoProjectError(
            f"no environment file: looked for `environment.yml`, `environment-dev.yml` and"
            f" `{POLICY_FILE}` in `{where}` and above",
            hints=("go to the folder of a project, or write an `environment.yml` here",),
        )

    def nearest(self, folder: str) -> str | None:
        """As `project`; None when there is none."""
        for number, each in enumerate(self.upward(folder)):
            try:
                if self.has_policy(each) or self.has_spec(each):
                    return self.owner(each)
            except UnreadableError:
                # A folder above that can not be listed is somebody else's.
                if number == 0:
                    raise
        return None

    def home(self, folder: str) -> str:
        """The nearest folder from `folder` upward that has a policy; `folder` without any."""
        return next((each for each in self.upward(folder) if self.has_policy(each)), folder)

    def owner(self, folder: str) -> str:
        """The project that the environment files of `folder` belong to.

        A policy above may name them, one by one or by a pattern: then they are its project's.
        """
        home = self.home(folder)
        if home == folder:
            return folder
        start, end = self._files.absolute(home), self._files.absolute(folder)
        relative = posixpath.relpath(end, start)
        for pattern in self.named_files(home):
            place, name = posixpath.split(posixpath.normpath(pattern))
            if place == relative and any(
                fnmatchcase(each, name) for each in self._files.names(folder)
            ):
                return home
        return folder

    def named_files(self, home: str) -> tuple[str, ...]:
        """The patterns under `files` in the policy of `home`, as they stand there.

        None for a policy that can not be read, which is said where it is used.
        """
        import tomllib

        found: list[str] = []
        for name, keys in ((POLICY_FILE, ()), (PYPROJECT, ("tool", "envtool"))):
            path = join(home, name)
            if self._exists(path) and mentions(self._files, path, b"files"):
                try:
                    values = tomllib.loads(self._files.read(path, SPEC_LIMIT).decode("utf-8"))
                except (UnreadableError, ValueError):
                    continue
                for key in (*keys, "files"):
                    inner = values.get(key)
                    values = inner if isinstance(inner, dict) else {}
                found += _texts(values.get("production")) + _texts(values.get("development"))
        return tuple(found)

    def upward(self, folder: str) -> Iterator[str]:
        """`folder` and its parents, up to the repository's top or the file system's."""
        current = folder.replace(os.sep, "/").rstrip("/") or "/"
        absolute = self._files.absolute(current)
        while True:
            yield posixpath.normpath(current)
            parent = os.path.dirname(absolute)
            if parent == absolute or self._exists(posixpath.join(current, ".git")):
                return
            absolute = parent
            current = posixpath.join(current, "..")

    def has_policy(self, folder: str) -> bool:
        """Whether a policy stands in `folder` itself."""
        if self._exists(posixpath.join(folder, POLICY_FILE)):
            return True
        path = posixpath.join(folder, PYPROJECT)
        return self._exists(path) and mentions(self._files, path, b"tool.envtool")

    def has_spec(self, folder: str) -> bool:
        """Whether there is something to judge: an environment file, or a lock alone."""
        if any(True for _ in candidates(self._files, folder)):
            return True
        return any(self._exists(join(folder, name)) for name in LOCK_FILES)

    def _exists(self, path: str) -> bool:
        if path not in self._kinds:
            self._kinds[path] = self._files.kind(path) is not FileKind.MISSING
        return self._kinds[path]
