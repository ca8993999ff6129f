"""Finds and reads the configuration of Dependabot that a project stands under."""

import posixpath
from typing import TYPE_CHECKING

from envtool.domain.findings import Place, Violation
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import EnvtoolError
from envtool.ports import FileKind, Tools
from envtool.workflows.projects import upward

if TYPE_CHECKING:
    from envtool.domain.dependabot import Dependabot

DEPENDABOT_FILES = (".github/dependabot.yml", ".github/dependabot.yaml")
_LIMIT = 1 << 20


def load_dependabot(tools: Tools, folder: str, specs: tuple[str, ...]) -> "Dependabot | None":
    """The nearest configuration from `folder` upward, up to the repository's top.

    `specs` are the paths of the project's environment files. None when there is no
    configuration; one that can not be read says why.
    """
    for home in upward(tools, folder):
        for name in DEPENDABOT_FILES:
            path = posixpath.normpath(posixpath.join(home, name))
            if tools.files.kind(path) is not FileKind.MISSING:
                folders = {spec: github_folder(tools, home, spec) for spec in specs}
                return _read(tools, path, folders)
    return None


def github_folder(tools: Tools, home: str, path: str) -> str:
    """The folder of `path` as GitHub writes it: from `home`, with a slash in front."""
    here = tools.files.absolute(posixpath.dirname(path) or ".")
    relative = posixpath.relpath(here, tools.files.absolute(home))
    return "/" if relative == "." else f"/{relative}"


def _read(tools: Tools, path: str, folders: dict[str, str]) -> "Dependabot":
    from envtool.domain.dependabot import Dependabot, read_updates

    try:
        text = tools.files.read(path, _LIMIT).decode("utf-8", "replace")
    except EnvtoolError as error:
        return Dependabot(path, (), folders, problem=Violation(error.message, Place(path)))
    lines = tuple(text.splitlines())
    try:
        updates, place = read_updates(tools.yaml.parse(text, path), path)
    except YamlError as error:
        problem = Violation(error.message, error.place, fix=error.hint)
        return Dependabot(path, lines, folders, problem=problem)
    return Dependabot(path, lines, folders, updates, place)
