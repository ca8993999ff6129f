"""The project that an environment is installed for, as far as installing depends on it.

Environment files that can not be read are no reason not to recover: the lock says what there is.
"""

import posixpath
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from envtool.domain.channel_resolver import (
    ChannelRules,
    ResolvedChannel,
    named_channels,
    resolve_channels,
)
from envtool.domain.findings import Place
from envtool.domain.policy.model import Policy
from envtool.domain.project import Project
from envtool.domain.specs import Entry, Spec
from envtool.errors import EnvtoolError, UsageError
from envtool.ports import FileKind, Tools
from envtool.ports_prefixes import PrefixKind
from envtool.workflows.install_source import Choice, Kind, Source
from envtool.workflows.policy_files import load_policy
from envtool.workflows.prefixes import Where
from envtool.workflows.projects import Target, find_targets, locked_files
from envtool.workflows.spec_files import LOCK_FILE, SpecFile, load_spec

_OF_PROJECTS = {Kind.LOCK, Kind.CANDIDATE, Kind.GENERATION}


class Home(NamedTuple):
    """A project.

    Attributes:
        folder: where its lock is.
        project: the layers that its policy knows.
        channels: those of its environment files.
        files: those, by their names relative to the folder.
        specs: what those of them say that can be read.
        lost: why there is no project; the folder stands for one then.
    """

    folder: str
    project: Project
    channels: tuple[Entry, ...] = ()
    files: tuple[str, ...] = ()
    specs: tuple[Spec, ...] = ()
    lost: EnvtoolError | None = None

    def layer(self, source: Source, name: str) -> str:
        """The layer that a package is installed with."""
        is_development = name in source.development
        return "development" if is_development else self.project.runtime_layer(name)


def find_home(tools: Tools, folder: str) -> Home:
    """The project around `folder`, or the folder itself.

    Raises `EnvtoolError` when its policy is broken, `UsageError` when there is no such folder.
    """
    lost = None
    if tools.files.kind(folder) is FileKind.MISSING:
        raise UsageError(f"`{folder}` does not exist", hints=("name the folder of a project",))
    try:
        target = find_targets(tools, (folder,), recursive=False)[0]
    except EnvtoolError as error:
        target, lost = Target(folder, folder), error
    policy = load_policy(tools, target.home, None, None).policy
    project = Project(
        root=target.home, specs=(), policy=policy, catalog=tools.shipped.catalog(), today=date.min
    )
    files = _files(tools, target, policy)
    specs = tuple(_specs(tools, files))
    return Home(
        target.folder,
        project,
        # A lock has no credentials.
        tuple(channel for each in specs for channel in named_channels(each.channels)),
        tuple(posixpath.relpath(each.path, target.folder) for each in files),
        specs,
        lost,
    )


def check_home(tools: Tools, home: Home, where: Where, prefix: str) -> None:
    """Raises `EnvtoolError` where there is neither a project, nor a prefix or its past."""
    if home.lost is None or where.prefix is not None or where.name is not None:
        return
    prefixes = tools.prefixes()
    is_there = prefixes.kind(prefix) is not PrefixKind.MISSING
    if not (is_there or prefixes.generations(prefix) or prefixes.broken(prefix)):
        raise home.lost


def check_source_home(tools: Tools, home: Home, where: Where, prefix: str, choice: Choice) -> None:
    """As `check_home`, where what is to be installed is in a project, too."""
    has_lock = tools.files.kind(posixpath.join(home.folder, LOCK_FILE)) is not FileKind.MISSING
    if choice.kind in _OF_PROJECTS and not has_lock:
        check_home(tools, home, where, prefix)


def _files(tools: Tools, target: Target, policy: Policy) -> tuple[SpecFile, ...]:
    try:
        return locked_files(tools, target, policy)
    except EnvtoolError:
        return ()


def _specs(tools: Tools, files: tuple[SpecFile, ...]) -> Iterator[Spec]:
    """The environment files that can be read."""
    for file in files:
        spec = load_spec(tools, file).spec
        if spec is not None:
            yield spec


def check_source(tools: Tools, home: Home, source: Source) -> tuple[str, ...]:
    """What there is to tell of who signed `source`, where the policy asks for that.

    Raises `EnvtoolError` when it requires signatures that are not there.
    """
    policy = home.project.policy
    if not policy.signatures:
        return ()
    from envtool.workflows.signatures import check_signatures

    channels = channels_of(tools, home, source)
    return check_signatures(tools, home.folder, policy, source.conda, channels)


def channels_of(tools: Tools, home: Home, source: Source) -> tuple[ResolvedChannel, ...]:
    """Who serves the packages of `source`, as the settings of this machine have it.

    Raises `EnvtoolError` when a channel is not allowed, or settings can not be read.
    """
    desk = tools.desk()
    machine = desk.machine(tools.files.absolute(home.folder))
    policy = home.project.policy
    rules = ChannelRules(allowed=policy.allowed_channels, mirrors=policy.mirrors)
    find = desk.credentials().find
    urls = tuple(dict.fromkeys(each.channel for each in source.conda))
    found: tuple[ResolvedChannel, ...] = ()
    for entry in home.channels:
        resolved = resolve_channels((entry,), machine, rules, find)
        found += tuple(each for each in resolved if each.url in urls)
    for name in (*source.channels, *urls):
        if not any(name in {each.url, each.name} for each in found):
            entry = Entry(name, Place(source.origin))
            found += resolve_channels((entry,), machine, rules, find)
    return found
