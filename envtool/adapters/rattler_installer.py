"""The door to rattler's installer: packages are fetched, checked, and linked into a stage.

Everything comes through a cache of our own, so that all that is in it was extracted from an
archive with the right SHA-256. rattler checks that hash for what it downloads, and not for
folders: there it is done here. What says which files a package has (`info/paths.json`) is
remembered by its own hash, and with that rattler hashes every file again before it is linked.
"""

import asyncio
import errno
import json
import os
import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from envtool.adapters.archive_sources import check_archive, digest, located, named
from envtool.adapters.prefix_places import replace
from envtool.adapters.rattler_records import handle
from envtool.adapters.writing import UNCHANGED, writing
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.solving import CondaRecord
from envtool.errors import IntegrityError, ToolError, UnavailableError
from envtool.ports_installing import Gone, Kept, Linked, Linking, Progress

if TYPE_CHECKING:
    from rattler import PackageCache, RepoDataRecord
    from rattler.config import Config

    from envtool.adapters.conda_archives import CondaArchives
    from envtool.adapters.rattler_client import Connection

_KNOWN = "known"
# As Rust ends the text of an error of the system.
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})
_NO_ROOM = 1 << 15
# An archive that is another one, or none at all.
_DAMAGED = re.compile(r"hash mismatch|checksum|invalid zip|zstd|bzip2|corrupt", re.IGNORECASE)
_INFO = ("info/paths.json", "info/index.json")


class RattlerInstaller:
    """The port `Installer` on py-rattler; `folder` is the cache of envtool."""

    def __init__(
        self, connection: "Connection", folder: str, archives: "Callable[[], CondaArchives]"
    ) -> None:
        self._connection = connection
        self._archives = archives
        self._packages = os.path.join(folder, "packages")
        self._known = os.path.join(folder, _KNOWN)

    def forget(self, records: Sequence[CondaRecord]) -> None:
        """See `ports.Installer.forget`."""
        for each in records:
            shutil.rmtree(self._extracted(each), ignore_errors=True)
            with suppress(FileNotFoundError):
                os.unlink(self._note(each))

    def link(self, wanted: Linking, progress: Progress) -> Linked:
        """See `ports.Installer.link`."""
        missing = [each for each in wanted.new if not self._is_known(each)]
        stored = self._stored(missing, wanted.channels)
        sources = {each.url: located(each, wanted.channels) for each in wanted.records} | stored
        self._check_missing([each for each in missing if each.url not in stored], sources)
        self.forget(missing)
        counter = _Counter(progress, len(wanted.new))
        self._install(wanted, sources, counter)
        for each in missing:
            self._remember(each)
        hits = len(wanted.new) - len(missing)
        return Linked(hits, len(missing) - len(stored), counter.downloaded, len(stored))

    def keep(
        self,
        records: Sequence[CondaRecord],
        channels: tuple[ResolvedChannel, ...],
        progress: Progress,
    ) -> Kept:
        """See `ports.Installer.keep`."""
        return self._archives().keep(records, channels, progress)

    def gone(self, records: Sequence[CondaRecord], channels: tuple[ResolvedChannel, ...]) -> Gone:
        """See `ports.Installer.gone`."""
        missing = [each for each in records if not self._is_known(each)]
        archives = self._archives()
        unkept = [each for each in missing if archives.url(each, channels) is None]
        found = archives.gone(unkept, channels)
        return Gone(found, tuple(each for each in found if archives.is_spoiled(each)))

    def _stored(
        self, records: Sequence[CondaRecord], channels: tuple[ResolvedChannel, ...]
    ) -> dict[str, str]:
        """Where the archives of `records` are that were kept; by their URL."""
        if not records:
            return {}
        archives = self._archives()
        with ThreadPoolExecutor() as pool:
            found = pool.map(lambda each: archives.url(each, channels), records)
            return {each.url: url for each, url in zip(records, found, strict=True) if url}

    def publish(self, records: Sequence[CondaRecord], stage: str) -> None:
        """See `ports.Installer.publish`."""
        for each in records:
            path = os.path.join(stage, "conda-meta", "-".join(each.key) + ".json")
            with open(path, encoding="utf-8") as file:
                data: Any = json.load(file)
            if data["url"] != each.url:
                data["url"], data["channel"] = each.url, f"{each.channel}/"
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(data, file, indent=2)

    def _check_missing(self, missing: Sequence[CondaRecord], sources: dict[str, str]) -> None:
        """Hash what rattler does not, and look whether it is there; raises as `link`."""
        local = [each for each in missing if sources[each.url].startswith("file:")]
        if self._connection.offline and len(local) < len(missing):
            away = next(each for each in missing if not sources[each.url].startswith("file:"))
            raise UnavailableError(
                f"`{named(away)}` was not fetched before, and this is offline",
                hints=("fetch it once: the same command without `--offline`",),
            )
        with ThreadPoolExecutor() as pool:
            # The first that is wrong ends it.
            list(pool.map(lambda each: check_archive(each, sources[each.url]), local))

    def _install(self, wanted: Linking, sources: dict[str, str], counter: "_Counter") -> None:
        from rattler import install

        from envtool.adapters.rattler_errors import translated

        async def run() -> None:
            await install(
                [_sourced(each, sources[each.url]) for each in wanted.records],
                wanted.stage,
                alternative_target_prefix=wanted.final,
                package_cache=self._cache(),
                config=_without_links() if wanted.copies else None,
                client=self._connection.client(wanted.channels),
                # They would see the stage, and not the prefix.
                execute_link_scripts=False,
                show_progress=False,
                reporter=counter,  # type: ignore[arg-type] # rattler takes what has the methods
            )

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                asyncio.run(run())
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of rattler is no Exception
            if (broken := _unwritten(error, wanted.stage)) is not None:
                with writing(wanted.stage, UNCHANGED):
                    raise broken from None
            raise _explained(
                error, translated(error, tuple(each.url for each in wanted.channels))
            ) from None

    def _cache(self) -> "PackageCache":
        from rattler.package_cache import PackageCache, ValidationMode

        os.makedirs(self._packages, exist_ok=True)
        return PackageCache.new_layered([self._packages], validation_mode=ValidationMode.full())

    def _extracted(self, record: CondaRecord) -> str:
        return os.path.join(self._packages, "-".join(record.key))

    def _note(self, record: CondaRecord) -> str:
        return os.path.join(self._known, f"{record.sha256 or record.md5}.json")

    def _is_known(self, record: CondaRecord) -> bool:
        """Whether the cache has the package of this very archive, with the lists that it had."""
        try:
            with open(self._note(record), "rb") as file:
                return bool(json.load(file) == self._lists(record))
        except (OSError, ValueError):
            return False

    def _remember(self, record: CondaRecord) -> None:
        with suppress(OSError):
            replace(self._note(record), json.dumps(self._lists(record)).encode())

    def _lists(self, record: CondaRecord) -> dict[str, str]:
        folder = self._extracted(record)
        return {name: digest(os.path.join(folder, name)) for name in _INFO}


class _Counter:
    """Hears from rattler how far it is."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._bytes: dict[int, int] = {}

    @property
    def downloaded(self) -> int:
        """The bytes that came over the network, or from another folder."""
        return sum(self._bytes.values())

    def on_download_progress(self, download: int, done: int, _total: int | None) -> None:
        self._bytes[download] = done
        self._progress("fetch", self._done, self._total, self.downloaded)

    def on_link_complete(self, _token: int) -> None:
        self._done += 1
        self._progress("link", self._done, self._total, 0)

    def __getattr__(self, name: str) -> Callable[..., int]:
        if name.startswith("on_"):
            return lambda *_: 0
        raise AttributeError(name)


def _without_links() -> "Config":
    from rattler.config import Config

    config = Config()
    config.set("allow-hard-links", "false")
    config.set("allow-symbolic-links", "false")
    return config


def _sourced(record: CondaRecord, url: str) -> "RepoDataRecord":
    from rattler import RepoDataRecord

    known = handle(record)
    if url == record.url:
        return known
    return RepoDataRecord(known, known.file_name, url, known.channel)


def _unwritten(error: BaseException, stage: str) -> OSError | None:
    """The error of the system, where it is the disk that could not be written to."""
    found = _OS_ERROR.search(_texts(error))
    if found is not None and int(found[1]) in _WRITING:
        return OSError(int(found[1]), os.strerror(int(found[1])))
    # What was cut short by a full disk rattler then can not read.
    if shutil.disk_usage(stage).free < _NO_ROOM:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None


def _texts(error: BaseException | None) -> str:
    return "" if error is None else f"{error} {_texts(error.__cause__)}"


def _explained(error: BaseException, known: Exception | None) -> Exception:
    from envtool.adapters.rattler_errors import plain

    text = plain(str(error))
    if _DAMAGED.search(text):
        return IntegrityError(
            f"a package is not what was locked: {text.splitlines()[0]}",
            hints=("take it from where it is whole, or ask whoever keeps that channel",),
        )
    return known or ToolError(
        f"rattler could not install: {text}", hints=("look at what `--debug` shows",)
    )
