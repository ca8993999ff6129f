"""The door to rattler's installer: packages are fetched, checked, and linked into a stage.

Everything comes through a cache of our own, so that all that is in it was extracted from an
archive with the right SHA-256. rattler checks that hash for what it downloads, and not for
folders: there it is done here. What says which files a package has (`info/paths.json`) is
remembered by its own hash, and with that rattler hashes every file again before it is linked.
"""

import asyncio
import json
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from envtool.adapters.archive_sources import check_archive, digest, located, named
from envtool.adapters.cache_use import using
from envtool.adapters.caches import INFO, KNOWN, PACKAGES
from envtool.adapters.prefix_places import replace
from envtool.adapters.rattler_counter import Counter
from envtool.adapters.rattler_records import handle
from envtool.adapters.writing import ANOTHER_CACHE, UNCHANGED, writing
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.solving import CondaRecord
from envtool.errors import ToolError, UnavailableError
from envtool.ports_installing import Gone, Kept, Linked, Linking, Progress

if TYPE_CHECKING:
    from rattler import PackageCache, RepoDataRecord
    from rattler.config import Config

    from envtool.adapters.conda_archives import CondaArchives
    from envtool.adapters.rattler_client import Connection


class RattlerInstaller:
    """The port `Installer` on py-rattler; `folder` is the cache of envtool."""

    def __init__(
        self, connection: "Connection", folder: str, archives: "Callable[[], CondaArchives]"
    ) -> None:
        self._connection = connection
        self._archives = archives
        self._packages = os.path.join(folder, PACKAGES)
        self._known = os.path.join(folder, KNOWN)
        # Layers come one by one, from the same channels.
        self._client = cache(connection.client)

    def forget(self, records: Sequence[CondaRecord]) -> None:
        """See `ports.Installer.forget`."""
        for each in records:
            shutil.rmtree(self._extracted(each), ignore_errors=True)
            with writing(self._known, UNCHANGED, ANOTHER_CACHE), suppress(FileNotFoundError):
                os.unlink(self._note(each))

    def link(self, wanted: Linking, progress: Progress) -> Linked:
        """See `ports.Installer.link`."""
        with using(self._packages):
            return self._link(wanted, progress)

    def _link(self, wanted: Linking, progress: Progress) -> Linked:
        for folder in (self._packages, self._known):
            with writing(folder, UNCHANGED, ANOTHER_CACHE):
                os.makedirs(folder, exist_ok=True)
        missing = [each for each in wanted.new if not self._is_known(each)]
        stored = self._stored(missing, wanted.channels)
        sources = {each.url: located(each, wanted.channels) for each in wanted.records} | stored
        self._check_missing([each for each in missing if each.url not in stored], sources)
        self.forget(missing)
        counter = Counter(progress, len(wanted.new))
        found = {self._extracted(each): _stamp(self._extracted(each)) for each in wanted.new}
        try:
            self._install(wanted, sources, counter)
        except (UnavailableError, ToolError):
            # What is damaged in the cache is fetched anew, and may be nowhere but in the store.
            again = self._stored(
                [each for each in wanted.records if each.url not in stored], wanted.channels
            )
            if not again:
                raise
            self.forget([each for each in wanted.records if each.url in again])
            self._install(wanted, sources | again, counter)
            stored |= again
        new = {each.url for each in missing} | stored.keys()
        known = [each for each in wanted.new if each.url not in new]
        self._check_healed(known, sources | stored)
        for each in wanted.records:
            if each.url in new:
                self._remember(each)
        fetched = [each for each in wanted.new if each.url in new and each.url not in stored]
        hits = [each for each in wanted.new if each.url not in new]
        return Linked(
            hits=len(hits),
            fetched=len(fetched),
            downloaded=counter.downloaded,
            stored=len(wanted.new) - len(hits) - len(fetched),
            # A folder that is new was extracted, and nobody hashed its files after that.
            hashed=tuple(path for path, stamp in found.items() if stamp and stamp == _stamp(path)),
        )

    def keep(
        self,
        records: Sequence[CondaRecord],
        channels: tuple[ResolvedChannel, ...],
        progress: Progress,
    ) -> Kept:
        """See `ports.Installer.keep`."""
        with using(self._packages):
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

    def lists(self, records: Sequence[CondaRecord]) -> tuple[str, ...]:
        """See `ports.Installer.lists`."""
        return tuple(os.path.join(self._extracted(each), INFO[0]) for each in records)

    def publish(self, records: Sequence[CondaRecord], stage: str) -> None:
        """See `ports.Installer.publish`."""
        for each in records:
            path = os.path.join(stage, "conda-meta", "-".join(each.key) + ".json")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            if f'"url": {json.dumps(each.url)}' in text:
                continue
            data: Any = json.loads(text)
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

    def _check_healed(self, known: Sequence[CondaRecord], sources: dict[str, str]) -> None:
        """Hash the archive of what is another package now; raises as `link`.

        What is damaged in the cache rattler extracts anew, from whatever stands where it came from.
        """
        healed = [each for each in known if not self._is_known(each)]
        try:
            self._check_missing(healed, sources)
        except BaseException:
            self.forget(healed)
            raise
        for each in healed:
            self._remember(each)

    def _install(self, wanted: Linking, sources: dict[str, str], counter: "Counter") -> None:
        from rattler import install

        async def run() -> None:
            await install(
                [_sourced(each, sources[each.url]) for each in wanted.records],
                wanted.stage,
                alternative_target_prefix=wanted.final,
                package_cache=self._cache(),
                config=_without_links() if wanted.copies else None,
                client=self._client(wanted.channels),
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
            from envtool.adapters.rattler_install_errors import explained, unwritten

            if (broken := unwritten(error, (wanted.stage, self._packages))) is not None:
                with writing(broken.filename, UNCHANGED):
                    raise broken from None
            raise explained(error, wanted.channels) from None

    def _cache(self) -> "PackageCache":
        from rattler.package_cache import PackageCache, ValidationMode

        return PackageCache.new_layered([self._packages], validation_mode=ValidationMode.full())

    def _extracted(self, record: CondaRecord) -> str:
        return os.path.join(self._packages, "-".join(record.key))

    def _note(self, record: CondaRecord) -> str:
        return os.path.join(self._known, f"{record.sha256 or record.md5}.json")

    def _is_known(self, record: CondaRecord) -> bool:
        """Whether the cache has the package of this very archive, with the lists that it had."""
        try:
            with open(self._note(record), "rb") as file:
                noted = json.load(file)
            return all(noted[name] == found for name, found in self._lists(record).items())
        except (OSError, ValueError, TypeError, KeyError):
            return False

    def _remember(self, record: CondaRecord) -> None:
        with suppress(OSError):
            noted = {"package": "-".join(record.key), **self._lists(record)}
            replace(self._note(record), json.dumps(noted).encode())

    def _lists(self, record: CondaRecord) -> dict[str, str]:
        folder = self._extracted(record)
        return {name: digest(os.path.join(folder, name)) for name in INFO}


def _stamp(folder: str) -> tuple[int, int] | None:
    """What tells a folder from one that takes its place; None when there is none."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return (found.st_ino, found.st_ctime_ns)


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
