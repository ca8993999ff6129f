"""One door to each outside thing; nobody else names a concrete adapter."""

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from envtool.ports import Tools
from envtool.ports_running import RunTools

if TYPE_CHECKING:
    from envtool.adapters.archives import ArchiveStore
    from envtool.adapters.conda_archives import CondaArchives
    from envtool.adapters.disk import Disk
    from envtool.adapters.downloads import Downloads
    from envtool.adapters.rattler_client import Connection
    from envtool.adapters.wheels import LockedWheels
    from envtool.domain.auditing.sources import Sources
    from envtool.ports import Changes, Desk, Yaml
    from envtool.ports_auditing import (
        Advisories,
        AdvisoryDatabase,
        Attestations,
        PackageCaches,
        ProjectIndex,
        Webhook,
    )
    from envtool.ports_caching import Cache
    from envtool.ports_deploying import Daemons
    from envtool.ports_exporting import BillWriter, Bundles
    from envtool.ports_inspecting import Inspector
    from envtool.ports_installing import ByteCode, DemoTools, Installer, Wheels
    from envtool.ports_prefixes import Prefixes
    from envtool.ports_running import Processes
    from envtool.ports_solving import LockEngine, PipSolver, Solver
    from envtool.ports_testing import Repository, Trials


def connect(*, offline: bool = False) -> Tools:
    """The real doors; those that load slowly open when they are called.

    With `offline` solvers and installers take what was fetched before, and nothing else.
    """
    from envtool.adapters.disk import Disk
    from envtool.adapters.git import GitProcess
    from envtool.adapters.shipped import ShippedLists
    from envtool.adapters.yaml_events import EventYaml

    files, yaml = Disk(), EventYaml()
    desk = cache(partial(_desk, files, yaml, offline=offline))
    return Tools(
        files=files,
        git=GitProcess(),
        yaml=yaml,
        shipped=ShippedLists(),
        desk=desk,
        solver=cache(partial(_solver, desk)),
        pip=cache(partial(_pip, desk)),
        changes=cache(partial(_changes, files)),
        engine=cache(_engine),
        bills=cache(_bills),
        bundles=cache(partial(_bundles, desk)),
        installer=cache(partial(_installer, desk)),
        prefixes=cache(_prefixes),
        inspector=cache(_inspector),
        wheels=cache(partial(_wheels, desk)),
        byte_code=cache(_byte_code),
        attestations=cache(partial(_attestations, desk)),
        advisories=cache(partial(_advisories, desk)),
        advisory_database=cache(partial(_advisory_database, desk)),
        package_caches=cache(partial(_package_caches, desk)),
        project_index=cache(partial(_project_index, desk)),
        processes=cache(_processes),
        trials=cache(_trials),
        repository=cache(_repository),
        daemons=cache(_daemons),
        cache=cache(_own_cache),
    )


def connect_run() -> RunTools:
    """The doors of `envtool run`, which is started often: the others open when they are needed."""
    from envtool.adapters.disk import Disk

    return RunTools(files=Disk(), processes=_processes(), tools=cache(connect))


def connect_demo() -> "DemoTools":
    """The doors of `envtool demo`."""
    from envtool.adapters.demo import DemoStage
    from envtool.adapters.disk import Disk
    from envtool.ports_installing import DemoTools

    return DemoTools(Disk(), DemoStage())


def peak_memory() -> int:
    """The most memory that this run has taken so far, in bytes; 0 where nobody knows."""
    from envtool.adapters.memory import peak_memory

    return peak_memory()


def connect_webhook() -> "Webhook":
    """The door to the server that `envtool audit --webhook` tells."""
    from envtool.adapters.rattler_network import Network
    from envtool.adapters.webhook import HttpWebhook

    desk = connect().desk()
    machine = desk.machine("/")
    return HttpWebhook(Network(machine.settings, machine.variables), desk.credentials())


def _desk(files: "Disk", yaml: "Yaml", *, offline: bool) -> "Desk":
    from envtool.adapters.desk import UserDesk
    from envtool.adapters.user import User

    return UserDesk(files, yaml, User.here(), offline=offline)


def _connection(desk: Callable[[], "Desk"]) -> "Connection":
    from envtool.adapters.rattler_client import Connection
    from envtool.adapters.rattler_network import Network

    machine = desk().machine("/")
    settings = machine.settings
    # conda's limit is on the time without a byte; rattler has one for the whole request.
    seconds = round(settings.remote_read_timeout_secs.value * 5)
    return Connection(
        network=Network(settings, machine.variables),
        retries=settings.remote_max_retries.value,
        seconds=max(seconds, 1),
        offline=settings.offline.value,
    )


def _solver(desk: Callable[[], "Desk"]) -> "Solver":
    from envtool.adapters.rattler_solver import RattlerSolver

    return RattlerSolver(_connection(desk))


def _pip(desk: Callable[[], "Desk"]) -> "PipSolver":
    from envtool.adapters.uv import UvResolver

    return UvResolver(offline=desk().machine("/").settings.offline.value)


def _changes(files: "Disk") -> "Changes":
    from envtool.adapters.changes import ProjectChanges

    return ProjectChanges(files)


def _engine() -> "LockEngine":
    from envtool.adapters.conda_lock import CondaLock

    return CondaLock()


def _bills() -> "BillWriter":
    from envtool.adapters.cyclonedx import CycloneDx

    return CycloneDx()


def _bundles(desk: Callable[[], "Desk"]) -> "Bundles":
    from envtool.adapters.bundles import TarBundles

    return TarBundles(_store(), _archives(desk), _locked_wheels(desk))


def _installer(desk: Callable[[], "Desk"]) -> "Installer":
    from envtool.adapters.rattler_installer import RattlerInstaller

    return RattlerInstaller(_connection(desk), _cache(), cache(partial(_archives, desk)))


def _archives(desk: Callable[[], "Desk"]) -> "CondaArchives":
    from envtool.adapters.conda_archives import CondaArchives

    return CondaArchives(_store(), _downloads(desk), offline=_is_offline(desk))


def _store() -> "ArchiveStore":
    from envtool.adapters.archives import ArchiveStore
    from envtool.adapters.caches import archives_root
    from envtool.adapters.user import User

    return ArchiveStore(archives_root(User.here()))


def _attestations(desk: Callable[[], "Desk"]) -> "Attestations":
    from envtool.adapters.attestations import RattlerAttestations

    return RattlerAttestations(_connection(desk), _cache())


def _package_caches(desk: Callable[[], "Desk"]) -> "PackageCaches":
    from envtool.adapters.package_caches import UnpackedPackages, cache_folders
    from envtool.adapters.user import User

    settings = desk().machine("/").settings
    own = f"{_cache()}/packages"
    return UnpackedPackages((own, *cache_folders(User.here(), settings.pkgs_dirs)))


def _project_index(desk: Callable[[], "Desk"], url: str) -> "ProjectIndex":
    from envtool.adapters.project_index import SimpleIndex

    return SimpleIndex(_downloads(desk), url, offline=_is_offline(desk))


def _prefixes() -> "Prefixes":
    from envtool.adapters.prefixes import InstalledPrefixes

    return InstalledPrefixes()


def _inspector() -> "Inspector":
    from envtool.adapters.prefix_files import PrefixInspector

    return PrefixInspector()


def _downloads(desk: Callable[[], "Desk"]) -> "Downloads":
    from envtool.adapters.downloads import Downloads, Web
    from envtool.adapters.index_credentials import IndexCredentials
    from envtool.adapters.rattler_network import Network

    machine = desk().machine("/")
    settings = machine.settings
    web = Web(
        network=Network(settings, machine.variables),
        credentials=IndexCredentials(machine.variables, desk().credentials()),
        retries=settings.remote_max_retries.value,
        connect=settings.remote_connect_timeout_secs.value,
        read=settings.remote_read_timeout_secs.value,
    )
    return Downloads(web)


def _is_offline(desk: Callable[[], "Desk"]) -> bool:
    return desk().machine("/").settings.offline.value


def _wheels(desk: Callable[[], "Desk"]) -> "Wheels":
    return _locked_wheels(desk)


def _locked_wheels(desk: Callable[[], "Desk"]) -> "LockedWheels":
    from envtool.adapters.caches import packages_folder
    from envtool.adapters.wheels import LockedWheels

    folder = packages_folder(_cache())
    return LockedWheels(_store(), _downloads(desk), offline=_is_offline(desk), cache=folder)


def _advisories(desk: Callable[[], "Desk"], sources: "Sources") -> "Advisories":
    from envtool.adapters.advisory_database import DatabaseAdvisories
    from envtool.adapters.caches import advisories_folder, advisories_path
    from envtool.domain.auditing.sources import Engine
    from envtool.errors import UsageError

    cache = _cache()
    database = DatabaseAdvisories(advisories_path(cache, sources))
    if _is_offline(desk):
        if sources.engine is Engine.PIP_AUDIT:
            raise UsageError(
                "pip-audit has to ask PyPI, and this is offline",
                hints=("leave out `--engine`: envtool looks up the same in its database",),
            )
        return database
    from envtool.adapters.online_advisories import OnlineAdvisories, reach

    folder = advisories_folder(cache)
    return OnlineAdvisories(reach(_downloads(desk), sources, database, folder))


def _advisory_database(desk: Callable[[], "Desk"], sources: "Sources") -> "AdvisoryDatabase":
    from envtool.adapters.advisory_update import FetchedDatabase
    from envtool.adapters.caches import advisories_path

    path = advisories_path(_cache(), sources)
    return FetchedDatabase(path, sources, _downloads(desk), offline=_is_offline(desk))


def _byte_code() -> "ByteCode":
    from envtool.adapters.byte_code import LinkedByteCode

    return LinkedByteCode(_cache())


def _processes() -> "Processes":
    import sys

    from envtool.adapters.processes import BecomingProcess, WaitingProcess

    return WaitingProcess() if sys.platform == "win32" else BecomingProcess()


def _trials() -> "Trials":
    from envtool.adapters.trials import WatchedTrials

    return WatchedTrials()


def _daemons() -> "Daemons":
    from envtool.adapters.daemons import KeptDaemons

    return KeptDaemons()


def _repository() -> "Repository":
    from envtool.adapters.git_repository import GitRepository

    return GitRepository()


def _own_cache() -> "Cache":
    from envtool.adapters.caches import archives_root
    from envtool.adapters.folder_cache import FolderCache
    from envtool.adapters.user import User

    return FolderCache(_cache(), archives_root(User.here()))


def _cache() -> str:
    from envtool.adapters.caches import cache_root
    from envtool.adapters.user import User

    return cache_root(User.here())
