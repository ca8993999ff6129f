"""An environment in one file: `export --bundle` writes it, `recreate --bundle` takes it."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from envtool import __version__
from envtool.domain.artifacts import bundle as layout
from envtool.domain.artifacts.explicit import explicit_lists, explicit_name
from envtool.domain.artifacts.manifest import Manifest, write_manifest
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.environments import DEVELOPMENT, PRODUCTION
from envtool.domain.lock_making import MAIN
from envtool.domain.results import Json, Result
from envtool.domain.solving import CondaRecord
from envtool.errors import EnvtoolError, UnreadableError, UsageError
from envtool.ports import Tools
from envtool.ports_exporting import Cargo, Packed
from envtool.ports_installing import Progress
from envtool.workflows.artifacts import read_contents
from envtool.workflows.install_home import Home, channels_of, find_home
from envtool.workflows.install_source import Choice, Source, read_source
from envtool.workflows.lock_inputs import read_old
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.projects import find_targets
from envtool.workflows.spec_files import LOCK_FILE

_CATEGORIES = {PRODUCTION: MAIN, DEVELOPMENT: "dev"}
_SHARED = ("RECOVERY.md", "recover.sh", "recover.ps1")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """What to pack.

    Attributes:
        path: of the bundle.
        folder: of the project.
        environment: of the lock.
        platform: whose packages; empty is this machine's.
        now: the time of what is dated.
        progress: is told how far it is.
    """

    path: str
    folder: str
    environment: str
    platform: str
    now: datetime
    progress: Progress


def with_bundle(tools: Tools, request: BundleRequest, result: Result) -> Result:
    """`result` of an export that accepted nothing, and a bundle of the lock.

    Raises `EnvtoolError`; the artifacts are written then, and the bundle is not there.
    """
    root = find_targets(tools, (request.folder,), recursive=False)[0].folder
    platform = request.platform or tools.desk().platform()
    source = read_source(tools, root, Choice(), request.environment, platform)
    if source.outside:
        raise UsageError(
            f"`{source.outside[0]}` is in no archive that could be packed",
            hints=("publish it, or install it afterwards: `pip install`",),
        )
    home = find_home(tools, root)
    channels = channels_of(tools, home, source)
    program = _program(tools, channels, platform)
    cargo = Cargo(
        texts=dict(_texts(tools, request, root, home, platform)),
        records=source.conda,
        wheels=source.pip,
        program=program,
        channels=channels,
        now=request.now,
    )
    packed = tools.bundles().pack(request.path, cargo, request.progress)
    return _answer(request, result, packed, platform)


def _answer(request: BundleRequest, result: Result, packed: Packed, platform: str) -> Result:
    number = "1 package" if packed.archives == 1 else f"{packed.archives} packages"
    inside, alone = "micromamba is in it", ""
    if not packed.has_program:
        inside = "micromamba is not in it, for no channel has it"
        alone = " where a micromamba or conda is"
    use = f"`envtool recreate --bundle {request.path} --offline`"
    bundle: dict[str, Json] = {"path": request.path, "platform": platform, **packed._asdict()}
    return replace(
        result,
        headline=f"Packed `{request.path}`: {number} for {platform}, {packed.size / 1e6:.1f} MB",
        notes=(
            result.headline,
            *result.notes,
            f"SHA-256 of the bundle: {packed.sha256}",
            inside,
            f"install from it: {use}; without envtool, extract it and `sh recover.sh`{alone}",
        ),
        data={**result.data, "bundle": bundle},
    )


def _program(
    tools: Tools, channels: tuple[ResolvedChannel, ...], platform: str
) -> CondaRecord | None:
    """The newest micromamba that the channels have; None when they have none, or can not say."""
    try:
        found = tools.solver().listed(channels, platform, ("micromamba",), 60.0)
    except EnvtoolError:
        return None
    there = [each for each in found if each.subdir == platform]
    return max(there, key=lambda each: each.timestamp or 0, default=None)


def _texts(
    tools: Tools, request: BundleRequest, root: str, home: Home, platform: str
) -> Iterator[tuple[str, str]]:
    """Every text of the bundle but the indexes of its channel."""
    old = read_old(tools, root)
    assert old is not None  # noqa: S101 - its packages were read before
    lock, records = old.texts[LOCK_FILE], old.texts.get(RECORDS_FILE, "")
    contents = read_contents(tools, home.project, lock, records)
    category = _CATEGORIES.get(request.environment, request.environment)
    own = explicit_name(category, platform)
    lists = {name: text for name, text in explicit_lists(contents) if name == own}
    shared = {name: _shared(tools, root, name) for name in _SHARED}
    files = lists | {name: text for name, text in shared.items() if text}
    yield layout.METADATA, layout.metadata(platform)
    yield layout.ENVIRONMENT, layout.environment(contents.of(category, platform))
    yield LOCK_FILE, lock
    yield from ((posixpath.basename(RECORDS_FILE), each) for each in (records,) if each)
    yield from files.items()
    digests = {name: sha256(text.encode()).hexdigest() for name, text in files.items()}
    yield "manifest.json", write_manifest(Manifest(contents.digest, digests), __version__)


def _shared(tools: Tools, folder: str, name: str) -> str:
    """A script as it is shipped; the page as it is in the project."""
    if name.endswith(".md"):
        try:
            content = tools.files.read(posixpath.normpath(f"{folder}/recovery/{name}"), 1 << 24)
        except UnreadableError:
            return ""
        return content.decode("utf-8", "replace")
    return tools.shipped.template(name)


def bundle_source(
    tools: Tools, home: str, choice: Choice, environment: str, progress: Progress
) -> Source:
    """What a bundle installs; its archives are in the store then, each hashed.

    Raises `EnvtoolError`.
    """
    platform = tools.desk().platform()
    source = read_source(tools, home, choice, environment, platform)
    archives = {layout.archive_name(each.url): each.sha256 for each in source.conda}
    archives |= {layout.wheel_name(each.url): each.sha256 for each in source.pip}
    tools.bundles().admit(choice.value, archives, progress)
    return source
