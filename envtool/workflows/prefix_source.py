"""What is installed in another prefix, to be built afresh: a way out of one that is broken."""

import re

from envtool.domain.environments import PRODUCTION
from envtool.domain.solving import CondaRecord
from envtool.errors import EnvtoolError, UsageError
from envtool.ports import Tools
from envtool.workflows.install_home import Home, channels_of
from envtool.workflows.install_source import Source

# A record is called by name, version and build.
_LABEL = re.compile(r"([a-z0-9_][a-z0-9_.-]*)-[^-]+-[^-]+")
_SECONDS = 60.0


def prefix_source(tools: Tools, home: Home, prefix: str) -> Source:
    """What is installed in another prefix, conflicts and all; raises `UnreadableError`.

    Of a record that can not be read the name of its file says which package it was: where a
    channel of the others has that very build, it is taken. Of pip packages nobody knows anymore
    where they came from: they are lost.
    """
    found = tools.prefixes().inventory(prefix, whole=False)
    if not found.conda:
        raise UsageError(
            f"`{prefix}` is no environment", hints=("name one that conda, mamba or pixi made",)
        )
    unknown = [each for each in found.conda if not (each.url and (each.sha256 or each.md5))]
    conda = tuple(each for each in found.conda if each not in unknown)
    source = Source(
        origin=f"prefix {prefix}",
        lock="",
        revision="",
        channels=tuple(dict.fromkeys(each.channel for each in conda)),
        conda=conda,
        pip=(),
        environment=PRODUCTION,
    )
    again = {"-".join(each.key): each for each in _offered(tools, home, source, found.unread)}
    lost = [each for each in found.unread if each not in again]
    pip = (f"{each.name} (pip)" for each in found.pip)
    names = ", ".join(f"`{each}`" for each in again)
    told = (f"taken from the channel, for the record of it can not be read: {names}",)
    return source._replace(
        conda=(*conda, *again.values()),
        lost=(*lost, *(each.name for each in unknown), *pip),
        notes=told if again else (),
    )


def _offered(
    tools: Tools, home: Home, source: Source, labels: tuple[str, ...]
) -> tuple[CondaRecord, ...]:
    """The very builds `labels` of the channels of `source`; none where nobody can be asked."""
    names = [found[1] for each in labels if (found := _LABEL.fullmatch(each))]
    try:
        platform = tools.desk().platform()
        offered = tools.solver().listed(
            channels_of(tools, home, source), platform, sorted(names), _SECONDS
        )
    except EnvtoolError:
        return ()
    return tuple(each for each in offered if "-".join(each.key) in labels)
