"""One door to each outside thing; nobody else names a concrete adapter."""

from functools import cache
from typing import TYPE_CHECKING

from envtool.ports import Tools

if TYPE_CHECKING:
    from envtool.ports import Changes, Desk, PipSolver, Prefixes, Solver


def connect(*, offline: bool = False) -> Tools:
    """The real doors; those that load slowly open when they are called.

    With `offline` solvers read what was fetched before, and nothing else.
    """
    from envtool.adapters.disk import Disk
    from envtool.adapters.git import GitProcess
    from envtool.adapters.shipped import ShippedLists
    from envtool.adapters.yaml_events import EventYaml

    files, yaml = Disk(), EventYaml()

    @cache
    def desk() -> "Desk":
        from envtool.adapters.desk import UserDesk
        from envtool.adapters.user import User

        return UserDesk(files, yaml, User.here(), offline=offline)

    @cache
    def solver() -> "Solver":
        from envtool.adapters.rattler_client import Connection
        from envtool.adapters.rattler_network import Network
        from envtool.adapters.rattler_solver import RattlerSolver

        machine = desk().machine("/")
        settings = machine.settings
        # conda's limit is on the time without a byte; rattler has one for the whole request.
        seconds = round(settings.remote_read_timeout_secs.value * 5)
        return RattlerSolver(
            Connection(
                network=Network(settings, machine.variables),
                retries=settings.remote_max_retries.value,
                seconds=max(seconds, 1),
                offline=settings.offline.value,
            )
        )

    @cache
    def pip() -> "PipSolver":
        from envtool.adapters.uv import UvResolver

        return UvResolver(offline=desk().machine("/").settings.offline.value)

    @cache
    def changes() -> "Changes":
        from envtool.adapters.changes import ProjectChanges

        return ProjectChanges(files)

    @cache
    def prefixes() -> "Prefixes":
        from envtool.adapters.prefix_files import PrefixFiles

        return PrefixFiles()

    return Tools(
        files=files,
        git=GitProcess(),
        yaml=yaml,
        shipped=ShippedLists(),
        desk=desk,
        solver=solver,
        pip=pip,
        changes=changes,
        prefixes=prefixes,
    )
