"""Archives of conda packages that outlive their installation, in the store that wheels are in.

rattler keeps extracted packages only. What the store has is hashed whenever it is used, and what
is wrong there is fetched anew where a channel still has it.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from envtool.adapters.archives import ArchiveStore
from envtool.adapters.downloads import Downloads
from envtool.adapters.web_messages import Address
from envtool.domain.channel_resolver import ResolvedChannel
from envtool.domain.secrets import mask
from envtool.domain.solving import CondaRecord
from envtool.errors import IntegrityError, UnavailableError, UsageError
from envtool.ports_installing import Kept, Progress

_AT_ONCE = 8
_ENDINGS = (".conda", ".tar.bz2")


class CondaArchives:
    """The archives of conda packages: in `store`, else where the channels have them."""

    def __init__(self, store: ArchiveStore, downloads: Downloads, *, offline: bool = False) -> None:
        self._store = store
        self._downloads = downloads
        self._offline = offline

    def url(self, record: CondaRecord, channels: Sequence[ResolvedChannel]) -> str | None:
        """The URL of a kept archive, all of it hashed; None when there is none that is right.

        A wrong one is fetched anew from `channels`, where one of them has it.
        """
        is_right = self._state(record)
        if is_right is False:
            is_right = self._fetch(record, channels) is not None
        return Path(self._path(record)).as_uri() if is_right else None

    def is_spoiled(self, record: CondaRecord) -> bool:
        """Whether the archive that was kept is another one."""
        return self._state(record) is False

    def keep(
        self,
        records: Sequence[CondaRecord],
        channels: Sequence[ResolvedChannel],
        progress: Progress,
    ) -> Kept:
        """See `ports.Installer.keep`."""
        wanted = [each for each in records if not self._is_there(each)]
        downloaded, missing, total = 0, [], len(wanted)
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            sizes = pool.map(lambda each: self._fetch(each, channels), wanted)
            for number, (record, size) in enumerate(zip(wanted, sizes, strict=True), 1):
                downloaded += size or 0
                missing += [record.name] if size is None else []
                progress("archives", number, total, downloaded)
        return Kept(len(records) - len(missing), downloaded, tuple(missing))

    def gone(
        self, records: Sequence[CondaRecord], channels: Sequence[ResolvedChannel]
    ) -> tuple[CondaRecord, ...]:
        """Those of `records` whose archives no channel has; one that can not be asked may."""
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            there = pool.map(lambda each: self._has(each, channels), records)
            return tuple(
                each for each, is_there in zip(records, there, strict=True) if not is_there
            )

    def _has(self, record: CondaRecord, channels: Sequence[ResolvedChannel]) -> bool:
        addresses = self._addresses(record, channels)
        if self._offline and not all(each.is_local for each in addresses):
            return True
        return any(self._downloads.has(each) for each in addresses)

    def _fetch(self, record: CondaRecord, channels: Sequence[ResolvedChannel]) -> int | None:
        """Have an archive in the store, from the first that has the right one; how many bytes.

        None when nobody has, or the record does not say which one is right.
        """
        for address in self._addresses(record, channels) if record.sha256 else ():
            if self._offline and not address.is_local:
                continue

            def take(pieces: Iterator[bytes], shown: str = address.shown) -> int:
                return self._store.put(record.sha256, shown, pieces, _ending(record))

            try:
                return self._downloads.fetch(address, take)
            except (UnavailableError, IntegrityError, UsageError):
                # What can not be kept can still be installed, or is told by whoever needs it.
                continue
        return None

    def _addresses(
        self, record: CondaRecord, channels: Sequence[ResolvedChannel]
    ) -> tuple[Address, ...]:
        """Where its archive may be, in the order to be tried."""
        found = [
            Address(source.url + rest, source.credential, mask(source.url + rest))
            for channel in channels
            if record.url.startswith(f"{channel.url}/")
            for rest in (record.url[len(channel.url) :],)
            for source in channel.sources
        ]
        return tuple(found) or (self._downloads.address(record.url),)

    def _is_there(self, record: CondaRecord) -> bool:
        """Whether an archive of the right size is in the store; hashed when it is used."""
        try:
            size = os.path.getsize(self._path(record)) if record.sha256 else -1
        except OSError:
            return False
        return size >= 0 and record.size in {None, size}

    def _state(self, record: CondaRecord) -> bool | None:
        return self._store.check(record.sha256, _ending(record)) if record.sha256 else None

    def _path(self, record: CondaRecord) -> str:
        return self._store.path(record.sha256, _ending(record))


def _ending(record: CondaRecord) -> str:
    """That of the archive: rattler goes by it."""
    return next((each for each in _ENDINGS if record.url.endswith(each)), "")
