"""The project that an environment is installed for, as far as installing depends on it.

Environment files that can not be read are no reason not to recover: the lock says what there is.
"""

from datetime import date
from typing import NamedTuple

from envtool.domain.channel_resolver import ChannelRules, ResolvedChannel, resolve_channels
from envtool.domain.findings import Place
from envtool.domain.project import Project
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Entry
from envtool.errors import EnvtoolError
from envtool.ports import Tools
from envtool.workflows.install_source import Source
from envtool.workflows.policy_files import load_policy
from envtool.workflows.projects import find_targets


class Home(NamedTuple):
    """A folder, and the layers and channels that its policy knows."""

    folder: str
    project: Project

    def layer(self, source: Source, name: str) -> str:
        """The layer that a package is installed with."""
        is_development = name in source.development
        return "development" if is_development else self.project.runtime_layer(name)


def find_home(tools: Tools, folder: str) -> Home:
    """The project around `folder`, or the folder itself; raises when its policy is broken."""
    try:
        home = find_targets(tools, (folder,), recursive=False)[0].home
    except EnvtoolError:
        home = folder
    policy = load_policy(tools, home, None, None).policy
    project = Project(
        root=home, specs=(), policy=policy, catalog=tools.shipped.catalog(), today=date.min
    )
    return Home(home, project)


def channels_of(tools: Tools, home: Home, source: Source) -> tuple[ResolvedChannel, ...]:
    """Who serves the packages of `source`, as the settings of this machine have it.

    Raises `EnvtoolError` when a channel is not allowed, or settings can not be read.
    """
    desk = tools.desk()
    machine = desk.machine(tools.files.absolute(home.folder))
    policy = home.project.policy
    rules = ChannelRules(allowed=policy.allowed_channels, mirrors=policy.mirrors)
    find = desk.credentials().find
    found: tuple[ResolvedChannel, ...] = ()
    for name in (*source.channels, *_more(source.conda)):
        if not any(each.url == name for each in found):
            entry = Entry(name, Place(source.origin))
            found += resolve_channels((entry,), machine, rules, find)
    return found


def _more(records: tuple[CondaRecord, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.channel for each in records))
