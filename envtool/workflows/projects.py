"""Which files to judge: one project, some files, or a tree of projects."""

import os
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from envtool.domain.findings import Place
from envtool.domain.policy.model import Policy
from envtool.domain.results import Failure
from envtool.domain.specs import Role
from envtool.errors import EnvtoolError, UnreadableError, UsageError
from envtool.ports import FileKind, Files, Tools
from envtool.workflows.finder import LOCK_FILES, Finder, candidates, join
from envtool.workflows.spec_files import STDIN, SpecFile

_SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__", "conda-meta"})
_FILE_OPTIONS = ("production_files", "development_files")

# Files and folders named so are about development.
_DEVELOPMENT = frozenset({
    "dev", "devel", "develop", "development", "devtools", "test", "tests", "testing", "ci", "doc",
    "docs", "lint", "build", "debug", "bench", "benchmark", "benchmarks", "binder", "examples",
    "rtd", "readthedocs",
})  # fmt: skip


class Target(NamedTuple):
    """What is judged together under one policy.

    Attributes:
        folder: the project; files that were named are relative to its policy.
        home: the folder whose policy holds, the project's own or one above.
        files: those that were named; None is all files of the project.
        failure: why there is nothing to judge in `folder`.
    """

    folder: str
    home: str
    files: tuple[str, ...] | None = None
    failure: Failure | None = None


def find_targets(tools: Tools, paths: tuple[str, ...], *, recursive: bool) -> tuple[Target, ...]:
    """What the user means by `paths`; none is the project around the working directory.

    A folder stands for its project, found upward from there; with `recursive` for every
    project below it. Paths of the answer are relative to the working directory where that is
    shorter. A folder without a project is a target with a failure. Raises `UsageError` when
    there is nothing else, or a path does not exist.
    """
    finder = _Finder(tools.files)
    if recursive:
        return tuple(dict.fromkeys(each for path in paths or (".",) for each in finder.below(path)))
    paths = tuple(path if path == STDIN else os.path.normpath(path) for path in paths) or (".",)
    projects: dict[Target, None] = {}
    named: dict[str, dict[str, None]] = {}
    for path in paths:
        if not finder.is_folder(path):
            named.setdefault(finder.home(_folder_of(path)), {})[path] = None
            continue
        try:
            folder = finder.project(path)
            projects[Target(folder, finder.home(folder))] = None
        except EnvtoolError as error:
            if len(paths) == 1:
                raise
            projects[Target(path, path, failure=Failure.of(error, Place(path)))] = None
    return (*projects, *(Target(home, home, tuple(each)) for home, each in named.items()))


def upward(tools: Tools, folder: str) -> Iterator[str]:
    """`folder` and its parents, up to the repository's top or the file system's."""
    return _Finder(tools.files).upward(folder)


def folders_below(tools: Tools, folder: str) -> Iterator[str]:
    """`folder` and every folder below it that may hold environment files of people."""
    return _Finder(tools.files).folders(folder)


def has_policy(tools: Tools, folder: str) -> bool:
    """Whether a policy stands in `folder` itself."""
    return _Finder(tools.files).has_policy(folder)


def policy_home(tools: Tools, folder: str) -> str:
    """The nearest folder from `folder` upward that has a policy; `folder` without any."""
    return _Finder(tools.files).home(folder)


def _folder_of(path: str) -> str:
    return "." if path == STDIN else posixpath.dirname(path.replace(os.sep, "/")) or "."


def spec_files(tools: Tools, target: Target, policy: Policy) -> tuple[SpecFile, ...]:
    """The environment files of `target` with their roles, production first."""
    if target.files is not None:
        found = [SpecFile(path, role_of(path, target.folder, policy)) for path in target.files]
    else:
        found = list(_of_project(tools.files, target, policy))
    return tuple(sorted(found, key=lambda file: file.role is not Role.PRODUCTION))


def locked_files(tools: Tools, target: Target, policy: Policy) -> tuple[SpecFile, ...]:
    """The environment files that the lock of a project is made from.

    Those of the policy, or a single one of another name. Raises `UsageError` when several could
    be meant.
    """
    found = list(_by_policy(tools.files, target.folder, policy))
    others = [] if found else list(candidates(tools.files, target.folder))
    if len(others) > 1 or not (found or others):
        names = ", ".join(f"`{each}`" for each in others) or "none"
        raise UsageError(
            f"it is not clear which environment files to lock: found {names}",
            hints=("call it `environment.yml`, or name it in the policy: `files.production`",),
        )
    found += [SpecFile(path, Role.PRODUCTION) for path in others]
    return tuple(sorted(found, key=lambda file: file.role is not Role.PRODUCTION))


def lock_files(tools: Tools, target: Target) -> tuple[SpecFile, ...]:
    """The locks of a project that is judged as a whole."""
    if target.files is not None:
        return ()
    paths = (join(target.folder, name) for name in LOCK_FILES)
    there = (path for path in paths if tools.files.kind(path) is not FileKind.MISSING)
    return tuple(SpecFile(path, Role.PRODUCTION) for path in there)


def role_of(path: str, root: str, policy: Policy) -> Role:
    """What a file is for: by the policy's patterns, else by its name and folder."""
    relative = (
        posixpath.relpath(path, root) if posixpath.isabs(path) == posixpath.isabs(root) else path
    )
    for field, patterns, role in (
        ("production_files", policy.production_files, Role.PRODUCTION),
        ("development_files", policy.development_files, Role.DEVELOPMENT),
    ):
        is_chosen = not policy.origins[field].startswith("default")
        if is_chosen and any(fnmatchcase(relative, each) for each in patterns):
            return role
    words = re.split(r"[^a-z0-9]+", "/".join(path.lower().split("/")[-3:]))
    return Role.PRODUCTION if _DEVELOPMENT.isdisjoint(words) else Role.DEVELOPMENT


def _by_policy(files: Files, root: str, policy: Policy) -> Iterator[SpecFile]:
    seen: set[str] = set()
    for patterns, role in (
        (policy.production_files, Role.PRODUCTION),
        (policy.development_files, Role.DEVELOPMENT),
    ):
        for pattern in patterns:
            for path in _matching(files, root, pattern):
                if path not in seen:
                    seen.add(path)
                    yield SpecFile(path, role)


def _of_project(files: Files, target: Target, policy: Policy) -> Iterator[SpecFile]:
    root = target.folder
    named = list(_by_policy(files, root, policy))
    yield from named
    seen = {each.path for each in named}
    is_usual = all(policy.origins[each].startswith("default") for each in _FILE_OPTIONS)
    # What a policy above names are files of its own folder, and may be none of this one.
    if is_usual or (not named and target.home != root):
        for path in candidates(files, root):
            if path not in seen:
                yield SpecFile(path, role_of(path, root, policy))


def _matching(files: Files, root: str, pattern: str) -> Iterator[str]:
    folder, name = posixpath.split(pattern)
    place = join(root, folder) if folder else root
    if not re.search(r"[*?\[]", pattern):
        if files.kind(join(root, pattern)) is not FileKind.MISSING:
            yield join(root, pattern)
        return
    for each in files.names(place):
        if fnmatchcase(each, name):
            yield join(place, each)


class _Finder(Finder):
    """Looks for projects below a folder, too."""

    def is_folder(self, path: str) -> bool:
        return path != STDIN and self._files.kind(path) is FileKind.FOLDER

    def below(self, folder: str) -> Iterator[Target]:
        """`folder` and every folder below it that has an environment file of its own.

        In the place of one whose files a policy above names stands that policy's project. One
        that can not be listed is a target with a failure.
        """
        if not self.is_folder(folder):
            raise UsageError(
                f"`{folder}` is no folder, and `-r` looks into folders",
                hints=("leave out `-r` to judge a file",),
            )
        for each in self.folders(folder.replace(os.sep, "/")):
            try:
                if self._is_project(each):
                    owner = self.owner(each)
                    yield Target(owner, self.home(owner))
            except UnreadableError as error:
                yield Target(each, each, failure=Failure.of(error, Place(each)))

    def _is_project(self, folder: str) -> bool:
        """Whether there is something to judge, or its policy names what there is."""
        if self.has_spec(folder):
            return True
        named = self.named_files(folder) if self.has_policy(folder) else ()
        return any(True for each in named for _ in _matching(self._files, folder, each))

    def folders(self, folder: str) -> Iterator[str]:
        """See `folders_below`; one that can not be listed has none below it."""
        yield folder
        try:
            names = self._files.subfolders(folder)
        except UnreadableError:
            return
        for name in names:
            is_hidden = name.startswith(".") and name != ".binder"
            path = join(folder, name)
            if not is_hidden and name not in _SKIPPED_FOLDERS and not self._is_prefix(path):
                yield from self.folders(path)

    def _is_prefix(self, folder: str) -> bool:
        return self._files.kind(join(folder, "conda-meta")) is FileKind.FOLDER
