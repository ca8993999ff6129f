"""Finds environment files by what stands in them, whatever they are called."""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.adoption import reads_as_spec
from envtool.domain.results import Failure, Skip
from envtool.domain.specs import Role
from envtool.errors import UnreadableError
from envtool.ports import Tools
from envtool.workflows.finder import is_no_spec_name
from envtool.workflows.projects import folders_below
from envtool.workflows.spec_files import SPEC_LIMIT, SpecFile, load_spec

_DEPENDENCIES = re.compile(rb"^dependencies[ \t]*:", re.MULTILINE)


class Searched(NamedTuple):
    """What was found below a folder: environment files, and what looked like one."""

    paths: tuple[str, ...]
    failures: tuple[Failure, ...]
    skipped: tuple[Skip, ...]


def search_specs(tools: Tools, folder: str) -> Searched:
    """Every environment file in `folder` and below; paths are relative as `folder` is."""
    found: list[str] = []
    failures: list[Failure] = []
    skipped: list[Skip] = []
    for path in _yaml_files(tools, folder):
        outcome = load_spec(tools, SpecFile(path, Role.PRODUCTION))
        if outcome.failure is not None:
            failures.append(outcome.failure)
            skipped.append(Skip(path, "can not be read as an environment file"))
        elif outcome.spec is None:
            continue
        elif not path.isprintable():
            skipped.append(Skip(path, "a policy can not name it"))
        elif reads_as_spec(tools.yaml.parse("\n".join(outcome.spec.lines), path)):
            found.append(path)
    return Searched(tuple(found), tuple(failures), tuple(skipped))


def _yaml_files(tools: Tools, folder: str) -> Iterator[str]:
    """YAML files with a key `dependencies`, in the order of their folders."""
    for each in folders_below(tools, folder):
        for name in tools.files.names(each):
            is_yaml = name.endswith((".yml", ".yaml"))
            path = posixpath.normpath(posixpath.join(each, name))
            if is_yaml and not is_no_spec_name(name):
                try:
                    data = tools.files.read(path, SPEC_LIMIT)
                except UnreadableError:
                    continue
                if _DEPENDENCIES.search(data):
                    yield path
