"""One door to each outside thing; nobody else names a concrete adapter."""

from envtool.ports import Tools


def connect() -> Tools:
    """The real files, git, YAML parser and shipped lists."""
    from envtool.adapters.disk import Disk
    from envtool.adapters.git import GitProcess
    from envtool.adapters.shipped import ShippedLists
    from envtool.adapters.yaml_events import EventYaml

    return Tools(files=Disk(), git=GitProcess(), yaml=EventYaml(), shipped=ShippedLists())
