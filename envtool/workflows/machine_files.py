"""Reads `virtual-packages.yml`: the machines that a `conda-lock.yml` was solved for."""

import posixpath
from dataclasses import replace

from envtool.domain.findings import Place
from envtool.domain.lock_reader import NotALockError
from envtool.domain.locks import VirtualPackage
from envtool.domain.results import Failure
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import EnvtoolError, UnreadableError
from envtool.ports import FileKind, Tools
from envtool.workflows.spec_files import SPEC_LIMIT, Outcome

MACHINE_FILE = "virtual-packages.yml"


def with_machines(tools: Tools, folder: str, outcomes: list[Outcome]) -> list[Outcome]:
    """`outcomes` with the machines in the locks that do not name any.

    A file that can not be read is one more outcome, with a failure.
    """
    path = posixpath.normpath(posixpath.join(folder, MACHINE_FILE))
    nameless = [each.lock for each in outcomes if each.lock is not None and not each.lock.machines]
    if not nameless or tools.files.kind(path) is FileKind.MISSING:
        return outcomes
    try:
        machines = load_machines(tools, path)
    except EnvtoolError as error:
        return [*outcomes, Outcome(failure=Failure.of(error, Place(path)))]
    return [
        each._replace(lock=replace(each.lock, machines=machines))
        if each.lock is not None and each.lock in nameless
        else each
        for each in outcomes
    ]


def load_machines(tools: Tools, path: str) -> dict[str, tuple[VirtualPackage, ...]]:
    """The machines of the file at `path`; raises `UnreadableError`."""
    from envtool.domain.virtual_packages import read_machines

    text = tools.files.read(path, SPEC_LIMIT).decode("utf-8", "replace")
    try:
        return read_machines(tools.yaml.parse(text, path))
    except (NotALockError, YamlError) as error:
        raise UnreadableError(
            f"`{error.place}` can not be read: {error.message}",
            hints=('write `subdirs: {linux-64: {packages: {__glibc: "2.28"}}}`',),
        ) from error
